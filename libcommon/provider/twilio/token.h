/* Access tokens of the Voice SDK (https://www.twilio.com/docs/iam/access-tokens): a JWT under the
 * API key's secret. */
#ifndef VP_TWILIO_TOKEN_H
#define VP_TWILIO_TOKEN_H
#include <stdbool.h>
#include <stdint.h>

#define VP_TWILIO_TTL_MIN_S 60
#define VP_TWILIO_TTL_MAX_S 86400
#define VP_TWILIO_IDENTITY_MAX                                                                     \
	256 /* bytes of UTF-8; ours are [A-Za-z0-9_], as mobile SDKs want                          \
	     */
#define VP_TWILIO_PARAMS_MAX 4096

enum vp_twilio_algorithm {
	VP_TWILIO_HS256,
	VP_TWILIO_HS384,
	VP_TWILIO_HS512,
	VP_TWILIO_ALGORITHM_MAX,
};

struct vp_twilio_token {
	/* of the key: what a signer keeps */
	const char *account_sid, *api_key_sid, *api_key_secret;
	const char *region; /* home region, "ie1"; NULL: none */
	enum vp_twilio_algorithm algorithm;
	/* of each token */
	const char *application_sid; /* NULL: no outgoing calls */
	bool incoming;
	const char *identity;
	/* JSON object, sent along with each outgoing call; NULL: none */
	const char *params;
	const char *push_credential_sid, *endpoint_id; /* NULL: none */
	int64_t now_s, ttl_s;
	int64_t nbf_s; /* 0: none */
};
/* EINVAL and the sentence for a person in *ret_fault (static), else 0. The caller frees *ret_token.
 */
int vp_twilio_token_sign(
	const struct vp_twilio_token *token, char **ret_token, const char **ret_fault);

/* A key that signs often: its schedule and the token's head are kept. One thread. */
struct vp_twilio_signer;
int vp_twilio_signer_create(
	struct vp_twilio_signer **ret, const struct vp_twilio_token *key, const char **ret_fault);
struct vp_twilio_signer *vp_twilio_signer_destroy(struct vp_twilio_signer *signer);
/* As above; the key's members of token are not looked at. */
int vp_twilio_signer_token(struct vp_twilio_signer *signer, const struct vp_twilio_token *token,
	char **ret_token, const char **ret_fault);

enum vp_twilio_token_verdict {
	VP_TWILIO_TOKEN_GOOD,
	VP_TWILIO_TOKEN_MALFORMED,
	VP_TWILIO_TOKEN_ALGORITHM, /* none of HS256, HS384, HS512 */
	VP_TWILIO_TOKEN_SIGNATURE,
	VP_TWILIO_TOKEN_EXPIRED,
	VP_TWILIO_TOKEN_NOT_YET,
};
/* What Twilio does with a token, for simulators and tests. When it is good and ret_payload is not
 * NULL, *ret_payload is the payload's JSON; the caller frees. */
enum vp_twilio_token_verdict vp_twilio_token_verify(
	const char *token, const char *api_key_secret, int64_t now_s, char **ret_payload);
#endif
