#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/twilio/token.h"

#define AC "AC11111111111111111111111111111111"
#define SK "SK22222222222222222222222222222222"
#define AP "AP33333333333333333333333333333333"
#define NOW INT64_C(1700000000)

static const struct vp_twilio_token plain = {.account_sid = AC,
	.api_key_sid = SK,
	.api_key_secret = "secret-abc",
	.application_sid = AP,
	.incoming = true,
	.identity = "user_7",
	.now_s = NOW,
	.ttl_s = 3600};

static void start(void)
{
	cr_assert_eq(vp_crypto_init(), 0);
}

TestSuite(twilio_token, .init = start);

static char *signed_token(const struct vp_twilio_token *token)
{
	const char *fault = "no memory";
	char *text = NULL;

	cr_assert_eq(vp_twilio_token_sign(token, &text, &fault), 0, "%s", fault);
	return text;
}

static void payload_is(const struct vp_twilio_token *token, const char *want)
{
	VP_CLEANUP(vp_freep) char *text = signed_token(token);
	VP_CLEANUP(vp_freep) char *payload = NULL;

	cr_assert_eq(vp_twilio_token_verify(text, token->api_key_secret, NOW, &payload),
		VP_TWILIO_TOKEN_GOOD);
	cr_assert_str_eq(payload, want);
}

Test(twilio_token, the_payload_is_that_of_twilio_s_library)
{
	struct vp_twilio_token token = plain;

	token.params = "{ \"crm_user\" : \"7\" }";
	payload_is(&token,
		"{\"jti\":\"" SK "-1700000000\",\"grants\":{\"identity\":\"user_7\",\"voice\":"
		"{\"incoming\":{\"allow\":true},\"outgoing\":{\"application_sid\":\"" AP
		"\",\"params\":{\"crm_user\":\"7\"}}}},\"iat\":1700000000,\"exp\":1700003600,"
		"\"iss\":"
		"\"" SK "\",\"sub\":\"" AC "\"}");
}

Test(twilio_token, names_are_escaped)
{
	struct vp_twilio_token token = plain;

	token.identity = "a\"b\\c\xc3\xab/";
	token.application_sid = NULL;
	token.incoming = false;
	token.endpoint_id = "\"";
	payload_is(&token,
		"{\"jti\":\"" SK "-1700000000\",\"grants\":{\"identity\":\"a\\\"b\\\\c\xc3\xab/\","
		"\"voice\":{\"endpoint_id\":\"\\\"\"}},\"iat\":1700000000,\"exp\":1700003600,"
		"\"iss\":"
		"\"" SK "\",\"sub\":\"" AC "\"}");
}

Test(twilio_token, a_signer_makes_the_same_tokens)
{
	struct vp_twilio_signer *signer;
	struct vp_twilio_token token = plain;
	const char *fault;

	cr_assert_eq(vp_twilio_signer_create(&signer, &plain, &fault), 0);
	for (int i = 0; i < 50; i++) {
		VP_CLEANUP(vp_freep) char *identity = vp_strf("user_%d", i * i);
		VP_CLEANUP(vp_freep) char *a = NULL;
		VP_CLEANUP(vp_freep) char *b = NULL;

		token.identity = identity;
		b = signed_token(&token);
		cr_assert_eq(vp_twilio_signer_token(signer, &token, &a, &fault), 0);
		cr_assert_str_eq(a, b);
	}
	vp_twilio_signer_destroy(signer);
	vp_twilio_signer_destroy(NULL);
}

Test(twilio_token, the_largest_token_fits)
{
	char identity[VP_TWILIO_IDENTITY_MAX + 2] = "", params[VP_TWILIO_PARAMS_MAX + 2];
	struct vp_twilio_token token = plain;
	char *text;

	memset(identity, '"', VP_TWILIO_IDENTITY_MAX);
	memset(params, 'x', sizeof(params));
	memcpy(params, "{\"a\":\"", 6);
	memcpy(params + VP_TWILIO_PARAMS_MAX - 2, "\"}", 3);
	token.identity = token.endpoint_id = identity;
	token.params = params;
	token.algorithm = VP_TWILIO_HS512;
	text = signed_token(&token);
	cr_assert_eq(vp_twilio_token_verify(text, "secret-abc", NOW, NULL), VP_TWILIO_TOKEN_GOOD);
	free(text);
}

static void refused(struct vp_twilio_token token, const char *word)
{
	const char *fault = "";
	char *text = NULL;

	cr_assert_eq(vp_twilio_token_sign(&token, &text, &fault), EINVAL, "%s", word);
	cr_assert_null(text);
	cr_assert(strstr(fault, word), "%s: %s", word, fault);
}

#define WITH(member, value)                                                                        \
	__extension__({                                                                            \
		struct vp_twilio_token changed_ = plain;                                           \
		changed_.member = (value);                                                         \
		changed_;                                                                          \
	})

