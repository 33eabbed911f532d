/* Data keys: 32 random bytes that seal the secrets of one organisation. They are stored wrapped by
 * a key of the keyring; opened, they belong into locked memory. Text of a secret: "v2.<data key's
 * id>.BASE64(nonce|box)". Errors and limits as of vp_seal and vp_unseal. */
#ifndef VP_DATAKEY_H
#define VP_DATAKEY_H
#include <stddef.h>
#include <stdint.h>

struct vp_keyring;

#define VP_DATA_KEY_SIZE 32

/* Zeroed memory that is neither swapped nor dumped (as far as RLIMIT_MEMLOCK allows) and is wiped
 * when it is freed. NULL: no memory. It takes whole pages: few and big. */
void *vp_locked_alloc(size_t size);
void *vp_locked_free(void *mem); /* returns NULL */

/* The i-th key of the ring wraps it; 0 is the active one. */
int vp_data_key_wrap(const struct vp_keyring *ring, size_t i, const char *context,
	const uint8_t key[VP_DATA_KEY_SIZE], char **ret_text);
int vp_data_key_unwrap(const struct vp_keyring *ring, const char *context, const char *text,
	uint8_t ret_key[VP_DATA_KEY_SIZE]);

int vp_data_seal(const uint8_t key[VP_DATA_KEY_SIZE], const char *id, const char *context,
	const void *plain, size_t len, char **ret_text);
/* id: the data key's, which the text names too. */
int vp_data_unseal(const uint8_t key[VP_DATA_KEY_SIZE], const char *id, const char *context,
	const char *text, char **ret_plain, size_t *ret_len);
#endif
