/* What Laravel's Crypt wrote: base64 of {"iv", "value", "mac", "tag"}, AES-CBC under APP_KEY, the
 * MAC is HMAC-SHA256 over iv and value as they are written (Illuminate\Encryption\Encrypter). */
#ifndef VOIP_IMPORT_LARAVEL_H
#define VOIP_IMPORT_LARAVEL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LARAVEL_KEY_MAX 32

struct laravel_key {
	uint8_t bytes[LARAVEL_KEY_MAX];
	size_t len; /* 32: AES-256, 16: AES-128 */
};

enum laravel_verdict {
	LARAVEL_OPENED,
	LARAVEL_PLAIN, /* was never encrypted */
	LARAVEL_WRONG_KEY,
	LARAVEL_BROKEN, /* encrypted once, but cut off or otherwise no longer readable */
	LARAVEL_OTHER,  /* AES-GCM: config/app.php says another cipher than Laravel's own */
};

/* "base64:..." as in .env, with or without quotes. EINVAL: it is no such key. */
int laravel_key_parse(const char *text, struct laravel_key *ret);

/* Whether a text has the outside of an encrypted one. */
bool laravel_is_sealed(const char *text);
/* *ret_plain ends in a NUL that is not counted; free it with vp_secret_free. Written only when
 * LARAVEL_OPENED. */
enum laravel_verdict laravel_open(
	const struct laravel_key *key, const char *text, char **ret_plain, size_t *ret_len);
#endif
