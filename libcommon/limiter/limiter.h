/* How often something may be tried, by key (an account, an address). Memory is fixed: under a flood
 * of keys the least used ones are forgotten first. */
#ifndef VP_LIMITER_H
#define VP_LIMITER_H
#include <stdbool.h>
#include <stdint.h>

struct vp_limiter;
struct vp_limit {
	const char *name;  /* keeps the keys of different limits apart */
	unsigned max;      /* tries ... */
	unsigned window_s; /* ... in this time, also at once */
};

struct vp_limiter *vp_limiter_create(uint64_t seed); /* NULL: no memory */
struct vp_limiter *vp_limiter_destroy(struct vp_limiter *limiter);
/* Counts a try; false: over the limit, come back after *ret_wait_s (which is at least 1). */
bool vp_limiter_take(struct vp_limiter *limiter, const struct vp_limit *limit, const char *key,
	int64_t now_us, unsigned *ret_wait_s);
/* Only looks. */
bool vp_limiter_peek(struct vp_limiter *limiter, const struct vp_limit *limit, const char *key,
	int64_t now_us, unsigned *ret_wait_s);
/* The key has a clean record again. */
void vp_limiter_forget(struct vp_limiter *limiter, const struct vp_limit *limit, const char *key);
#endif
