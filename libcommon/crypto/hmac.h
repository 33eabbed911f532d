/* HMAC under a key that signs often: its schedule is made once (OpenSSL's EVP_MAC). One thread. */
#ifndef VP_HMAC_H
#define VP_HMAC_H
#include <stddef.h>
#include <stdint.h>

#define VP_HMAC_SIZE_MAX 64 /* SHA-512 */

enum vp_hmac_digest {
	VP_HMAC_SHA1,
	VP_HMAC_SHA256,
	VP_HMAC_SHA384,
	VP_HMAC_SHA512,
};

struct vp_hmac;
/* ENOMEM, also when OpenSSL has no such digest. */
int vp_hmac_create(
	struct vp_hmac **ret, enum vp_hmac_digest digest, const void *key, size_t key_len);
/* Wipes the key. */
struct vp_hmac *vp_hmac_destroy(struct vp_hmac *hmac);

struct vp_hmac_part {
	const void *data;
	size_t len;
};
/* The MAC of the parts one after the other; its length. */
size_t vp_hmac(struct vp_hmac *hmac, const struct vp_hmac_part *parts, size_t n,
	uint8_t ret_mac[VP_HMAC_SIZE_MAX]);
#endif
