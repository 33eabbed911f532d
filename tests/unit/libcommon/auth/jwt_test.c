#include <criterion/criterion.h>
#include <errno.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/auth/jwt.h"
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"

#define KEY "0123456789abcdef0123456789abcdef"
#define NOW INT64_C(1800000000)

static const struct vp_jwt_claims ann = {.sub = "u1",
	.org = "o1",
	.name = "Ann \xc3\x9c \"q\"",
	.jti = "j1",
	.iat = NOW,
	.exp = NOW + 3600};

static char *signed_token(void)
{
	char *token;

	cr_assert_eq(vp_jwt_sign(KEY, strlen(KEY), "voip-ws", &ann, &token), 0);
	return token;
}

static enum vp_jwt_verdict verify(const char *token, int64_t now)
{
	struct vp_jwt_claims claims = {.sub = "untouched"};
	enum vp_jwt_verdict verdict =
		vp_jwt_verify(KEY, strlen(KEY), "voip-ws", now, token, &claims);

	cr_assert_eq(strcmp(claims.sub, "untouched") == 0, verdict != VP_JWT_OK);
	return verdict;
}

/* A token of these parts, HS256-signed with the key whatever the header says. */
static char *forged(const char *header, const char *payload, const char *key)
{
	char h[512], p[2048], mac_text[64];
	uint8_t mac[VP_SHA256_SIZE];

	vp_base64url(header, strlen(header), h);
	vp_base64url(payload, strlen(payload), p);
	VP_CLEANUP(vp_freep) char *body = vp_strf("%s.%s", h, p);

	vp_hmac_sha256(key, strlen(key), body, strlen(body), mac);
	vp_base64url(mac, sizeof(mac), mac_text);
	return vp_strf("%s.%s", body, mac_text);
}

#define GOOD_HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define CLAIMS(rest)                                                                               \
	"{\"iss\":\"ringmain\",\"aud\":\"voip-ws\",\"sub\":\"u\",\"org\":\"o\",\"name\":\"n\","    \
	"\"jti\":\"j\"" rest "}"

static void payload_is(const char *payload, enum vp_jwt_verdict want)
{
	VP_CLEANUP(vp_freep) char *token = forged(GOOD_HEADER, payload, KEY);

	cr_assert_eq(
		verify(token, NOW), want, "%s: %s", payload, vp_jwt_explain(verify(token, NOW)));
}

Test(jwt, what_was_signed_verifies_with_all_its_claims)
{
	VP_CLEANUP(vp_freep) char *token = signed_token();
	struct vp_jwt_claims claims;

	cr_assert_eq(vp_jwt_verify(KEY, strlen(KEY), "voip-ws", NOW, token, &claims), VP_JWT_OK);
	cr_assert_str_eq(claims.sub, ann.sub);
	cr_assert_str_eq(claims.org, ann.org);
	cr_assert_str_eq(claims.name, ann.name);
	cr_assert_str_eq(claims.jti, ann.jti);
	cr_assert_eq(claims.iat, ann.iat);
	cr_assert_eq(claims.exp, ann.exp);
}

Test(jwt, our_own_forge_is_a_fair_one)
{
	payload_is(CLAIMS(",\"iat\":1800000000,\"exp\":1800003600"), VP_JWT_OK);
}

Test(jwt, a_token_ends_at_its_expiry)
{
	VP_CLEANUP(vp_freep) char *token = signed_token();

	cr_assert_eq(verify(token, NOW + 3599), VP_JWT_OK);
	cr_assert_eq(verify(token, NOW + 3600), VP_JWT_EXPIRED);
}

Test(jwt, a_token_from_the_future_is_not_valid_yet)
{
	VP_CLEANUP(vp_freep) char *token = signed_token();

	cr_assert_eq(verify(token, NOW - 30), VP_JWT_OK, "clocks differ a little");
	cr_assert_eq(verify(token, NOW - 31), VP_JWT_NOT_YET);
	payload_is(CLAIMS(",\"iat\":1800000000,\"exp\":1800003600,\"nbf\":1800000100"),
		VP_JWT_NOT_YET);
}

Test(jwt, another_key_or_none_does_not_verify)
{
	VP_CLEANUP(vp_freep) char *token = signed_token();
	struct vp_jwt_claims claims;

	cr_assert_eq(vp_jwt_verify("another key that is long enough!", 32, "voip-ws", NOW, token,
			     &claims),
		VP_JWT_BAD_SIGNATURE);
	cr_assert_eq(vp_jwt_verify(NULL, 0, "voip-ws", NOW, token, &claims), VP_JWT_BAD_SIGNATURE);
	cr_assert_eq(vp_jwt_verify(KEY, 0, "voip-ws", NOW, token, &claims), VP_JWT_BAD_SIGNATURE);
}

Test(jwt, algorithms_other_than_hs256_are_refused_before_the_key_is_used)
{
	static const char *const headers[] = {"{\"alg\":\"none\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS384\",\"typ\":\"JWT\"}", "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
		"{\"alg\":\"ES256\",\"typ\":\"JWT\"}"};

	for (size_t i = 0; i < VP_ARRAY_LEN(headers); i++) {
		VP_CLEANUP(vp_freep)
		char *token =
			forged(headers[i], CLAIMS(",\"iat\":1800000000,\"exp\":1800003600"), KEY);

		cr_assert_eq(verify(token, NOW), VP_JWT_BAD_ALGORITHM, "%s", headers[i]);
	}
}

