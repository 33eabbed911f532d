#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/import/laravel.h"

/* Made by another implementation (Node's crypto) as Illuminate\\Encryption\\Encrypter does it:
 * AES-256-CBC, key bytes 0, 7, 14 ..., iv f0, f1, f2 ... */
#define KEY "base64:AAcOFRwjKjE4P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tk="
#define CONFIG                                                                                     \
	"eyJpdiI6IjhQSHk4XC9UMTl2ZjQrZnI3XC9QMytcL3c9PSIsInZhbHVlIjoiTnlwVm93ZDhvWnZOdEVcL09ITWFZ" \
	"dEJKbU1rTjVSeHRON1lPR3UrUlg1cDcwNThvcmRKUklKandubldFZUZSR3oiLCJtYWMiOiIwMmY4YzFhYjdmMWIy" \
	"YjhhM2M4YmRiMDYyYzg0M2FiNWVmZjcyNjRjMDFmZjFjMGRhMWYwNzFlMWQ3ZWUwMmQxIiwidGFnIjoiIn0="
#define SERIALIZED                                                                                 \
	"eyJpdiI6IjhQSHk4XC9UMTl2ZjQrZnI3XC9QMytcL3c9PSIsInZhbHVlIjoiTmQ3VTYwNUl0VkJlT1pMVHNMVFlI" \
	"UT09IiwibWFjIjoiMDRmODc0ZDdkZmE1MjA0NjZmNTkzZWU4MGEwMzYwZTk1NGIxMjhlMjRkZjAyN2MxZjVkZDQw" \
	"YTExNmZlOWM2ZSIsInRhZyI6IiJ9"
#define KEY_16 "base64:AAcOFRwjKjE4P0ZNVFtiaQ=="
#define SHORT_16                                                                                   \
	"eyJpdiI6IjhQSHk4XC9UMTl2ZjQrZnI3XC9QMytcL3c9PSIsInZhbHVlIjoic2I2SWMzOURzT3M2aTBtYW9rQmpX" \
	"UT09IiwibWFjIjoiNGRjNGRlNDUyM2UzMDE1MDU5YjhiNWIxYmQ5MDc5MjNkZTdlYTM3MTlhYjFmZDBmMDRlMjYw" \
	"ZGQxODg0N2ZmYyIsInRhZyI6IiJ9"

static struct laravel_key key_of(const char *text)
{
	struct laravel_key key;

	cr_assert_eq(laravel_key_parse(text, &key), 0, "%s", text);
	return key;
}

static void opens(const char *key_text, const char *sealed, const char *want)
{
	struct laravel_key key = key_of(key_text);
	char *plain;
	size_t len;

	cr_assert_eq(laravel_open(&key, sealed, &plain, &len), LARAVEL_OPENED);
	cr_assert_str_eq(plain, want);
	cr_assert_eq(len, strlen(want));
	vp_secret_free(plain, len);
}

static enum laravel_verdict verdict_of(const char *key_text, const char *sealed)
{
	struct laravel_key key = key_of(key_text);
	char *plain = NULL;
	size_t len;
	enum laravel_verdict verdict = laravel_open(&key, sealed, &plain, &len);

	cr_assert(plain == NULL || verdict == LARAVEL_OPENED);
	vp_secret_free(plain, verdict == LARAVEL_OPENED ? len : 0);
	return verdict;
}

Test(laravel, opens_what_laravel_sealed)
{
	opens(KEY, CONFIG, "{\"account_sid\":\"AC1\",\"auth_token\":\"t\\u00fcr\"}");
	opens(KEY, SERIALIZED, "secret");
	opens(KEY_16, SHORT_16, "short");
}

Test(laravel, takes_a_key_as_it_stands_in_env)
{
	struct laravel_key key;

	opens("APP_KEY=" KEY "\n", SERIALIZED, "secret");
	opens("  \"" KEY "\"", SERIALIZED, "secret");
	cr_assert_eq(laravel_key_parse("", &key), EINVAL);
	cr_assert_eq(laravel_key_parse("base64:", &key), EINVAL);
	cr_assert_eq(laravel_key_parse("base64:AAAA", &key), EINVAL);
	cr_assert_eq(laravel_key_parse("base64:!!!!", &key), EINVAL);
	cr_assert_eq(laravel_key_parse(KEY "AAAA", &key), EINVAL);
	cr_assert_eq(laravel_key_parse("SomeRandomStringOf32CharactersXX", &key), EINVAL);
}

Test(laravel, tells_a_wrong_key_from_broken_text)
{
	char changed[] = CONFIG;
	char cut[] = CONFIG;

	cr_assert_eq(verdict_of(KEY_16, CONFIG), LARAVEL_WRONG_KEY);
	changed[strlen(changed) / 2] ^= 1;
	cr_assert_neq(verdict_of(KEY, changed), LARAVEL_OPENED);
	cut[strlen(cut) / 2] = '\0';
	cr_assert_eq(verdict_of(KEY, cut), LARAVEL_BROKEN);
	cr_assert_eq(verdict_of(KEY, "hunter2"), LARAVEL_PLAIN);
	cr_assert_eq(verdict_of(KEY, ""), LARAVEL_PLAIN);
	cr_assert_eq(verdict_of(KEY, "e30="), LARAVEL_PLAIN, "an empty object");
	cr_assert(laravel_is_sealed(CONFIG) && !laravel_is_sealed("hunter2") &&
		  !laravel_is_sealed(cut));
}

/* base64 of {"iv":..,"value":..,"mac":..,"tag":..} whose MAC fits. */
static char *sealed_of(const char *iv, const char *value, const char *tag, bool with_mac)
{
	struct laravel_key key = key_of(KEY);
	VP_CLEANUP(vp_freep) char *both = vp_strf("%s%s", iv, value);
	uint8_t mac[VP_SHA256_SIZE];
	char hex[2 * VP_SHA256_SIZE + 1] = "";

	vp_hmac_sha256(key.bytes, key.len, both, strlen(both), mac);
	if (with_mac) {
		vp_hex(mac, sizeof(mac), hex);
	}
	VP_CLEANUP(vp_freep)
	char *json = vp_strf("{\"iv\":\"%s\",\"value\":\"%s\",\"mac\":\"%s\",\"tag\":\"%s\"}", iv,
		value, hex, tag);
	char *text = malloc(VP_BASE64_SIZE(strlen(json)));

	vp_base64(json, strlen(json), text);
	return text;
}

Test(laravel, what_is_inside_may_be_anything)
{
	static const char *const values[][2] = {{"", ""}, {"AAAA", "AAAA"}, {"!!!!", "AAAA"},
		{"8PHy8/T19vf4+fr7/P3+/w==", ""}, {"8PHy8/T19vf4+fr7/P3+/w==", "AAAA"},
		{"8PHy8/T19vf4+fr7/P3+/w==", "AAAAAAAAAAAAAAAAAAAAAA=="},
		{"8PHy8/T19vf4+fr7/P3+/w==8PHy8/T19vf4+fr7/P3+/w==", "AAAAAAAAAAAAAAAAAAAAAA=="}};

	for (size_t i = 0; i < VP_ARRAY_LEN(values); i++) {
		VP_CLEANUP(vp_freep) char *text = sealed_of(values[i][0], values[i][1], "", true);

		cr_assert_eq(verdict_of(KEY, text), LARAVEL_BROKEN, "%zu", i);
	}
	VP_CLEANUP(vp_freep)
	char *gcm = sealed_of("AAAAAAAAAAAAAAAA", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA==", false);

	cr_assert_eq(verdict_of(KEY, gcm), LARAVEL_OTHER);
}
