#include <errno.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/datakey.h"
#include "libcommon/vault/row.h"

static char *context_of(struct vp_uuid org, struct vp_uuid id)
{
	char org_text[VP_UUID_TEXT_SIZE], id_text[VP_UUID_TEXT_SIZE];

	vp_uuid_text(org, org_text);
	vp_uuid_text(id, id_text);
	return vp_strf("%s/crypto_keys/wrapped_dek/%s", org_text, id_text);
}

int vp_vault_row_new(const struct vp_keyring *ring, size_t i, struct vp_uuid org, struct vp_uuid id,
	char **ret_wrapped)
{
	VP_CLEANUP(vp_freep) char *context = context_of(org, id);
	uint8_t *key = vp_locked_alloc(VP_DATA_KEY_SIZE);
	int err = ENOMEM;

	if (context && key) {
		vp_random(key, VP_DATA_KEY_SIZE);
		err = vp_data_key_wrap(ring, i, context, key, ret_wrapped);
	}
	vp_locked_free(key);
	return err;
}

int vp_vault_row_open(const struct vp_keyring *ring, struct vp_uuid org, struct vp_uuid id,
	const char *wrapped, uint8_t *ret_key)
{
	VP_CLEANUP(vp_freep) char *context = context_of(org, id);

	return context ? vp_data_key_unwrap(ring, context, wrapped, ret_key) : ENOMEM;
}

int vp_vault_row_rewrap(const struct vp_keyring *ring, size_t i, struct vp_uuid org,
	struct vp_uuid id, const char *wrapped, char **ret_wrapped)
{
	VP_CLEANUP(vp_freep) char *context = context_of(org, id);
	uint8_t *key = vp_locked_alloc(VP_DATA_KEY_SIZE);
	int err = context && key ? vp_data_key_unwrap(ring, context, wrapped, key) : ENOMEM;

	if (!err) {
		err = vp_data_key_wrap(ring, i, context, key, ret_wrapped);
	}
	vp_locked_free(key);
	return err;
}
