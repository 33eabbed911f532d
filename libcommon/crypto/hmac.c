#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/hmac.h"

struct vp_hmac {
	EVP_MAC_CTX *ctx;
};

static const char *const digests[] = {
	[VP_HMAC_SHA1] = "SHA1",
	[VP_HMAC_SHA256] = "SHA256",
	[VP_HMAC_SHA384] = "SHA384",
	[VP_HMAC_SHA512] = "SHA512",
};

static EVP_MAC_CTX *make_context(enum vp_hmac_digest digest, const void *key, size_t key_len)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
				       (char *)(uintptr_t)digests[digest], 0),
		OSSL_PARAM_construct_end()};

	EVP_MAC_free(mac);
	/* OpenSSL takes a NULL key for "as before" */
	if (ctx && !EVP_MAC_init(ctx, key_len > 0 ? key : (const void *)"", key_len, params)) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

int vp_hmac_create(
	struct vp_hmac **ret, enum vp_hmac_digest digest, const void *key, size_t key_len)
{
	struct vp_hmac *hmac = calloc(1, sizeof(*hmac));

	if (!hmac) {
		return ENOMEM;
	}
	hmac->ctx = make_context(digest, key, key_len);
	if (!hmac->ctx) {
		vp_hmac_destroy(hmac);
		return ENOMEM;
	}
	*ret = hmac;
	return 0;
}

struct vp_hmac *vp_hmac_destroy(struct vp_hmac *hmac)
{
	if (hmac) {
		EVP_MAC_CTX_free(hmac->ctx);
		free(hmac);
	}
	return NULL;
}

size_t vp_hmac(struct vp_hmac *hmac, const struct vp_hmac_part *parts, size_t n,
	uint8_t ret_mac[VP_HMAC_SIZE_MAX])
{
	size_t len = 0;

	/* they fail only when the library is broken, which is an invariant */
	vp_assert(EVP_MAC_init(hmac->ctx, NULL, 0, NULL));
	for (size_t i = 0; i < n; i++) {
		vp_assert(EVP_MAC_update(hmac->ctx, parts[i].data, parts[i].len));
	}
	vp_assert(EVP_MAC_final(hmac->ctx, ret_mac, &len, VP_HMAC_SIZE_MAX));
	return len;
}
