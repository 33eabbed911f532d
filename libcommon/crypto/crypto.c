/* libsodium: passwords, comparison, text forms. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"

/* RFC 9106's second choice: 64 MiB, three passes; a login takes some 60-100 ms. */
#define PASSWORD_OPS 3
#define PASSWORD_MEM (64u << 20)
#define PASSWORD_MAX 1024 /* longer ones are refused before any work */

_Static_assert(VP_PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "hash text fits");

int vp_crypto_init(void)
{
	return sodium_init() < 0 ? EIO : 0;
}

int vp_password_hash(const char *password, char ret_hash[VP_PASSWORD_HASH_SIZE])
{
	size_t len = strnlen(password, PASSWORD_MAX + 1);

	if (len > PASSWORD_MAX) {
		return EINVAL;
	}
	return crypto_pwhash_argon2id_str(ret_hash, password, len, PASSWORD_OPS, PASSWORD_MEM) == 0
		       ? 0
		       : ENOMEM;
}

bool vp_password_verify(const char *hash, const char *password)
{
	size_t len = strnlen(password, PASSWORD_MAX + 1);

	return len <= PASSWORD_MAX && strlen(hash) < VP_PASSWORD_HASH_SIZE &&
	       crypto_pwhash_argon2id_str_verify(hash, password, len) == 0;
}

void vp_secret_free(char *secret, size_t len)
{
	if (secret) {
		sodium_memzero(secret, len);
		free(secret);
	}
}

bool vp_equal_ct(const void *a, size_t a_len, const void *b, size_t b_len)
{
	return a_len == b_len && sodium_memcmp(a, b, a_len) == 0;
}

void vp_random_text(char *buf, size_t size)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

	vp_assert(size > 0);
	vp_random(buf, size - 1);
	for (size_t i = 0; i < size - 1; i++) {
		buf[i] = alphabet[(uint8_t)buf[i] & 63];
	}
	buf[size - 1] = '\0';
}

void vp_base64(const void *data, size_t len, char *ret_text)
{
	sodium_bin2base64(ret_text, VP_BASE64_SIZE(len), data, len, sodium_base64_VARIANT_ORIGINAL);
}

void vp_base64url(const void *data, size_t len, char *ret_text)
{
	sodium_bin2base64(
		ret_text, VP_BASE64_SIZE(len), data, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static long decode(const char *text, size_t len, uint8_t *ret_data, int variant)
{
	size_t n;

	if (sodium_base642bin(ret_data, len, text, len, NULL, &n, NULL, variant) != 0) {
		return -1;
	}
	return (long)n;
}

long vp_base64_decode(const char *text, size_t len, uint8_t *ret_data)
{
	return decode(text, len, ret_data, sodium_base64_VARIANT_ORIGINAL);
}

long vp_base64url_decode(const char *text, size_t len, uint8_t *ret_data)
{
	return decode(text, len, ret_data, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void vp_hex(const void *data, size_t len, char *ret_text)
{
	sodium_bin2hex(ret_text, 2 * len + 1, data, len);
}
