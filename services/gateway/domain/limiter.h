/* How often something may be tried, by key (an account, an address). Memory is fixed: under a flood
 * of keys the least used ones are forgotten first. */
#ifndef GATEWAY_LIMITER_H
#define GATEWAY_LIMITER_H
#include <stdbool.h>
#include <stdint.h>

struct limiter;
struct limit {
	const char *name;  /* keeps the keys of different limits apart */
	unsigned max;      /* tries ... */
	unsigned window_s; /* ... in this time, also at once */
};

struct limiter *limiter_create(uint64_t seed); /* NULL: no memory */
struct limiter *limiter_destroy(struct limiter *limiter);
/* Counts a try; false: over the limit, come back after *ret_wait_s (which is at least 1). */
bool limiter_take(struct limiter *limiter, const struct limit *limit, const char *key,
	int64_t now_us, unsigned *ret_wait_s);
/* Only looks. */
bool limiter_peek(struct limiter *limiter, const struct limit *limit, const char *key,
	int64_t now_us, unsigned *ret_wait_s);
/* The key has a clean record again. */
void limiter_forget(struct limiter *limiter, const struct limit *limit, const char *key);
#endif
