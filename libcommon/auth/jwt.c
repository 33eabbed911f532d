/* libjwt 1.10 verifies a signature only when a key is given, takes the algorithm from the token
 * and checks no time, issuer or audience: all of that is done here. */
#include <errno.h>
#include <jwt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/auth/jwt.h"
#include "libcommon/base/base.h"

#define ISSUER "ringmain"
#define KEY_MIN 32     /* RFC 7518 section 3.2: as long as the hash */
#define TOKEN_MAX 4096 /* far above any token of ours */
#define SKEW_S 30      /* between the clocks of two of our machines */

static void jwt_freep(jwt_t **jwt)
{
	jwt_free(*jwt);
}

static int add_claims(jwt_t *jwt, const char *audience, const struct vp_jwt_claims *claims)
{
	const struct {
		const char *name, *value;
	} texts[] = {{"iss", ISSUER}, {"aud", audience}, {"sub", claims->sub}, {"org", claims->org},
		{"name", claims->name}, {"jti", claims->jti}};
	int err = 0;

	for (size_t i = 0; i < VP_ARRAY_LEN(texts) && !err; i++) {
		err = jwt_add_grant(jwt, texts[i].name, texts[i].value);
	}
	if (!err) {
		err = jwt_add_grant_int(jwt, "iat", (long)claims->iat);
	}
	return err ? err : jwt_add_grant_int(jwt, "exp", (long)claims->exp);
}

int vp_jwt_sign(const void *key, size_t key_len, const char *audience,
	const struct vp_jwt_claims *claims, char **ret_token)
{
	VP_CLEANUP(jwt_freep) jwt_t *jwt = NULL;
	char *token;
	int err;

	if (!key || key_len < KEY_MIN) {
		return EINVAL;
	}
	err = jwt_new(&jwt);
	if (!err) {
		err = jwt_set_alg(jwt, JWT_ALG_HS256, key, (int)key_len);
	}
	if (!err) {
		err = add_claims(jwt, audience, claims);
	}
	if (err) {
		return err;
	}
	token = jwt_encode_str(jwt);
	if (!token) {
		return errno ? errno : ENOMEM;
	}
	*ret_token = token;
	return 0;
}

/* The algorithm is compared before the key is used: a token may not choose it (RFC 8725, 3.1).
 * The header is read as text, since jwt_get_alg says "none" of all that was decoded without key. */
static enum vp_jwt_verdict check_algorithm(const char *token)
{
	VP_CLEANUP(jwt_freep) jwt_t *unverified = NULL;
	const char *alg;

	if (strnlen(token, TOKEN_MAX + 1) > TOKEN_MAX ||
		jwt_decode(&unverified, token, NULL, 0) != 0) {
		return VP_JWT_MALFORMED;
	}
	alg = jwt_get_header(unverified, "alg");
	return alg && strcmp(alg, "HS256") == 0 ? VP_JWT_OK : VP_JWT_BAD_ALGORITHM;
}

static bool copy_text(jwt_t *jwt, const char *name, char *buf, size_t size)
{
	const char *value = jwt_get_grant(jwt, name);

	return value && vp_strcopy(buf, size, value);
}

static bool copy_time(jwt_t *jwt, const char *name, int64_t *ret)
{
	errno = 0;
	*ret = jwt_get_grant_int(jwt, name);
	return errno == 0;
}

static bool copy_claims(jwt_t *jwt, struct vp_jwt_claims *claims)
{
	return copy_text(jwt, "sub", claims->sub, sizeof(claims->sub)) &&
	       copy_text(jwt, "org", claims->org, sizeof(claims->org)) &&
	       copy_text(jwt, "name", claims->name, sizeof(claims->name)) &&
	       copy_text(jwt, "jti", claims->jti, sizeof(claims->jti)) &&
	       copy_time(jwt, "iat", &claims->iat) && copy_time(jwt, "exp", &claims->exp);
}

static bool grant_is(jwt_t *jwt, const char *name, const char *wanted)
{
	const char *value = jwt_get_grant(jwt, name);

	return value && strcmp(value, wanted) == 0;
}

static bool too_early(jwt_t *jwt, const struct vp_jwt_claims *claims, int64_t now_s)
{
	int64_t nbf;

	return claims->iat > now_s + SKEW_S ||
	       (copy_time(jwt, "nbf", &nbf) && nbf > now_s + SKEW_S);
}

enum vp_jwt_verdict vp_jwt_verify(const void *key, size_t key_len, const char *audience,
	int64_t now_s, const char *token, struct vp_jwt_claims *ret_claims)
{
	VP_CLEANUP(jwt_freep) jwt_t *jwt = NULL;
	struct vp_jwt_claims claims = {0};
	enum vp_jwt_verdict verdict = check_algorithm(token);

	if (verdict != VP_JWT_OK) {
		return verdict;
	}
	/* without a key libjwt would accept any signature */
	if (!key || key_len < KEY_MIN || jwt_decode(&jwt, token, key, (int)key_len) != 0) {
		return VP_JWT_BAD_SIGNATURE;
	}
	if (!copy_claims(jwt, &claims)) {
		return VP_JWT_MALFORMED;
	}
	if (!grant_is(jwt, "iss", ISSUER)) {
		return VP_JWT_WRONG_ISSUER;
	}
	if (!grant_is(jwt, "aud", audience)) {
		return VP_JWT_WRONG_AUDIENCE;
	}
	if (now_s >= claims.exp) {
		return VP_JWT_EXPIRED;
	}
	if (too_early(jwt, &claims, now_s)) {
		return VP_JWT_NOT_YET;
	}
	*ret_claims = claims;
	return VP_JWT_OK;
}

const char *vp_jwt_explain(enum vp_jwt_verdict verdict)
{
	switch (verdict) {
	case VP_JWT_OK: return "The token is good.";
	case VP_JWT_MALFORMED: return "The token is damaged. Get a new one.";
	case VP_JWT_BAD_ALGORITHM:
		return "The token is not signed the way ours are. Get a new one.";
	case VP_JWT_BAD_SIGNATURE: return "The token's signature is wrong. Get a new one.";
	case VP_JWT_EXPIRED: return "The token has expired. Get a new one.";
	case VP_JWT_NOT_YET: return "The token is not valid yet. Check the clocks of the servers.";
	case VP_JWT_WRONG_AUDIENCE: return "The token is for something else. Get the right one.";
	case VP_JWT_WRONG_ISSUER: return "The token was issued by somebody else. Get one here.";
	}
	return "The token is not valid.";
}
