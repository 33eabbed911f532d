/* X-Twilio-Signature: HMAC-SHA1 of the URL and the sorted form fields, under the account's auth
 * token. https://www.twilio.com/docs/usage/security#validating-requests */
#ifndef VP_TWILIO_SIGNATURE_H
#define VP_TWILIO_SIGNATURE_H
#include <stdbool.h>
#include <stddef.h>

struct vp_twilio_form;

enum vp_twilio_verdict {
	VP_TWILIO_GOOD,
	VP_TWILIO_MISSING,   /* no signature at all */
	VP_TWILIO_MALFORMED, /* not 28 characters of base64, or a body that is no form */
	VP_TWILIO_WRONG,
	VP_TWILIO_BODY_HASH, /* the URL is signed, its bodySHA256 is not the body's */
};

/* One account's auth token with its key schedule kept (an HMAC then costs a third). One thread. */
struct vp_twilio_key;
int vp_twilio_key_create(struct vp_twilio_key **ret, const char *auth_token);
struct vp_twilio_key *vp_twilio_key_destroy(struct vp_twilio_key *key);

struct vp_twilio_request {
	const char *url; /* as Twilio was told it: configured public base and raw request target */
	const char *method;       /* "POST" */
	const char *content_type; /* NULL: none */
	const void *body;         /* raw */
	size_t len;
	const char *signature; /* the header's value; NULL: none */
	/* The body's fields, parsed and joined (form.h), for who tries several URLs or keys, or
	 * wants them afterwards; NULL: they are read from the body each time. */
	const struct vp_twilio_form *form;
};
/* Are the body's fields signed? Else its hash in the URL is, or nothing of it. */
bool vp_twilio_signs_form(const struct vp_twilio_request *request);
enum vp_twilio_verdict vp_twilio_verify(
	struct vp_twilio_key *key, const struct vp_twilio_request *request);
/* What a simulator sends: 28 characters and a NUL. */
#define VP_TWILIO_SIGNATURE_SIZE 29
int vp_twilio_sign(struct vp_twilio_key *key, const struct vp_twilio_request *request,
	char ret_signature[VP_TWILIO_SIGNATURE_SIZE]);
#endif
