/* Rows of crypto_keys, for those who rotate: a data key is bound to its organisation and id. */
#ifndef VP_VAULT_ROW_H
#define VP_VAULT_ROW_H
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"

struct vp_keyring;

/* A new data key, wrapped by the i-th key of the ring; the caller frees the text. */
int vp_vault_row_new(const struct vp_keyring *ring, size_t i, struct vp_uuid org, struct vp_uuid id,
	char **ret_wrapped);
/* The same data key, wrapped by the i-th key. Errors as of vp_unseal. */
int vp_vault_row_rewrap(const struct vp_keyring *ring, size_t i, struct vp_uuid org,
	struct vp_uuid id, const char *wrapped, char **ret_wrapped);
/* ret_key: VP_DATA_KEY_SIZE bytes of locked memory. */
int vp_vault_row_open(const struct vp_keyring *ring, struct vp_uuid org, struct vp_uuid id,
	const char *wrapped, uint8_t *ret_key);
#endif
