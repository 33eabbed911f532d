/* Random bytes. Short ones (ids, tags, ports) come from a pool that each thread fetches from the
 * kernel for many at once: a call needs some twenty of them, a system call each would be a tenth of
 * what setting it up costs. Long ones (keys) come from the kernel directly. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include "libcommon/base/base.h"

#define SHORT_MAX 16
#define POOL_SIZE 1024

struct pool {
	unsigned left, fork;
	uint8_t bytes[POOL_SIZE];
};

static _Thread_local struct pool pool;
static atomic_uint forks;

static void forked(void)
{
	atomic_fetch_add(&forks, 1);
}

/* A child must not draw what its parent draws. */
__attribute__((constructor)) static void watch_forks(void)
{
	vp_assert(pthread_atfork(NULL, NULL, forked) == 0);
}

static void fetch(uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		vp_assert(n > 0 || errno == EINTR);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

void vp_random(void *buf, size_t len)
{
	const unsigned now = atomic_load_explicit(&forks, memory_order_relaxed);

	if (len > SHORT_MAX) {
		fetch(buf, len);
		return;
	}
	if (pool.left < len || pool.fork != now) {
		fetch(pool.bytes, sizeof(pool.bytes));
		pool.left = sizeof(pool.bytes);
		pool.fork = now;
	}
	pool.left -= (unsigned)len;
	memcpy(buf, pool.bytes + pool.left, len);
	explicit_bzero(pool.bytes + pool.left, len);
}
