#include <czmq.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/recorder/pool.h"
#include "services/recorder/recorder.h"
#include "services/recorder/spools.h"
#include "services/recorder/store.h"

enum { TICK_MS = 250, ENCODE_BOUNDS = 8 };

static void make_metrics(struct recorder_metrics *m)
{
	static const double bounds[ENCODE_BOUNDS] = {0.1, 0.3, 1, 3, 10, 30, 100, 300};

	m->stored =
		vp_counter("voip_recordings_stored_total", "Recordings that were stored.", NULL);
	m->seconds = vp_counter(
		"voip_recordings_seconds_total", "Seconds of sound that were stored.", NULL);
	m->retried = vp_counter(
		"voip_recordings_retried_total", "Steps that failed and are tried again.", NULL);
	m->set_aside = vp_counter("voip_recordings_set_aside_total",
		"Spool files that cannot become a recording.", NULL);
	m->without_audio = vp_counter("voip_recordings_without_audio_total",
		"Spool files of calls in which nobody was heard.", NULL);
	m->packets = vp_counter(
		"voip_recordings_packets_total", "Audio packets read from spools.", NULL);
	m->packets_unusable = vp_counter("voip_recordings_packets_unusable_total",
		"Audio packets that were corrupt or too late.", NULL);
	m->spools = vp_gauge(
		"voip_recordings_spools", "Files in the spool folder, live calls included.", NULL);
	m->storage_full = vp_gauge("voip_recordings_storage_full",
		"1 while the disk of the recordings is full.", NULL);
	m->encode_seconds = vp_histogram("voip_recordings_encode_seconds",
		"From queue to finished file.", NULL, bounds, ENCODE_BOUNDS);
}

static int on_tick(zloop_t *loop, int timer, void *arg)
{
	struct recorder *r = arg;
	(void)loop;
	(void)timer;

	vp_app_alive(r->app);
	vp_app_ready(r->app, "db", vp_db_connected(r->db));
	vp_app_ready(r->app, "bus", vp_bus_ready(r->bus));
	if (r->cfg->enabled) {
		spools_step(r);
	}
	return 0;
}

static int on_bus(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
	(void)loop;
	(void)item;
	vp_bus_drain(((struct recorder *)arg)->bus);
	return 0;
}

static int on_db(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
	(void)loop;
	(void)item;
	vp_db_drain(((struct recorder *)arg)->db);
	return 0;
}

static int on_pool(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
	(void)loop;
	(void)item;
	pool_drain(((struct recorder *)arg)->pool);
	return 0;
}

/* What is being encoded is done again at the next start, so there is nothing to wait for. */
static int on_stop(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
	(void)loop;
	(void)item;
	return vp_app_stop_level(((struct recorder *)arg)->app) > 0 ? -1 : 0;
}

static int watch(zloop_t *loop, int fd, zloop_fn *h, struct recorder *r)
{
	zmq_pollitem_t item = {.fd = fd, .events = ZMQ_POLLIN};

	return zloop_poller(loop, &item, h, r) == 0 ? 0 : ENOMEM;
}

static int loop_forever(struct recorder *r)
{
	zsys_handler_set(NULL); /* signals are the frame's */
	zloop_t *loop = zloop_new();
	int err = loop ? 0 : ENOMEM;

	if (!err) {
		zloop_set_nonstop(loop, true);
		err = watch(loop, vp_app_stop_fd(r->app), on_stop, r);
	}
	if (!err) {
		err = watch(loop, vp_bus_fd(r->bus), on_bus, r);
	}
	if (!err) {
		err = watch(loop, vp_db_fd(r->db), on_db, r);
	}
	if (!err) {
		err = watch(loop, pool_fd(r->pool), on_pool, r);
	}
	if (!err) {
		err = zloop_timer(loop, TICK_MS, 0, on_tick, r) < 0 ? ENOMEM : 0;
	}
	if (!err) {
		zloop_start(loop);
	}
	zloop_destroy(&loop);
	return err;
}

static int open_store(struct recorder *r)
{
	int err = store_local_create(&r->store, r->cfg->dir);
	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_STR("part", "recording folder"),
			VP_KV_STR("dir", r->cfg->dir), VP_KV_ERR(err));
		return err;
	}
	vp_app_ready(r->app, "storage", true);
	return 0;
}

static int open_clients(struct recorder *r)
{
	const struct vp_common_cfg *common = vp_app_common(r->app);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned workers = r->cfg->workers > 0 ? (unsigned)r->cfg->workers
			   : cores > 0         ? (unsigned)cores
					       : 1;
	struct vp_db_cfg db = {
		.url = common->db_url, .password = common->db_password, .app_name = "recorder"};
	int err = vp_db_create(&r->db, &db);

	if (!err) {
		struct vp_bus_cfg bus = {.endpoints = common->bus,
			.cert = common->bus_cert,
			.server_key = common->bus_server_key,
			.service = "recorder",
			.node = vp_app_node(r->app),
			.db = r->db};
		err = vp_bus_create(&r->bus, &bus);
	}
	if (!err) {
		err = vp_bus_on_event(r->bus, "call.changed", on_call_changed, r);
	}
	if (!err) {
		err = pool_create(&r->pool, workers);
	}
	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_STR("part", "clients"), VP_KV_ERR(err));
	}
	return err;
}

static void report_switched_off(struct recorder *r)
{
	size_t files = spools_count(r->cfg->spool_dir);

	vp_metric_set(r->metrics.spools, (int64_t)files);
	vp_log(WARN, "recording.off", VP_KV_STR("key", "VOIP_RECORDING_ENABLED"),
		VP_KV_INT("spool_files_left_untouched", (int64_t)files));
}

int recorder_run(struct vp_app *app, const void *cfg)
{
	struct recorder r = {.cfg = cfg, .app = app};
	int status = EXIT_FAILURE;

	if (open_store(&r) == 0) {
		make_metrics(&r.metrics);
		if (!r.cfg->enabled) {
			report_switched_off(&r);
		}
		bool ran = open_clients(&r) == 0 && loop_forever(&r) == 0;
		status = ran ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	pool_destroy(r.pool);
	spools_forget_all(&r);
	vp_bus_destroy(r.bus);
	vp_db_destroy(r.db);
	store_destroy(r.store);
	return status;
}
