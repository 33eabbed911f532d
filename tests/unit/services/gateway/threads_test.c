/* Workers under ThreadSanitizer, where Criterion does not run. A plain program that speaks TAP. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/workers.h"

#define JOBS 2000

struct job {
	unsigned worked, done;
};

static unsigned finished;

static void work(void *arg)
{
	struct job *job = arg;
	job->worked++;
}

static void done(void *arg)
{
	struct job *job = arg;
	job->done++;
	finished++;
}

static void drain(struct workers *workers)
{
	struct pollfd p = {.fd = workers_fd(workers), .events = POLLIN};
	poll(&p, 1, 50);
	workers_drain(workers);
}

int main(void)
{
	static struct job jobs[JOBS];
	struct workers *workers;
	bool ok = workers_create(&workers, 4, 64) == 0;
	int64_t until = vp_mono_us() + 30000000;
	printf("1..1\n");
	for (unsigned i = 0; ok && i < JOBS;) {
		int err = workers_run(workers, work, done, &jobs[i]);
		if (err == EAGAIN) {
			drain(workers);
		} else {
			ok = err == 0;
			i++;
		}
	}
	while (ok && finished < JOBS - 10 && vp_mono_us() < until) {
		drain(workers);
	}
	workers_destroy(workers); /* with some under way */
	for (unsigned i = 0; i < JOBS; i++) {
		ok = ok && jobs[i].done == 1 && jobs[i].worked <= 1;
	}
	printf("%s 1 - every job is worked on once and told once\n", ok ? "ok" : "not ok");
	return ok ? 0 : 1;
}
