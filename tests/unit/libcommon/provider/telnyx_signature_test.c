#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/telnyx/signature.h"

#define NOW INT64_C(1709287200)
#define NOW_TEXT "1709287200"

/* RFC 8032, 7.1, test 1 */
static const uint8_t seed[VP_TELNYX_KEY_SIZE] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60,
	0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69,
	0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
#define PUBLIC_KEY "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static uint8_t key[VP_TELNYX_KEY_SIZE];

static void start(void)
{
	cr_assert_eq(vp_crypto_init(), 0);
	cr_assert_eq(vp_telnyx_key_parse(PUBLIC_KEY, key), 0);
}

TestSuite(telnyx_signature, .init = start);

static enum vp_telnyx_verdict verify(
	const char *timestamp, const char *signature, const char *body, int64_t now)
{
	return vp_telnyx_verify(key, timestamp, signature, body, strlen(body), now);
}

Test(telnyx_signature, the_seed_has_the_public_key_of_the_rfc)
{
	char text[VP_TELNYX_KEY_TEXT_SIZE];

	vp_telnyx_key_text(seed, text);
	cr_assert_str_eq(text, PUBLIC_KEY);
}

Test(telnyx_signature, what_we_sign_verifies_and_nothing_else)
{
	char signature[VP_TELNYX_SIGNATURE_SIZE];

	cr_assert_eq(vp_telnyx_sign(seed, NOW_TEXT, "{}", 2, signature), 0);
	/* the official library's, see the shared vectors: open-empty */
	cr_assert_str_eq(signature, "3U7OHZxtht/"
				    "ZpQ5T3RZr58wO7DezrTUV+4jdebODdl+mr3RkeCLwSaWpPQz2Md6N7LkD9xDLh"
				    "EHS+8e4aaVFCA==");
	cr_assert_eq(verify(NOW_TEXT, signature, "{}", NOW), VP_TELNYX_GOOD);
	cr_assert_eq(verify(NOW_TEXT, signature, "{} ", NOW), VP_TELNYX_WRONG);
	cr_assert_eq(verify("1709287201", signature, "{}", NOW), VP_TELNYX_WRONG);
	cr_assert_eq(vp_telnyx_sign(seed, NOW_TEXT, NULL, 0, signature), 0);
	cr_assert_eq(vp_telnyx_verify(key, NOW_TEXT, signature, NULL, 0, NOW), VP_TELNYX_GOOD);
	key[0] ^= 1;
	cr_assert_eq(vp_telnyx_verify(key, NOW_TEXT, signature, NULL, 0, NOW), VP_TELNYX_WRONG);
}

Test(telnyx_signature, clocks_may_differ_by_five_minutes)
{
	char signature[VP_TELNYX_SIGNATURE_SIZE];

	cr_assert_eq(vp_telnyx_sign(seed, NOW_TEXT, "x", 1, signature), 0);
	cr_assert_eq(verify(NOW_TEXT, signature, "x", NOW + 300), VP_TELNYX_GOOD);
	cr_assert_eq(verify(NOW_TEXT, signature, "x", NOW - 300), VP_TELNYX_GOOD);
	cr_assert_eq(verify(NOW_TEXT, signature, "x", NOW + 301), VP_TELNYX_STALE);
	cr_assert_eq(verify(NOW_TEXT, signature, "x", NOW - 301), VP_TELNYX_STALE);
}

Test(telnyx_signature, faults_are_told_apart)
{
	char signature[VP_TELNYX_SIGNATURE_SIZE];

	cr_assert_eq(vp_telnyx_sign(seed, NOW_TEXT, "x", 1, signature), 0);
	cr_assert_eq(verify(NULL, signature, "x", NOW), VP_TELNYX_MISSING);
	cr_assert_eq(verify(NOW_TEXT, NULL, "x", NOW), VP_TELNYX_MISSING);
	cr_assert_eq(verify("", signature, "x", NOW), VP_TELNYX_MISSING);
	cr_assert_eq(verify("17092872oo", signature, "x", NOW), VP_TELNYX_MALFORMED);
	cr_assert_eq(verify("+1709287200", signature, "x", NOW), VP_TELNYX_MALFORMED);
	cr_assert_eq(verify("9999999999999999999", signature, "x", NOW), VP_TELNYX_MALFORMED);
	cr_assert_eq(verify("999999999999999999", signature, "x", NOW), VP_TELNYX_STALE);
	cr_assert_eq(verify(NOW_TEXT, "AAAA", "x", NOW), VP_TELNYX_MALFORMED);
	signature[5] = '-';
	cr_assert_eq(verify(NOW_TEXT, signature, "x", NOW), VP_TELNYX_MALFORMED);
	signature[5] = '\0';
	cr_assert_eq(verify(NOW_TEXT, signature, "x", NOW), VP_TELNYX_MALFORMED);
}

Test(telnyx_signature, keys_are_padded_base64_of_32_bytes)
{
	static const char *const bad[] = {"", "AAAA", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
		"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==",
		"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
		"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo= "};
	uint8_t untouched[VP_TELNYX_KEY_SIZE] = {7};

	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_assert_eq(vp_telnyx_key_parse(bad[i], untouched), EINVAL, "%s", bad[i]);
	}
	cr_assert_eq(untouched[0], 7);
}
