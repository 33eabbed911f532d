/* Counters, gauges and histograms in Prometheus' text format. Names: voip_..., base units, _total.
 * Never an organisation, user, number or call id as label. Updates are atomic, from any thread. */
#ifndef VP_METRICS_H
#define VP_METRICS_H
#include <stddef.h>
#include <stdint.h>

struct vp_metric; /* lives until the process ends */

/* labels: NULL or a fixed text like `result="ok",direction="in"`. The same name and labels give
 * the same metric. Never NULL: aborts when memory is out, since it is called at start only. */
struct vp_metric *vp_counter(const char *name, const char *help, const char *labels);
struct vp_metric *vp_gauge(const char *name, const char *help, const char *labels);
/* bounds in ascending order, in the metric's unit (seconds), n <= 20; +Inf is added. */
struct vp_metric *vp_histogram(const char *name, const char *help, const char *labels,
	const double *bounds, size_t n_bounds);

void vp_metric_add(struct vp_metric *metric, int64_t n);        /* counter, gauge */
void vp_metric_set(struct vp_metric *metric, int64_t value);    /* gauge */
void vp_metric_observe(struct vp_metric *metric, double value); /* histogram */
int64_t vp_metric_value(const struct vp_metric *metric);

/* The whole page; the caller frees. NULL when memory is out. */
char *vp_metrics_text(void);
#endif
