#include "libcommon/base/base.h"
#include "libcommon/db/metrics.h"
#include "libcommon/metrics/metrics.h"

static struct vp_metric *query_seconds, *tx_seconds;
static struct vp_metric *query_errors, *unit_errors;
static struct vp_metric *batches, *lost, *backlog;

void db_metrics_init(void)
{
	static const double bounds[] = {
		0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
	if (query_seconds) {
		return;
	}
	query_seconds = vp_histogram("voip_db_query_seconds", "From the question to the answer.",
		NULL, bounds, VP_ARRAY_LEN(bounds));
	tx_seconds = vp_histogram("voip_db_tx_seconds",
		"From handing a durable unit over to its commit.", NULL, bounds,
		VP_ARRAY_LEN(bounds));
	query_errors = vp_counter(
		"voip_db_errors_total", "Queries and durable units that failed.", "kind=\"query\"");
	unit_errors = vp_counter(
		"voip_db_errors_total", "Queries and durable units that failed.", "kind=\"unit\"");
	batches = vp_counter(
		"voip_db_batches_total", "Transactions that durable units shared.", NULL);
	lost = vp_counter("voip_db_connections_lost_total", "Connections that broke.", NULL);
	backlog = vp_gauge("voip_db_backlog", "Durable units not yet committed.", NULL);
}

void db_count_query(int err, int64_t took_us)
{
	vp_metric_observe(query_seconds, (double)took_us / 1e6);
	vp_metric_add(query_errors, err != 0);
}

void db_count_unit(int err, int64_t took_us)
{
	vp_metric_observe(tx_seconds, (double)took_us / 1e6);
	vp_metric_add(unit_errors, err != 0);
}

void db_count_batch(void)
{
	vp_metric_add(batches, 1);
}

void db_count_lost(void)
{
	vp_metric_add(lost, 1);
}

void db_show_backlog(int64_t units)
{
	vp_metric_set(backlog, units);
}
