/* What any thread may call, called by several at once: for ThreadSanitizer, under which Criterion
 * does not run. A plain program that speaks TAP. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/app/health.h"
#include "libcommon/base/base.h"
#include "libcommon/base/uuid.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"

#define THREADS 4
#define ROUNDS 2000

static struct health health;
static struct vp_log_limit limit;
static struct vp_metric *counter, *histogram;
static atomic_int faults;

static void check_page(void)
{
	bool ready;
	VP_CLEANUP(vp_freep) char *json = health_ready_json(&health, &ready);
	VP_CLEANUP(vp_freep) char *page = vp_metrics_text();

	faults += !json || !page || !health_is_alive(&health);
}

static void *work(void *arg)
{
	struct vp_uuid last = vp_uuid_new();
	uint64_t held_back;

	vp_log_context("thread", arg);
	for (int i = 0; i < ROUNDS; i++) {
		struct vp_uuid id = vp_uuid_new();

		faults += vp_uuid_equal(last, id);
		last = id;
		vp_metric_add(counter, 1);
		vp_metric_observe(histogram, 0.5);
		health_alive(&health);
		health_set(&health, arg, i % 2 == 0);
		if (vp_log_limit_pass(&limit, 1000, &held_back)) {
			vp_log(INFO, "tick", VP_KV_INT("i", i));
		}
		if (i % 100 == 0) {
			check_page();
		}
	}
	return NULL;
}

int main(void)
{
	static const double bounds[] = {0.1, 1};
	static char *const names[THREADS] = {"a", "b", "c", "d"};
	int out = dup(STDOUT_FILENO);
	pthread_t threads[THREADS];
	bool ok;

	dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
	vp_log_init("test", "n1", VP_LOG_INFO);
	health_init(&health, "test");
	counter = vp_counter("voip_ticks_total", "Ticks.", NULL);
	histogram = vp_histogram("voip_tick_seconds", "Ticks.", NULL, bounds, 2);
	for (int t = 0; t < THREADS; t++) {
		vp_assert(pthread_create(&threads[t], NULL, work, names[t]) == 0);
	}
	for (int t = 0; t < THREADS; t++) {
		pthread_join(threads[t], NULL);
	}
	ok = faults == 0 && vp_metric_value(counter) == THREADS * ROUNDS &&
	     vp_metric_value(histogram) == THREADS * ROUNDS;
	dprintf(out, "1..1\n%s 1 - ids, log, metrics and health from four threads\n",
		ok ? "ok" : "not ok");
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