Test(twilio_token, what_twilio_would_refuse_is_refused_here)
{
	char big[VP_TWILIO_PARAMS_MAX + 10];

	refused(WITH(account_sid, NULL), "account SID");
	refused(WITH(account_sid, SK), "account SID");
	refused(WITH(account_sid, AC "0"), "account SID");
	refused(WITH(api_key_sid, ""), "need an API key");
	refused(WITH(api_key_sid, AP), "API key SID");
	refused(WITH(api_key_secret, NULL), "lacks its secret");
	refused(WITH(application_sid, "AP1"), "application SID");
	refused(WITH(identity, ""), "identity");
	refused(WITH(identity, "a\nb"), "identity");
	refused(WITH(identity, "a\xff"), "identity");
	refused(WITH(ttl_s, 59), "60 to 86400");
	refused(WITH(ttl_s, 86401), "60 to 86400");
	refused(WITH(ttl_s, INT64_MAX), "60 to 86400");
	refused(WITH(now_s, -1), "clock");
	refused(WITH(region, "ie1\"}"), "region");
	refused(WITH(params, "[]"), "JSON object");
	refused(WITH(params, "{"), "JSON object");
	refused(WITH(push_credential_sid, "x"), "push credential");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	refused(WITH(params, big), "JSON object");
	refused(WITH(identity, big), "identity");
}

Test(twilio_token, parameters_that_grow_are_refused_too)
{
	char params[VP_TWILIO_PARAMS_MAX + 1] = "{\"a\":[1e9";

	/* 1e9 is written as 1000000000.0 */
	size_t at = strlen(params);
	for (; at + 8 < sizeof(params); at += 4) {
		memcpy(params + at, ",1e9", 5);
	}
	memcpy(params + at, "]}", 3);
	refused(WITH(params, params), "JSON object");
}

static enum vp_twilio_token_verdict check(const char *token)
{
	return vp_twilio_token_verify(token, "secret-abc", NOW, NULL);
}

/* A token of these parts, signed with the key whatever the header says. */
static char *forged(const char *header, const char *payload)
{
	char h[512], p[2048], mac_text[64];
	uint8_t mac[VP_SHA256_SIZE];

	vp_base64url(header, strlen(header), h);
	vp_base64url(payload, strlen(payload), p);
	VP_CLEANUP(vp_freep) char *body = vp_strf("%s.%s", h, p);

	vp_hmac_sha256("secret-abc", 10, body, strlen(body), mac);
	vp_base64url(mac, sizeof(mac), mac_text);
	return vp_strf("%s.%s", body, mac_text);
}

Test(twilio_token, the_verifier_trusts_no_header_and_no_shape)
{
	static const struct {
		const char *header, *payload;
		enum vp_twilio_token_verdict want;
	} cases[] = {{"{\"alg\":\"HS256\"}", "{}", VP_TWILIO_TOKEN_GOOD},
		{"{\"alg\":\"HS256\"}", "{\"exp\":1700000000}", VP_TWILIO_TOKEN_EXPIRED},
		{"{\"alg\":\"HS256\"}", "{\"exp\":1700000001}", VP_TWILIO_TOKEN_GOOD},
		{"{\"alg\":\"HS256\"}", "{\"nbf\":1700000001}", VP_TWILIO_TOKEN_NOT_YET},
		{"{\"alg\":\"HS256\"}", "{\"nbf\":1700000000}", VP_TWILIO_TOKEN_GOOD},
		{"{\"alg\":\"HS256\"}", "{\"exp\":\"soon\"}", VP_TWILIO_TOKEN_MALFORMED},
		{"{\"alg\":\"HS256\"}", "[]", VP_TWILIO_TOKEN_MALFORMED},
		{"{\"alg\":\"HS256\"}", "nonsense", VP_TWILIO_TOKEN_MALFORMED},
		{"{\"alg\":\"none\"}", "{}", VP_TWILIO_TOKEN_ALGORITHM},
		{"{\"alg\":\"hs256\"}", "{}", VP_TWILIO_TOKEN_ALGORITHM},
		{"{\"alg\":7}", "{}", VP_TWILIO_TOKEN_ALGORITHM},
		{"{}", "{}", VP_TWILIO_TOKEN_ALGORITHM},
		{"{\"alg\":\"HS512\"}", "{}", VP_TWILIO_TOKEN_SIGNATURE},
		{"[]", "{}", VP_TWILIO_TOKEN_MALFORMED}};

	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		VP_CLEANUP(vp_freep) char *token = forged(cases[i].header, cases[i].payload);

		cr_assert_eq(check(token), cases[i].want, "case %zu", i);
	}
}

Test(twilio_token, damaged_tokens_are_refused)
{
	VP_CLEANUP(vp_freep) char *token = signed_token(&plain);
	VP_CLEANUP(vp_freep) char *longer = vp_strf("%sA", token);
	VP_CLEANUP(vp_freep) char *four = vp_strf("%s.x", token);
	static const char *const bad[] = {"", ".", "..", "...", "a.b.c", "e30", "e30.e30"};
	size_t len = strlen(token);

	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_assert_neq(check(bad[i]), VP_TWILIO_TOKEN_GOOD, "%s", bad[i]);
	}
	cr_assert_eq(check(longer), VP_TWILIO_TOKEN_SIGNATURE);
	cr_assert_eq(check(four), VP_TWILIO_TOKEN_MALFORMED);
	for (size_t i = 0; i < len; i++) {
		char kept = token[i];

		token[i] = kept == 'A' ? 'B' : 'A';
		cr_assert_neq(check(token), VP_TWILIO_TOKEN_GOOD, "byte %zu", i);
		token[i] = '\x80';
		cr_assert_neq(check(token), VP_TWILIO_TOKEN_GOOD, "byte %zu", i);
		token[i] = kept;
	}
	cr_assert_eq(check(token), VP_TWILIO_TOKEN_GOOD);
}
