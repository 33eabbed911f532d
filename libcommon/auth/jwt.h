/* JSON web tokens by libjwt, HS256 only, with the checks that libjwt leaves out: algorithm, exp,
 * nbf, issuer, audience (RFC 8725). */
#ifndef VP_JWT_H
#define VP_JWT_H
#include <stddef.h>
#include <stdint.h>

struct vp_jwt_claims {
	char sub[64]; /* user id */
	char org[40];
	char name[128];
	char jti[40]; /* UUIDv7 text; single use is the acceptor's business */
	int64_t iat, exp;
};
enum vp_jwt_verdict {
	VP_JWT_OK,
	VP_JWT_MALFORMED,
	VP_JWT_BAD_ALGORITHM,
	VP_JWT_BAD_SIGNATURE,
	VP_JWT_EXPIRED,
	VP_JWT_NOT_YET,
	VP_JWT_WRONG_AUDIENCE,
	VP_JWT_WRONG_ISSUER,
};
/* iss is "ringmain". The caller frees *ret_token with free(). */
int vp_jwt_sign(const void *key, size_t key_len, const char *audience,
	const struct vp_jwt_claims *claims, char **ret_token);
enum vp_jwt_verdict vp_jwt_verify(const void *key, size_t key_len, const char *audience,
	int64_t now_s, const char *token, struct vp_jwt_claims *ret_claims);
const char *vp_jwt_explain(enum vp_jwt_verdict verdict);
#endif