Test(jwt, a_token_without_signature_is_refused)
{
	VP_CLEANUP(vp_freep)
	char *token =
		forged("{\"alg\":\"none\"}", CLAIMS(",\"iat\":1800000000,\"exp\":1800003600"), KEY);

	strrchr(token, '.')[1] = '\0';
	cr_assert_neq(verify(token, NOW), VP_JWT_OK);
	VP_CLEANUP(vp_freep) char *good = signed_token();

	strrchr(good, '.')[1] = '\0';
	cr_assert_neq(verify(good, NOW), VP_JWT_OK);
}

Test(jwt, wrong_audience_and_issuer_are_told_apart)
{
	VP_CLEANUP(vp_freep) char *token = signed_token();
	struct vp_jwt_claims claims;

	cr_assert_eq(vp_jwt_verify(KEY, strlen(KEY), "else", NOW, token, &claims),
		VP_JWT_WRONG_AUDIENCE);
	payload_is(
		"{\"iss\":\"evil\",\"aud\":\"voip-ws\",\"sub\":\"u\",\"org\":\"o\",\"name\":\"n\","
		"\"jti\":\"j\",\"iat\":1800000000,\"exp\":1800003600}",
		VP_JWT_WRONG_ISSUER);
}

Test(jwt, missing_or_absurd_claims_are_malformed)
{
	payload_is(CLAIMS(",\"iat\":1800000000"), VP_JWT_MALFORMED);
	payload_is(CLAIMS(",\"exp\":1800003600"), VP_JWT_MALFORMED);
	payload_is(
		"{\"iss\":\"ringmain\",\"aud\":\"voip-ws\",\"iat\":1800000000,\"exp\":1800003600}",
		VP_JWT_MALFORMED);
	payload_is(
		"{\"iss\":\"ringmain\",\"aud\":\"voip-ws\",\"sub\":7,\"org\":\"o\",\"name\":\"n\","
		"\"jti\":\"j\",\"iat\":1800000000,\"exp\":1800003600}",
		VP_JWT_MALFORMED);
	payload_is("{\"iss\":\"ringmain\",\"aud\":\"voip-ws\",\"org\":\"o\",\"name\":\"n\",\"jti\":"
		   "\"j\","
		   "\"sub\":\"0123456789012345678901234567890123456789012345678901234567890123\","
		   "\"iat\":1800000000,\"exp\":1800003600}",
		VP_JWT_MALFORMED);
}

Test(jwt, an_expiry_that_is_no_number_is_long_past)
{
	payload_is(CLAIMS(",\"iat\":1800000000,\"exp\":\"1800003600\""), VP_JWT_EXPIRED);
}

Test(jwt, noise_is_malformed)
{
	static const char *const noise[] = {"", ".", "..", "...", "a.b.c", "eyJ9.eyJ9.",
		"\xff.\xff.\xff", "eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9.e30"};
	char *longest = calloc(1, 100001);

	for (size_t i = 0; i < VP_ARRAY_LEN(noise); i++) {
		enum vp_jwt_verdict verdict = verify(noise[i], NOW);

		cr_assert(verdict == VP_JWT_MALFORMED || verdict == VP_JWT_BAD_ALGORITHM, "%s",
			noise[i]);
	}
	memset(longest, 'a', 100000);
	cr_assert_eq(verify(longest, NOW), VP_JWT_MALFORMED);
	free(longest);
}

Test(jwt, every_flipped_character_of_a_token_is_noticed)
{
	VP_CLEANUP(vp_freep) char *token = signed_token();
	size_t last = strlen(token) - 1; /* its two low bits are padding: base64url of 32 bytes */

	for (size_t i = 0; i < last; i++) {
		char kept = token[i];

		token[i] = kept == 'A' ? 'B' : 'A';
		cr_assert_neq(verify(token, NOW), VP_JWT_OK, "at %zu", i);
		token[i] = kept;
	}
	cr_assert_eq(verify(token, NOW), VP_JWT_OK);
}

Test(jwt, short_keys_do_not_sign)
{
	char *token = NULL;

	cr_assert_eq(vp_jwt_sign(KEY, 31, "voip-ws", &ann, &token), EINVAL);
	cr_assert_eq(vp_jwt_sign(NULL, 32, "voip-ws", &ann, &token), EINVAL);
	cr_assert_null(token);
}

Test(jwt, a_name_that_is_no_text_does_not_sign)
{
	struct vp_jwt_claims broken = ann;
	char *token = NULL;

	vp_strcopy(broken.name, sizeof(broken.name), "\xff\xfe");
	cr_assert_neq(vp_jwt_sign(KEY, strlen(KEY), "voip-ws", &broken, &token), 0);
	cr_assert_null(token);
}

Test(jwt, libjwt_itself_reads_our_token)
{
	VP_CLEANUP(vp_freep) char *token = signed_token();
	jwt_t *jwt;

	cr_assert_eq(jwt_decode(&jwt, token, (const unsigned char *)KEY, (int)strlen(KEY)), 0);
	cr_assert_str_eq(jwt_get_grant(jwt, "iss"), "ringmain");
	cr_assert_str_eq(jwt_get_header(jwt, "typ"), "JWT");
	jwt_free(jwt);
}

Test(jwt, every_verdict_has_a_sentence)
{
	for (int v = VP_JWT_OK; v <= VP_JWT_WRONG_ISSUER; v++) {
		cr_assert_gt(strlen(vp_jwt_explain((enum vp_jwt_verdict)v)), 10);
	}
}
