/* Work beside the loop. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/workers.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int worked, done;

static void work(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	__atomic_add_fetch(&worked, 1, __ATOMIC_RELAXED);
}

static void finish(void *arg)
{
	cr_assert_eq(arg, &done);
	done++;
}

static void drain_until(struct workers *w, int want)
{
	int64_t until = vp_mono_us() + 30000000;
	while (done < want && vp_mono_us() < until) {
		struct pollfd p = {.fd = workers_fd(w), .events = POLLIN};
		poll(&p, 1, 100);
		workers_drain(w);
	}
	cr_assert_eq(done, want);
}

Test(workers, run_all_and_tell_in_the_loop)
{
	struct workers *w;
	cr_assert_eq(workers_create(&w, 3, 100), 0);
	for (int i = 0; i < 100; i++) {
		cr_assert_eq(workers_run(w, work, finish, &done), 0);
	}
	drain_until(w, 100);
	cr_assert_eq(worked, 100);
	workers_destroy(w);
}

Test(workers, refuse_when_the_queue_is_full)
{
	struct workers *w;
	cr_assert_eq(workers_create(&w, 1, 4), 0);
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 4; i++) {
		cr_assert_eq(workers_run(w, work, finish, &done), 0);
	}
	cr_assert_eq(workers_run(w, work, finish, &done), EAGAIN);
	pthread_mutex_unlock(&gate);
	drain_until(w, 4);
	cr_assert_eq(workers_run(w, work, finish, &done), 0, "there is room again");
	drain_until(w, 5);
	workers_destroy(w);
}

Test(workers, destroy_finishes_every_job)
{
	struct workers *w;
	cr_assert_eq(workers_create(&w, 2, 50), 0);
	for (int i = 0; i < 50; i++) {
		cr_assert_eq(workers_run(w, work, finish, &done), 0);
	}
	workers_destroy(w);
	cr_assert_eq(done, 50, "also those that did not run, so that they can free");
	cr_assert_leq(worked, 50);
}
