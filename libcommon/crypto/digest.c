/* SHA and HMAC by OpenSSL. They fail only when the library is broken, which is an invariant. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"

static void hmac(const EVP_MD *md, const void *key, size_t key_len, const void *data, size_t len,
	uint8_t *ret_mac)
{
	/* OpenSSL takes a NULL key for "as before" */
	vp_assert(HMAC(md, key ? key : "", (int)key_len, data, len, ret_mac, NULL));
}

void vp_sha256(const void *data, size_t len, uint8_t ret_digest[VP_SHA256_SIZE])
{
	SHA256(data, len, ret_digest);
}

void vp_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
	uint8_t ret_mac[VP_SHA256_SIZE])
{
	hmac(EVP_sha256(), key, key_len, data, len, ret_mac);
}

void vp_hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
	uint8_t ret_mac[VP_SHA1_SIZE])
{
	hmac(EVP_sha1(), key, key_len, data, len, ret_mac);
}
