/* Secrets: passwords (argon2id), sealing (XChaCha20-Poly1305, libsodium), HMAC and SHA (OpenSSL) */
#ifndef VP_CRYPTO_H
#define VP_CRYPTO_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Once per process before anything else here. 0 or EIO. */
int vp_crypto_init(void);

/* argon2id, moderate for a login (about 60 ms, 64 MiB): run it on a worker, not on a loop. */
#define VP_PASSWORD_HASH_SIZE 128
int vp_password_hash(const char *password, char ret_hash[VP_PASSWORD_HASH_SIZE]);
bool vp_password_verify(const char *hash, const char *password);

/* Keys that wrap the secrets at rest, from a file of lines "ID BASE64-32-BYTES"; the first line
 * is the active one, the others only open. Created 0600. */
struct vp_keyring;
int vp_keyring_load(struct vp_keyring **ret, const char *path);
int vp_keyring_create_file(const char *path);
struct vp_keyring *vp_keyring_destroy(struct vp_keyring *ring);
size_t vp_keyring_count(const struct vp_keyring *ring);
const char *vp_keyring_id(const struct vp_keyring *ring, size_t i); /* 0: the active one's */

/* Seals plain under the active key; context ("trunks/secret/<id>") must be the same to open.
 * Text form "v1.KEYID.BASE64(nonce|box)". The caller frees *ret_text. */
int vp_seal(const struct vp_keyring *ring, const char *context, const void *plain, size_t len,
	char **ret_text);
/* EBADMSG: tampered with, another context, or another key; ENOKEY: the key id is not in the ring.
 * *ret_plain ends in a NUL that is not counted; free it with vp_secret_free. */
int vp_unseal(const struct vp_keyring *ring, const char *context, const char *text,
	char **ret_plain, size_t *ret_len);
/* Wipes, then frees. */
void vp_secret_free(char *secret, size_t len);

#define VP_SHA256_SIZE 32
#define VP_SHA1_SIZE 20
void vp_sha256(const void *data, size_t len, uint8_t ret_digest[VP_SHA256_SIZE]);
void vp_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
	uint8_t ret_mac[VP_SHA256_SIZE]);
void vp_hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
	uint8_t ret_mac[VP_SHA1_SIZE]);

/* Equal in constant time; lengths are not secret. */
bool vp_equal_ct(const void *a, size_t a_len, const void *b, size_t b_len);

/* Random text of [A-Za-z0-9_-]: 43 characters carry 256 bits. size counts the NUL. */
void vp_random_text(char *buf, size_t size);

/* base64 of RFC 4648 section 4, and section 5 (URL, no padding). Encoders want
 * VP_BASE64_SIZE(len); decoders write at most len bytes, -1 on any foreign character. */
#define VP_BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)
void vp_base64(const void *data, size_t len, char *ret_text);
void vp_base64url(const void *data, size_t len, char *ret_text);
long vp_base64_decode(const char *text, size_t len, uint8_t *ret_data);
long vp_base64url_decode(const char *text, size_t len, uint8_t *ret_data);
void vp_hex(const void *data, size_t len, char *ret_text); /* 2*len+1 */
#endif
