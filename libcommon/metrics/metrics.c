/* A registry that only grows: families in order of their first use, each with its label sets. The
 * lock guards the lists; values are atomics and are read without it. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/metrics/metrics.h"

#define BOUNDS_MAX 20

struct vp_metric {
	struct vp_metric *next; /* of the same family */
	struct family *family;
	const char *labels; /* "" none */
	_Atomic int64_t value;
	_Atomic double sum;
	size_t n_bounds;
	double bounds[BOUNDS_MAX];
	_Atomic int64_t buckets[BOUNDS_MAX + 1]; /* not yet added up; the last one is +Inf */
};

struct family {
	struct family *next;
	const char *name, *help, *type;
	struct vp_metric *first, **last;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct family *families;
static struct family **last_family = &families;

static void *must_alloc(size_t size)
{
	void *p = calloc(1, size);

	vp_assert(p);
	return p;
}

static const char *must_copy(const char *text)
{
	char *copy = strdup(text ? text : "");

	vp_assert(copy);
	return copy;
}

static struct family *find_family(const char *name, const char *help, const char *type)
{
	struct family *family;

	for (family = families; family; family = family->next) {
		if (strcmp(family->name, name) == 0) {
			vp_assert(strcmp(family->type, type) == 0);
			return family;
		}
	}
	family = must_alloc(sizeof(*family));
	family->name = must_copy(name);
	family->help = must_copy(help);
	family->type = type;
	family->last = &family->first;
	*last_family = family;
	last_family = &family->next;
	return family;
}

static struct vp_metric *find_metric(
	const char *name, const char *help, const char *type, const char *labels)
{
	struct family *family = find_family(name, help, type);
	struct vp_metric *metric;

	for (metric = family->first; metric; metric = metric->next) {
		if (strcmp(metric->labels, labels ? labels : "") == 0) {
			return metric;
		}
	}
	metric = must_alloc(sizeof(*metric));
	metric->family = family;
	metric->labels = must_copy(labels);
	*family->last = metric;
	family->last = &metric->next;
	return metric;
}

struct vp_metric *vp_counter(const char *name, const char *help, const char *labels)
{
	struct vp_metric *metric;

	pthread_mutex_lock(&lock);
	metric = find_metric(name, help, "counter", labels);
	pthread_mutex_unlock(&lock);
	return metric;
}

struct vp_metric *vp_gauge(const char *name, const char *help, const char *labels)
{
	struct vp_metric *metric;

	pthread_mutex_lock(&lock);
	metric = find_metric(name, help, "gauge", labels);
	pthread_mutex_unlock(&lock);
	return metric;
}

struct vp_metric *vp_histogram(const char *name, const char *help, const char *labels,
	const double *bounds, size_t n_bounds)
{
	struct vp_metric *metric;

	vp_assert(n_bounds > 0 && n_bounds <= BOUNDS_MAX);
	pthread_mutex_lock(&lock);
	metric = find_metric(name, help, "histogram", labels);
	if (metric->n_bounds == 0) {
		memcpy(metric->bounds, bounds, n_bounds * sizeof(*bounds));
		metric->n_bounds = n_bounds;
	}
	pthread_mutex_unlock(&lock);
	return metric;
}

void vp_metric_add(struct vp_metric *metric, int64_t n)
{
	atomic_fetch_add_explicit(&metric->value, n, memory_order_relaxed);
}

void vp_metric_set(struct vp_metric *metric, int64_t value)
{
	atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void vp_metric_observe(struct vp_metric *metric, double value)
{
	double sum = atomic_load_explicit(&metric->sum, memory_order_relaxed);
	size_t i = 0;

	while (i < metric->n_bounds && value > metric->bounds[i]) {
		i++;
	}
	atomic_fetch_add_explicit(&metric->buckets[i], 1, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(
		&metric->sum, &sum, sum + value, memory_order_relaxed, memory_order_relaxed)) {
	}
}

int64_t vp_metric_value(const struct vp_metric *metric)
{
	int64_t count = atomic_load_explicit(&metric->value, memory_order_relaxed);

	for (size_t i = 0; i <= metric->n_bounds; i++) {
		count += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
	}
	return count;
}

static void print_value(FILE *out, const struct vp_metric *m)
{
	const char *open = *m->labels ? "{" : "", *close = *m->labels ? "}" : "";

	fprintf(out, "%s%s%s%s %" PRId64 "\n", m->family->name, open, m->labels, close,
		atomic_load_explicit(&m->value, memory_order_relaxed));
}

static void print_histogram(FILE *out, const struct vp_metric *m)
{
	const char *name = m->family->name, *comma = *m->labels ? "," : "";
	const char *open = *m->labels ? "{" : "", *close = *m->labels ? "}" : "";
	int64_t count = 0;

	for (size_t i = 0; i <= m->n_bounds; i++) {
		char bound[32] = "+Inf";

		if (i < m->n_bounds) {
			snprintf(bound, sizeof(bound), "%.9g", m->bounds[i]);
		}
		count += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
		fprintf(out, "%s_bucket{%s%sle=\"%s\"} %" PRId64 "\n", name, m->labels, comma,
			bound, count);
	}
	fprintf(out, "%s_sum%s%s%s %.9g\n", name, open, m->labels, close,
		atomic_load_explicit(&m->sum, memory_order_relaxed));
	fprintf(out, "%s_count%s%s%s %" PRId64 "\n", name, open, m->labels, close, count);
}

static void print_family(FILE *out, const struct family *family)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
		family->type);
	for (const struct vp_metric *m = family->first; m; m = m->next) {
		if (m->n_bounds > 0) {
			print_histogram(out, m);
		} else {
			print_value(out, m);
		}
	}
}

char *vp_metrics_text(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		return NULL;
	}
	pthread_mutex_lock(&lock);
	for (const struct family *family = families; family; family = family->next) {
		print_family(out, family);
	}
	pthread_mutex_unlock(&lock);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
