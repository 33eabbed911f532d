#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "libcommon/base/base.h"
#include "libcommon/metrics/metrics.h"

static const double bounds[] = {0.001, 0.01, 0.1};

static void page_has(const char *part)
{
	VP_CLEANUP(vp_freep) char *page = vp_metrics_text();

	cr_assert_not_null(strstr(page, part), "%s not in:\n%s", part, page);
}

Test(metrics, a_counter_counts)
{
	struct vp_metric *m = vp_counter("voip_things_total", "Things seen.", NULL);

	vp_metric_add(m, 1);
	vp_metric_add(m, 41);
	cr_assert_eq(vp_metric_value(m), 42);
	page_has("# HELP voip_things_total Things seen.\n# TYPE voip_things_total counter\n"
		 "voip_things_total 42\n");
}

Test(metrics, the_same_name_and_labels_give_the_same_metric)
{
	struct vp_metric *a = vp_counter("voip_things_total", "Things.", "kind=\"a\"");

	cr_assert_eq(a, vp_counter("voip_things_total", "Things.", "kind=\"a\""));
	cr_assert_neq(a, vp_counter("voip_things_total", "Things.", "kind=\"b\""));
}

Test(metrics, label_sets_of_one_name_stand_together)
{
	vp_metric_add(vp_counter("voip_a_total", "A.", "k=\"1\""), 1);
	vp_metric_add(vp_counter("voip_b_total", "B.", NULL), 2);
	vp_metric_add(vp_counter("voip_a_total", "A.", "k=\"2\""), 3);
	page_has("# TYPE voip_a_total counter\nvoip_a_total{k=\"1\"} 1\nvoip_a_total{k=\"2\"} 3\n");
}

Test(metrics, a_gauge_goes_up_and_down)
{
	struct vp_metric *m = vp_gauge("voip_calls", "Live calls.", NULL);

	vp_metric_set(m, 10);
	vp_metric_add(m, -3);
	page_has("voip_calls 7\n");
}

Test(metrics, a_histogram_adds_its_buckets_up)
{
	struct vp_metric *m = vp_histogram(
		"voip_wait_seconds", "Waits.", "k=\"v\"", bounds, VP_ARRAY_LEN(bounds));

	vp_metric_observe(m, 0.0005);
	vp_metric_observe(m, 0.001);
	vp_metric_observe(m, 0.05);
	vp_metric_observe(m, 5);
	cr_assert_eq(vp_metric_value(m), 4);
	page_has("voip_wait_seconds_bucket{k=\"v\",le=\"0.001\"} 2\n"
		 "voip_wait_seconds_bucket{k=\"v\",le=\"0.01\"} 2\n"
		 "voip_wait_seconds_bucket{k=\"v\",le=\"0.1\"} 3\n"
		 "voip_wait_seconds_bucket{k=\"v\",le=\"+Inf\"} 4\n"
		 "voip_wait_seconds_sum{k=\"v\"} 5.0515\n"
		 "voip_wait_seconds_count{k=\"v\"} 4\n");
}

#define THREADS 4
#define ADDS 50000

static void *add_many(void *arg)
{
	struct vp_metric **m = arg;

	for (int i = 0; i < ADDS; i++) {
		vp_metric_add(m[0], 1);
		vp_metric_observe(m[1], 0.5);
	}
	return NULL;
}

Test(metrics, updates_of_many_threads_are_all_counted)
{
	struct vp_metric *m[2] = {vp_counter("voip_adds_total", "Adds.", NULL),
		vp_histogram("voip_adds_seconds", "Adds.", NULL, bounds, VP_ARRAY_LEN(bounds))};
	pthread_t threads[THREADS];

	for (int t = 0; t < THREADS; t++) {
		pthread_create(&threads[t], NULL, add_many, m);
	}
	for (int i = 0; i < 50; i++) {
		VP_CLEANUP(vp_freep) char *page = vp_metrics_text();

		cr_assert_not_null(page);
	}
	for (int t = 0; t < THREADS; t++) {
		pthread_join(threads[t], NULL);
	}
	cr_assert_eq(vp_metric_value(m[0]), THREADS * ADDS);
	cr_assert_eq(vp_metric_value(m[1]), THREADS * ADDS);
	page_has("voip_adds_seconds_sum 100000\n");
}

Test(metrics, one_name_with_two_types_is_a_broken_invariant, .signal = SIGABRT)
{
	vp_counter("voip_things_total", "Things.", NULL);
	vp_gauge("voip_things_total", "Things.", NULL);
}

static int promtool_says(const char *page)
{
	FILE *pipe = popen("promtool check metrics", "w"); /* package prometheus */
	int status;

	fputs(page, pipe);
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(metrics, promtool_accepts_the_page)
{
	VP_CLEANUP(vp_freep) char *page = NULL;

	vp_metric_add(
		vp_counter("voip_things_total", "Things seen.", "result=\"ok\",kind=\"a\""), 3);
	vp_metric_set(vp_gauge("voip_calls", "Live calls.", NULL), -1);
	vp_metric_observe(vp_histogram("voip_wait_seconds", "Waits.", NULL, bounds, 3), 0.002);
	vp_histogram("voip_idle_seconds", "Never seen.", "a=\"b\"", bounds, 3);
	page = vp_metrics_text();
	cr_assert_eq(promtool_says(page), 0, "%s", page);
}

Test(metrics, promtool_would_have_said_no)
{
	cr_assert_neq(promtool_says("voip_broken{ 1\n"), 0);
}
