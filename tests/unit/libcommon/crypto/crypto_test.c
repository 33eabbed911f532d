#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"

static void start(void)
{
	cr_assert_eq(vp_crypto_init(), 0);
	cr_assert_eq(vp_crypto_init(), 0, "twice is fine");
}

TestSuite(crypto, .init = start);

Test(crypto, a_password_verifies_against_its_hash_only)
{
	char hash[VP_PASSWORD_HASH_SIZE];

	cr_assert_eq(vp_password_hash("correct horse", hash), 0);
	cr_assert_eq(strncmp(hash, "$argon2id$v=19$m=65536,t=3,", 27), 0, "%s", hash);
	cr_assert(vp_password_verify(hash, "correct horse"));
	cr_assert_not(vp_password_verify(hash, "correct horsf"));
	cr_assert_not(vp_password_verify(hash, ""));
}

Test(crypto, one_password_has_many_hashes)
{
	char a[VP_PASSWORD_HASH_SIZE], b[VP_PASSWORD_HASH_SIZE];

	cr_assert_eq(vp_password_hash("x", a), 0);
	cr_assert_eq(vp_password_hash("x", b), 0);
	cr_assert_str_neq(a, b);
}

Test(crypto, damaged_hashes_verify_nothing)
{
	static const char *const bad[] = {"", "x", "$argon2id$", "$argon2id$v=19$m=65536,t=3,p=1$$",
		"$argon2id$v=19$m=99999999999,t=3,p=1$c2FsdHNhbHQ$aGFzaA",
		"$2b$12$abcdefghijklmnopqrstuv"};

	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_assert_not(vp_password_verify(bad[i], "x"), "%s", bad[i]);
	}
}

Test(crypto, absurdly_long_passwords_and_hashes_cost_nothing)
{
	char hash[VP_PASSWORD_HASH_SIZE] = "untouched", *longest = calloc(1, 2001);

	memset(longest, 'x', 2000);
	cr_assert_eq(vp_password_hash(longest, hash), EINVAL);
	cr_assert_str_eq(hash, "untouched");
	cr_assert_not(vp_password_verify(longest, "x"));
	free(longest);
}

static void hex_is(const uint8_t *bytes, size_t len, const char *want)
{
	char text[129];

	vp_hex(bytes, len, text);
	cr_assert_str_eq(text, want);
}

Test(crypto, sha256_of_the_standard)
{
	uint8_t digest[VP_SHA256_SIZE];

	/* FIPS 180-4 examples */
	vp_sha256("abc", 3, digest);
	hex_is(digest, sizeof(digest),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	vp_sha256("", 0, digest);
	hex_is(digest, sizeof(digest),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

Test(crypto, hmacs_of_the_rfcs)
{
	uint8_t mac[VP_SHA256_SIZE];

	/* RFC 4231 case 2, RFC 2202 case 2 */
	vp_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
	hex_is(mac, VP_SHA256_SIZE,
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	vp_hmac_sha1("Jefe", 4, "what do ya want for nothing?", 28, mac);
	hex_is(mac, VP_SHA1_SIZE, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

Test(crypto, an_empty_key_is_a_key)
{
	uint8_t a[VP_SHA256_SIZE], b[VP_SHA256_SIZE];

	vp_hmac_sha256(NULL, 0, "x", 1, a);
	vp_hmac_sha256("", 0, "x", 1, b);
	cr_assert_eq(memcmp(a, b, sizeof(a)), 0);
}

Test(crypto, equality_compares_length_and_bytes)
{
	cr_assert(vp_equal_ct("abc", 3, "abc", 3));
	cr_assert_not(vp_equal_ct("abc", 3, "abd", 3));
	cr_assert_not(vp_equal_ct("abc", 3, "abcd", 4));
	cr_assert(vp_equal_ct("", 0, "", 0));
}

Test(crypto, random_text_fills_its_buffer_with_its_alphabet)
{
	char a[44], b[44], one[1];
	bool seen[128] = {false};
	size_t kinds = 0;

	for (int i = 0; i < 200; i++) {
		vp_random_text(a, sizeof(a));
		cr_assert_eq(strlen(a), 43);
		for (size_t n = 0; n < 43; n++) {
			kinds += !seen[(unsigned char)a[n]];
			seen[(unsigned char)a[n]] = true;
		}
	}
	cr_assert_eq(kinds, 64);
	vp_random_text(b, sizeof(b));
	cr_assert_str_neq(a, b);
	vp_random_text(one, sizeof(one));
	cr_assert_eq(one[0], '\0');
}

Test(crypto, base64_of_the_rfc_both_ways)
{
	/* RFC 4648 section 10 */
	static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"}};
	char text[16];
	uint8_t data[16];

	for (size_t i = 0; i < VP_ARRAY_LEN(pairs); i++) {
		size_t len = strlen(pairs[i][0]);

		vp_base64(pairs[i][0], len, text);
		cr_assert_str_eq(text, pairs[i][1]);
		cr_assert_eq(vp_base64_decode(text, strlen(text), data), (long)len);
		cr_assert_eq(memcmp(data, pairs[i][0], len), 0);
	}
}

Test(crypto, base64url_has_no_padding_and_other_letters)
{
	static const uint8_t bytes[] = {0xfb, 0xff, 0xfe, 0x01};
	char text[VP_BASE64_SIZE(sizeof(bytes))];
	uint8_t data[8];

	vp_base64url(bytes, sizeof(bytes), text);
	cr_assert_str_eq(text, "-__-AQ");
	cr_assert_eq(vp_base64url_decode(text, strlen(text), data), 4);
	cr_assert_eq(memcmp(data, bytes, 4), 0);
}

Test(crypto, base64_with_a_foreign_character_is_refused)
{
	uint8_t data[16];

	cr_assert_eq(vp_base64_decode("Zm9v!", 5, data), -1);
	cr_assert_eq(vp_base64_decode("Zm9v\n", 5, data), -1);
	cr_assert_eq(vp_base64_decode("-__-", 4, data), -1);
	cr_assert_eq(vp_base64_decode("Zg", 2, data), -1, "no padding");
	cr_assert_eq(vp_base64_decode("Zg=", 3, data), -1);
	cr_assert_eq(vp_base64url_decode("Zg==", 4, data), -1, "padding");
	cr_assert_eq(vp_base64url_decode("+/+/", 4, data), -1);
}
