/* Threads of low priority that do long work beside the loop. A task waits for its place, is told
 * when it has one, and then either runs or leaves: so what is to be written down before the work is
 * written when the work really comes. All but run happens in one thread, the loop's. */
#ifndef RECORDER_POOL_H
#define RECORDER_POOL_H
#include <stdatomic.h>
#include <stdbool.h>

struct pool;
struct pool_task {
	/* It has its place: pool_start or pool_leave follows, now or later. */
	void (*begin)(struct pool_task *task);
	/* In a worker; ends soon after stop turns true. */
	void (*run)(struct pool_task *task, const atomic_bool *stop);
	/* In pool_drain, exactly once after pool_start, unless the pool is destroyed first. */
	void (*done)(struct pool_task *task);
	bool alone;             /* nothing else runs beside it: it may take the process with it */
	struct pool_task *next; /* the pool's */
};

int pool_create(struct pool **ret, unsigned threads);
/* Stops what runs and waits for it; no handler is called any more. */
struct pool *pool_destroy(struct pool *pool);
void pool_submit(struct pool *pool, struct pool_task *task);
void pool_start(struct pool *pool, struct pool_task *task);
void pool_leave(struct pool *pool, struct pool_task *task);
int pool_fd(const struct pool *pool);
void pool_drain(struct pool *pool);
#endif
