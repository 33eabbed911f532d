/* The generic cell rate algorithm: one time a key, at which its record is clean again. */
#include <stdlib.h>
#include "libcommon/limiter/limiter.h"

#define SETS 4096
#define WAYS 4

struct cell {
	uint64_t key;
	int64_t clean_us;
};

struct vp_limiter {
	uint64_t seed;
	struct cell cells[SETS][WAYS];
};

struct vp_limiter *vp_limiter_create(uint64_t seed)
{
	struct vp_limiter *limiter = calloc(1, sizeof(*limiter));
	if (limiter != NULL) {
		limiter->seed = seed;
	}
	return limiter;
}

struct vp_limiter *vp_limiter_destroy(struct vp_limiter *limiter)
{
	free(limiter);
	return NULL;
}

static uint64_t mix(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++) {
		hash = (hash ^ (uint8_t)*text) * 1099511628211u; /* FNV-1a */
	}
	return (hash ^ 0xFF) * 1099511628211u;
}

/* The key's cell, or the one of its set that is clean first. */
static struct cell *find(struct vp_limiter *limiter, const struct vp_limit *limit, const char *key)
{
	uint64_t hash = mix(mix(limiter->seed ^ 14695981039346656037u, limit->name), key);
	hash ^= hash >> 29; /* the low bits choose the set */
	struct cell *set = limiter->cells[hash % SETS], *victim = &set[0];
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].key == hash) {
			return &set[i];
		}
		if (set[i].clean_us < victim->clean_us) {
			victim = &set[i];
		}
	}
	*victim = (struct cell){.key = hash};
	return victim;
}

static bool take(struct vp_limiter *limiter, const struct vp_limit *limit, const char *key,
	int64_t now_us, bool count, unsigned *ret_wait_s)
{
	struct cell *cell = find(limiter, limit, key);
	int64_t window_us = (int64_t)limit->window_s * 1000000;
	int64_t start_us = cell->clean_us > now_us ? cell->clean_us : now_us;
	int64_t clean_us = start_us + window_us / limit->max;
	int64_t over_us = clean_us - now_us - window_us;
	if (over_us > 0) {
		*ret_wait_s = (unsigned)((over_us + 999999) / 1000000);
		return false;
	}
	if (count) {
		cell->clean_us = clean_us;
	}
	return true;
}

bool vp_limiter_take(struct vp_limiter *limiter, const struct vp_limit *limit, const char *key,
	int64_t now_us, unsigned *ret_wait_s)
{
	return take(limiter, limit, key, now_us, true, ret_wait_s);
}

bool vp_limiter_peek(struct vp_limiter *limiter, const struct vp_limit *limit, const char *key,
	int64_t now_us, unsigned *ret_wait_s)
{
	return take(limiter, limit, key, now_us, false, ret_wait_s);
}

void vp_limiter_forget(struct vp_limiter *limiter, const struct vp_limit *limit, const char *key)
{
	find(limiter, limit, key)->clean_us = 0;
}
