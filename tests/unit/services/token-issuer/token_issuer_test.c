#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fault.h"
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "services/token-issuer/token_issuer.h"

static void start(void)
{
	cr_assert_eq(vp_crypto_init(), 0);
}

TestSuite(ice, .init = start);
TestSuite(token, .init = start);

Test(ice, urls_are_split_at_commas)
{
	struct ice_urls urls;

	cr_assert(ice_parse(&urls, " stun:a:3478 ,stuns:[::1]", "stun:|stuns:"));
	cr_assert_eq(urls.n, 2);
	cr_assert_str_eq(urls.urls[0], "stun:a:3478");
	cr_assert_str_eq(urls.urls[1], "stuns:[::1]");
}

Test(ice, none_is_none)
{
	struct ice_urls urls = {.n = 7};

	cr_assert(ice_parse(&urls, NULL, "stun:"));
	cr_assert_eq(urls.n, 0);
}

Test(ice, what_is_no_such_url_is_refused_whole)
{
	static const char *const bad[] = {"", ",", "stun:a,", "stun:a,,stun:b", "http://a",
		"stun:", "turn:a", "stun:a b", "stun:a\"", "xstun:a",
		"stun:1,stun:2,stun:3,stun:4,stun:5,stun:6,stun:7,stun:8,stun:9"};
	struct ice_urls urls = {.n = 7};
	char *longest = calloc(1, 1000);

	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_assert_not(ice_parse(&urls, bad[i], "stun:|stuns:"), "%s", bad[i]);
	}
	memset(longest, 'a', 999);
	memcpy(longest, "stun:", 5);
	cr_assert_not(ice_parse(&urls, longest, "stun:|stuns:"));
	cr_assert_eq(urls.n, 7);
	free(longest);
}

Test(ice, a_turn_credential_is_what_coturn_computes)
{
	struct turn_credential credential;

	/* by: printf 1800000000:ann | openssl dgst -sha1 -hmac north -binary | base64 */
	cr_assert(turn_credential(&credential, "north", "ann", 1800000000));
	cr_assert_str_eq(credential.username, "1800000000:ann");
	cr_assert_str_eq(credential.password, "Sqiimhz6m4x0uPJBfx56aqeAS4E=");
}

Test(ice, a_user_that_does_not_fit_gets_no_credential)
{
	char user[200];
	struct turn_credential credential;

	memset(user, 'x', sizeof(user) - 1);
	user[sizeof(user) - 1] = '\0';
	cr_assert_not(turn_credential(&credential, "north", user, 1800000000));
}

static void checks(struct token_account account, enum token_verdict want)
{
	cr_assert_eq(token_check(&account), want);
}

Test(token, only_an_active_user_with_a_provider_gets_one)
{
	checks((struct token_account){true, true, false, "sip"}, TOKEN_OK);
	checks((struct token_account){false, true, true, "sip"}, TOKEN_ORG_INACTIVE);
	checks((struct token_account){true, false, true, "sip"}, TOKEN_USER_INACTIVE);
	checks((struct token_account){true, true, false, ""}, TOKEN_NO_PROVIDER);
	checks((struct token_account){true, true, true, ""}, TOKEN_PROVIDER_GONE);
	checks((struct token_account){true, true, false, "twilio"}, TOKEN_OK);
	checks((struct token_account){true, true, true, "telnyx"}, TOKEN_OK);
	checks((struct token_account){true, true, false, "pigeon"}, TOKEN_NO_PROVIDER);
}

Test(token, every_refusal_has_a_status_a_word_and_a_way_out)
{
	for (int v = TOKEN_OK + 1; v < TOKEN_VERDICT_MAX; v++) {
		const struct token_refusal *refusal = token_refusal((enum token_verdict)v);

		cr_assert(refusal->status >= 400 && refusal->status <= 503, "%d", v);
		cr_assert_gt(strlen(refusal->word), 5);
		cr_assert_gt(strlen(refusal->message), 20);
	}
}

static void settings_are(struct token_issuer_cfg cfg, const char *fault)
{
	VP_CLEANUP(vp_freep) char *text = NULL;
	struct token_issuer *issuer = NULL;
	size_t len;
	FILE *err = open_memstream(&text, &len);
	int result = token_issuer_check(&cfg, err);

	fclose(err);
	cr_assert_eq(result, fault ? EINVAL : 0, "%s", text);
	cr_assert_not_null(strstr(text, fault ? fault : ""), "%s", text);
	cr_assert_eq(token_issuer_create(&issuer, &cfg), result);
	cr_assert_eq(issuer != NULL, result == 0);
	token_issuer_destroy(issuer);
}

Test(token, settings_that_depend_on_each_other_are_checked)
{
	settings_are((struct token_issuer_cfg){.ttl_s = 60}, NULL);
	settings_are(
		(struct token_issuer_cfg){
			.ice_urls = "stun:a", .turn_urls = "turn:b,turns:c", .turn_secret = "s"},
		NULL);
	settings_are((struct token_issuer_cfg){.ice_urls = "a"}, "VOIP_ICE_URLS");
	settings_are((struct token_issuer_cfg){.turn_urls = "stun:a", .turn_secret = "s"},
		"VOIP_TURN_URLS");
	settings_are((struct token_issuer_cfg){.turn_urls = "turn:a"}, "VOIP_TURN_SECRET");
	settings_are((struct token_issuer_cfg){.turn_secret = "s"}, "VOIP_TURN_URLS");
}

Test(token, without_memory_nothing_is_created)
{
	struct token_issuer_cfg cfg = {.ttl_s = 60};
	struct token_issuer *issuer = NULL;

	alloc_fault_at(0);
	cr_assert_eq(token_issuer_create(&issuer, &cfg), ENOMEM);
	cr_assert(alloc_fault_end());
	cr_assert_null(issuer);
}
