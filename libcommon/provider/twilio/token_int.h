/* Shared by token.c, token_payload.c and token_check.c. */
#ifndef VP_TWILIO_TOKEN_INT_H
#define VP_TWILIO_TOKEN_INT_H
#include "libcommon/crypto/hmac.h"
#include "libcommon/provider/twilio/token.h"

struct vp_twilio_jws {
	const char *name;
	enum vp_hmac_digest digest;
};
extern const struct vp_twilio_jws vp_twilio_jws[VP_TWILIO_ALGORITHM_MAX];

/* Room for parameters, two names whose bytes become six each, and the rest. */
#define VP_TWILIO_PAYLOAD_SIZE (VP_TWILIO_PARAMS_MAX + 12 * VP_TWILIO_IDENTITY_MAX + 1024)

/* The payload's JSON, without a NUL; its length. What token says was checked, params is compact. */
size_t vp_twilio_token_payload(char buf[VP_TWILIO_PAYLOAD_SIZE], const char *account_sid,
	const char *api_key_sid, const struct vp_twilio_token *token, const char *params);

/* No padding, no NUL; the end of what was written. */
char *vp_twilio_base64url(char *out, const void *data, size_t len);
#endif
