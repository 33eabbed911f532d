#include <errno.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/import/laravel.h"

enum { IV_SIZE = 16, TEXT_MAX = 1 << 20 };

struct sealed {
	json_t *json;
	const char *iv, *value, *mac, *tag;
};

int laravel_key_parse(const char *text, struct laravel_key *ret)
{
	static const char prefix[] = "base64:";
	uint8_t bytes[LARAVEL_KEY_MAX + 2];
	size_t len;
	long n = -1;

	text += strspn(text, " \t\"'");
	if (strncmp(text, "APP_KEY=", 8) == 0) {
		text += 8 + strspn(text + 8, " \t\"'");
	}
	len = strcspn(text, " \t\"'\r\n");
	if (len > sizeof(prefix) - 1 && strncmp(text, prefix, sizeof(prefix) - 1) == 0) {
		text += sizeof(prefix) - 1;
		len -= sizeof(prefix) - 1;
		n = len <= VP_BASE64_SIZE(LARAVEL_KEY_MAX) - 1 ? vp_base64_decode(text, len, bytes)
							       : -1;
	}
	if (n == 32 || n == 16) {
		memcpy(ret->bytes, bytes, (size_t)n);
		ret->len = (size_t)n;
	}
	explicit_bzero(bytes, sizeof(bytes));
	return n == 32 || n == 16 ? 0 : EINVAL;
}

static bool parse(const char *text, struct sealed *ret)
{
	size_t len = strlen(text);
	VP_CLEANUP(vp_freep) uint8_t *bytes = len > 0 && len < TEXT_MAX ? malloc(len) : NULL;
	long n = bytes ? vp_base64_decode(text, len, bytes) : -1;

	*ret = (struct sealed){
		.json = n > 0 ? json_loadb((char *)bytes, (size_t)n, 0, NULL) : NULL};
	ret->iv = json_string_value(json_object_get(ret->json, "iv"));
	ret->value = json_string_value(json_object_get(ret->json, "value"));
	ret->mac = json_string_value(json_object_get(ret->json, "mac"));
	ret->tag = json_string_value(json_object_get(ret->json, "tag"));
	if (ret->iv && ret->value && ret->mac) {
		return true;
	}
	json_decref(ret->json);
	return false;
}

bool laravel_is_sealed(const char *text)
{
	struct sealed sealed;

	if (!parse(text, &sealed)) {
		return false;
	}
	json_decref(sealed.json);
	return true;
}

static bool mac_fits(const struct laravel_key *key, const struct sealed *sealed)
{
	VP_CLEANUP(vp_freep) char *signed_text = vp_strf("%s%s", sealed->iv, sealed->value);
	uint8_t mac[VP_SHA256_SIZE];
	char hex[2 * VP_SHA256_SIZE + 1];

	if (!signed_text) {
		return false;
	}
	vp_hmac_sha256(key->bytes, key->len, signed_text, strlen(signed_text), mac);
	vp_hex(mac, sizeof(mac), hex);
	return vp_equal_ct(hex, strlen(hex), sealed->mac, strlen(sealed->mac));
}

/* Bytes written to plain, which has room for len; -1 when it cannot be. */
static int decrypt(const struct laravel_key *key, const uint8_t iv[IV_SIZE], const uint8_t *data,
	size_t len, uint8_t *plain)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	const EVP_CIPHER *cipher = key->len == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
	int n = 0, last = 0;
	bool ok = ctx && EVP_DecryptInit_ex(ctx, cipher, NULL, key->bytes, iv) == 1 &&
		  EVP_DecryptUpdate(ctx, plain, &n, data, (int)len) == 1 &&
		  EVP_DecryptFinal_ex(ctx, plain + n, &last) == 1;

	EVP_CIPHER_CTX_free(ctx);
	return ok ? n + last : -1;
}

/* encrypt() of a text serialises it first: s:5:"hello"; */
static size_t unserialize(char *plain, size_t len)
{
	char *end;
	unsigned long n;
	size_t head;

	if (len < 6 || strncmp(plain, "s:", 2) != 0) {
		return len;
	}
	n = strtoul(plain + 2, &end, 10);
	head = (size_t)(end - plain) + 2;
	if (end[0] != ':' || end[1] != '"' || head > len || len - head < 2 || n != len - head - 2 ||
		memcmp(plain + len - 2, "\";", 2) != 0) {
		return len;
	}
	memmove(plain, plain + head, n);
	return n;
}

static enum laravel_verdict open_value(const struct laravel_key *key, const struct sealed *sealed,
	char **ret_plain, size_t *ret_len)
{
	uint8_t iv[IV_SIZE + 2];
	size_t len = strlen(sealed->value);
	VP_CLEANUP(vp_freep) uint8_t *data = malloc(len + 1);
	char *plain = malloc(len + EVP_MAX_BLOCK_LENGTH + 1);
	long n = data ? vp_base64_decode(sealed->value, len, data) : -1;
	int got = -1;

	if (plain && n > 0 && strlen(sealed->iv) == VP_BASE64_SIZE(IV_SIZE) - 1 &&
		vp_base64_decode(sealed->iv, strlen(sealed->iv), iv) == IV_SIZE) {
		got = decrypt(key, iv, data, (size_t)n, (uint8_t *)plain);
	}
	if (got < 0) {
		vp_secret_free(plain, 0);
		return LARAVEL_BROKEN;
	}
	*ret_len = unserialize(plain, (size_t)got);
	plain[*ret_len] = '\0';
	*ret_plain = plain;
	return LARAVEL_OPENED;
}

enum laravel_verdict laravel_open(
	const struct laravel_key *key, const char *text, char **ret_plain, size_t *ret_len)
{
	struct sealed sealed;
	enum laravel_verdict verdict;

	if (!parse(text, &sealed)) {
		/* the start of {"iv" in base64: one that was cut off */
		return strncmp(text, "eyJpdiI6", 8) == 0 ? LARAVEL_BROKEN : LARAVEL_PLAIN;
	}
	if (!*sealed.mac && sealed.tag && *sealed.tag) {
		verdict = LARAVEL_OTHER;
	} else if (!mac_fits(key, &sealed)) {
		verdict = LARAVEL_WRONG_KEY;
	} else {
		verdict = open_value(key, &sealed, ret_plain, ret_len);
	}
	json_decref(sealed.json);
	return verdict;
}
