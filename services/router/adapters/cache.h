/* Remembers what was read from the database, by a text key. A value is fresh for a short while; a
 * stale one is still handed out, marked so, for the time that the database is away. */
#ifndef ROUTER_CACHE_H
#define ROUTER_CACHE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cache;

/* value_size: values are copied in and compared never. When max keys are known all are forgotten */
int cache_create(struct cache **ret, size_t value_size, size_t max, int64_t fresh_us);
struct cache *cache_destroy(struct cache *cache);
/* NULL: not known. The value is valid until the next cache_put. */
const void *cache_get(const struct cache *cache, const char *key, int64_t now_us, bool *ret_fresh);
/* Without memory the value is not remembered, which is no error. */
void cache_put(struct cache *cache, const char *key, const void *value, int64_t now_us);
/* The configuration has changed: everything is stale. */
void cache_make_stale(struct cache *cache);
#endif
