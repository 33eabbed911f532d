/* libFuzzer: any text as an encrypted cell, also with a MAC that fits, and as a key. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/import/laravel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct laravel_key key = {.bytes = {1, 2, 3}, .len = 32};

static void open_text(const char *text)
{
	char *plain;
	size_t len;

	if (laravel_open(&key, text, &plain, &len) == LARAVEL_OPENED) {
		vp_assert(plain[len] == '\0');
		vp_secret_free(plain, len);
	}
	laravel_is_sealed(text);
}

/* The input is the encrypted value; everything round it is right. */
static void open_value(const uint8_t *data, size_t size)
{
	static const char iv[] = "AAAAAAAAAAAAAAAAAAAAAA==";
	VP_CLEANUP(vp_freep) char *value = malloc(VP_BASE64_SIZE(size));
	uint8_t mac[VP_SHA256_SIZE];
	char hex[2 * VP_SHA256_SIZE + 1];

	vp_base64(data, size, value);
	VP_CLEANUP(vp_freep) char *both = vp_strf("%s%s", iv, value);

	vp_hmac_sha256(key.bytes, key.len, both, strlen(both), mac);
	vp_hex(mac, sizeof(mac), hex);
	VP_CLEANUP(vp_freep)
	char *json = vp_strf("{\"iv\":\"%s\",\"value\":\"%s\",\"mac\":\"%s\"}", iv, value, hex);
	VP_CLEANUP(vp_freep) char *text = malloc(VP_BASE64_SIZE(strlen(json)));

	vp_base64(json, strlen(json), text);
	open_text(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	VP_CLEANUP(vp_freep) char *text = malloc(size + 1);
	struct laravel_key parsed;

	memcpy(text, data, size);
	text[size] = '\0';
	open_text(text);
	laravel_key_parse(text, &parsed);
	open_value(data, size);
	return 0;
}
