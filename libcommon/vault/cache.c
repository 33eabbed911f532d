/* Opened data keys by organisation and id. The hash is the id's random end. */
#include <errno.h>
#include <string.h>
#include "libcommon/vault/vault_int.h"

#define DESK (CACHE_SETS * CACHE_WAYS)

int vault_cache_init(struct vault_cache *cache)
{
	cache->keys = vp_locked_alloc(sizeof(*cache->keys) * (DESK + 1));
	return cache->keys ? 0 : ENOMEM;
}

void vault_cache_free(struct vault_cache *cache)
{
	cache->keys = vp_locked_free(cache->keys);
}

static size_t set_of(struct vp_uuid id)
{
	return id.b[15] % CACHE_SETS;
}

const uint8_t *vault_cache_find(
	const struct vault_cache *cache, struct vp_uuid org, struct vp_uuid id)
{
	const size_t first = set_of(id) * CACHE_WAYS;

	for (size_t i = first; i < first + CACHE_WAYS; i++) {
		if (vp_uuid_equal(cache->slots[i].id, id) &&
			vp_uuid_equal(cache->slots[i].org, org)) {
			return cache->keys[i];
		}
	}
	return NULL;
}

uint8_t *vault_cache_desk(struct vault_cache *cache)
{
	return cache->keys[DESK];
}

const uint8_t *vault_cache_keep(struct vault_cache *cache, struct vp_uuid org, struct vp_uuid id)
{
	const size_t set = set_of(id);
	const size_t i = set * CACHE_WAYS + cache->next[set];

	cache->next[set] = (cache->next[set] + 1) % CACHE_WAYS;
	cache->slots[i].org = org;
	cache->slots[i].id = id;
	memcpy(cache->keys[i], cache->keys[DESK], VP_DATA_KEY_SIZE);
	return cache->keys[i];
}
