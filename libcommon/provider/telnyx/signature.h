/* telnyx-signature-ed25519 over "timestamp|body" (Telnyx: Receiving webhooks, webhook signing). */
#ifndef VP_TELNYX_SIGNATURE_H
#define VP_TELNYX_SIGNATURE_H
#include <stddef.h>
#include <stdint.h>

#define VP_TELNYX_KEY_SIZE 32
#define VP_TELNYX_TOLERANCE_S 300 /* both ways, inclusive */

enum vp_telnyx_verdict {
	VP_TELNYX_GOOD,
	VP_TELNYX_MISSING,   /* a header is not there */
	VP_TELNYX_MALFORMED, /* no padded base64 of 64 bytes, or a timestamp that is no number */
	VP_TELNYX_STALE,     /* the clock of one side is wrong, or it is a replay */
	VP_TELNYX_WRONG,
};

/* Padded base64 of 32 bytes, as the portal shows it. EINVAL: it is not. */
int vp_telnyx_key_parse(const char *text, uint8_t ret_key[VP_TELNYX_KEY_SIZE]);
enum vp_telnyx_verdict vp_telnyx_verify(const uint8_t key[VP_TELNYX_KEY_SIZE],
	const char *timestamp, const char *signature, const void *body, size_t len, int64_t now_s);

/* What a simulator sends: 88 characters and a NUL, under the 32-byte seed of a key pair. ENOMEM. */
#define VP_TELNYX_SIGNATURE_SIZE 89
int vp_telnyx_sign(const uint8_t seed[VP_TELNYX_KEY_SIZE], const char *timestamp, const void *body,
	size_t len, char ret_signature[VP_TELNYX_SIGNATURE_SIZE]);
/* The public key of a seed as the portal would show it: 44 characters and a NUL. */
#define VP_TELNYX_KEY_TEXT_SIZE 45
void vp_telnyx_key_text(
	const uint8_t seed[VP_TELNYX_KEY_SIZE], char ret_text[VP_TELNYX_KEY_TEXT_SIZE]);
#endif
