#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/telnyx/signature.h"

#define KEY_TEXT_LEN 44       /* base64 of 32 bytes, padded */
#define SIGNATURE_TEXT_LEN 88 /* base64 of 64 bytes, padded */
#define DIGITS_MAX 18         /* fit int64_t */

/* Exactly n bytes as padded base64. */
static bool decode(const char *text, size_t text_len, uint8_t *ret, size_t n)
{
	uint8_t buf[SIGNATURE_TEXT_LEN];

	if (strnlen(text, text_len + 1) != text_len ||
		vp_base64_decode(text, text_len, buf) != (long)n) {
		return false;
	}
	memcpy(ret, buf, n);
	return true;
}

int vp_telnyx_key_parse(const char *text, uint8_t ret_key[VP_TELNYX_KEY_SIZE])
{
	return decode(text, KEY_TEXT_LEN, ret_key, VP_TELNYX_KEY_SIZE) ? 0 : EINVAL;
}

/* Digits only: no sign, no blanks, no fraction. */
static bool parse_time(const char *text, int64_t *ret)
{
	size_t len = strnlen(text, DIGITS_MAX + 1);
	int64_t value = 0;

	if (len == 0 || len > DIGITS_MAX) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9') {
			return false;
		}
		value = value * 10 + (text[i] - '0');
	}
	*ret = value;
	return true;
}

/* "timestamp|body"; the caller frees. */
static uint8_t *join(const char *timestamp, const void *body, size_t len, size_t *ret_len)
{
	size_t head = strlen(timestamp) + 1;
	uint8_t *message = malloc(head + len + 1);

	if (message) {
		memcpy(message, timestamp, head - 1);
		message[head - 1] = '|';
		if (len > 0) {
			memcpy(message + head, body, len);
		}
		*ret_len = head + len;
	}
	return message;
}

static bool verify(const uint8_t *key, const uint8_t *signature, const char *timestamp,
	const void *body, size_t len)
{
	size_t n;
	VP_CLEANUP(vp_freep) uint8_t *message = join(timestamp, body, len, &n);

	/* libsodium refuses S >= L and keys of small order */
	return message && crypto_sign_ed25519_verify_detached(signature, message, n, key) == 0;
}

enum vp_telnyx_verdict vp_telnyx_verify(const uint8_t key[VP_TELNYX_KEY_SIZE],
	const char *timestamp, const char *signature, const void *body, size_t len, int64_t now_s)
{
	uint8_t bytes[crypto_sign_BYTES];
	int64_t time_s;

	if (!timestamp || !signature || timestamp[0] == '\0' || signature[0] == '\0') {
		return VP_TELNYX_MISSING;
	}
	if (!parse_time(timestamp, &time_s) ||
		!decode(signature, SIGNATURE_TEXT_LEN, bytes, sizeof(bytes))) {
		return VP_TELNYX_MALFORMED;
	}
	if (time_s < now_s - VP_TELNYX_TOLERANCE_S || time_s > now_s + VP_TELNYX_TOLERANCE_S) {
		return VP_TELNYX_STALE;
	}
	return verify(key, bytes, timestamp, body, len) ? VP_TELNYX_GOOD : VP_TELNYX_WRONG;
}

int vp_telnyx_sign(const uint8_t seed[VP_TELNYX_KEY_SIZE], const char *timestamp, const void *body,
	size_t len, char ret_signature[VP_TELNYX_SIGNATURE_SIZE])
{
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret_key[crypto_sign_SECRETKEYBYTES];
	uint8_t bytes[crypto_sign_BYTES];
	size_t n;
	VP_CLEANUP(vp_freep) uint8_t *message = join(timestamp, body, len, &n);

	if (!message) {
		return ENOMEM;
	}
	crypto_sign_seed_keypair(public_key, secret_key, seed);
	crypto_sign_detached(bytes, NULL, message, n, secret_key);
	sodium_memzero(secret_key, sizeof(secret_key));
	vp_base64(bytes, sizeof(bytes), ret_signature);
	return 0;
}

void vp_telnyx_key_text(
	const uint8_t seed[VP_TELNYX_KEY_SIZE], char ret_text[VP_TELNYX_KEY_TEXT_SIZE])
{
	uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret_key[crypto_sign_SECRETKEYBYTES];

	crypto_sign_seed_keypair(public_key, secret_key, seed);
	sodium_memzero(secret_key, sizeof(secret_key));
	vp_base64(public_key, sizeof(public_key), ret_text);
}
