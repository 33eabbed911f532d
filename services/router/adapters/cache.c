#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "services/router/adapters/cache.h"

#define KEY_SIZE 128

struct remembered {
	char key[KEY_SIZE];
	int64_t fresh_until_us;
	uint64_t generation;
	_Alignas(max_align_t) unsigned char value[];
};
struct cache {
	void *tree;
	size_t n, max, value_size;
	int64_t fresh_us;
	uint64_t generation;
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct remembered *)a)->key, ((const struct remembered *)b)->key);
}

static struct remembered *find(const struct cache *cache, const char *key)
{
	struct remembered wanted;
	void *node;

	if (!vp_strcopy(wanted.key, sizeof(wanted.key), key)) {
		return NULL;
	}
	node = tfind(&wanted, &cache->tree, compare);
	return node ? *(struct remembered **)node : NULL;
}

static struct remembered *add(struct cache *cache, const char *key)
{
	struct remembered *entry;

	if (cache->n >= cache->max) {
		tdestroy(cache->tree, free);
		cache->tree = NULL;
		cache->n = 0;
	}
	entry = calloc(1, sizeof(*entry) + cache->value_size);
	if (!entry || !vp_strcopy(entry->key, sizeof(entry->key), key) ||
		!tsearch(entry, &cache->tree, compare)) {
		free(entry);
		return NULL;
	}
	cache->n++;
	return entry;
}

int cache_create(struct cache **ret, size_t value_size, size_t max, int64_t fresh_us)
{
	struct cache *cache = calloc(1, sizeof(*cache));

	if (!cache) {
		return ENOMEM;
	}
	cache->value_size = value_size;
	cache->max = max;
	cache->fresh_us = fresh_us;
	*ret = cache;
	return 0;
}

struct cache *cache_destroy(struct cache *cache)
{
	if (cache) {
		tdestroy(cache->tree, free);
		free(cache);
	}
	return NULL;
}

const void *cache_get(const struct cache *cache, const char *key, int64_t now_us, bool *ret_fresh)
{
	const struct remembered *entry = find(cache, key);

	if (!entry) {
		return NULL;
	}
	*ret_fresh = entry->generation == cache->generation && now_us < entry->fresh_until_us;
	return entry->value;
}

void cache_put(struct cache *cache, const char *key, const void *value, int64_t now_us)
{
	struct remembered *entry = find(cache, key);

	entry = entry ? entry : add(cache, key);
	if (!entry) {
		return;
	}
	memcpy(entry->value, value, cache->value_size);
	entry->fresh_until_us = now_us + cache->fresh_us;
	entry->generation = cache->generation;
}

void cache_make_stale(struct cache *cache)
{
	cache->generation++;
}
