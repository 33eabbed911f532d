/* Threads of low priority that do long work beside the loop. */
#ifndef RECORDER_POOL_H
#define RECORDER_POOL_H
#include <stdatomic.h>

struct pool;
struct pool_task {
	/* In a worker; ends soon after stop turns true. */
	void (*run)(struct pool_task *task, const atomic_bool *stop);
	/* In pool_drain's thread, exactly once, unless the pool is destroyed first. */
	void (*done)(struct pool_task *task);
	struct pool_task *next; /* the pool's */
};

int pool_create(struct pool **ret, unsigned threads);
/* Stops what runs and waits for it; no done handler is called any more. */
struct pool *pool_destroy(struct pool *pool);
void pool_submit(struct pool *pool, struct pool_task *task);
int pool_fd(const struct pool *pool);
void pool_drain(struct pool *pool);
#endif
