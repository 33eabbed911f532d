#include <czmq.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "libcommon/vault/vault.h"
#include "services/recorder/fetches.h"
#include "services/recorder/pool.h"
#include "services/recorder/recorder.h"
#include "services/recorder/spools.h"
#include "services/recorder/store.h"

enum { TICK_MS = 250 };

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
		fetches_step(r);
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

static int on_http(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
	(void)loop;
	(void)item;
	vp_httpc_drain(((struct recorder *)arg)->http);
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
		err = watch(loop, vp_httpc_fd(r->http), on_http, r);
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

/* A key file that is of no use is told at once; without one only carriers' recordings wait. */
static int open_carriers(struct recorder *r)
{
	const struct vp_httpc_cfg cfg = {.max_parallel = (unsigned)r->cfg->carrier_parallel};
	int err = vp_httpc_create(&r->http, &cfg);

	if (!err && r->cfg->kek_file && r->cfg->kek_file[0]) {
		err = vp_vault_create(&r->vault, r->db, r->cfg->kek_file);
		if (err) {
			vp_log(ERROR, "start.failed", VP_KV_STR("part", "VOIP_KEK_FILE"),
				VP_KV_STR("file", r->cfg->kek_file), VP_KV_ERR(err));
		}
	}
	return err;
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
			.consumer = "recorder",
			.db = r->db};
		err = vp_bus_create(&r->bus, &bus);
	}
	if (!err) {
		err = vp_bus_on_event(r->bus, "call.changed", on_call_changed, r);
	}
	if (!err) {
		err = vp_bus_on_event(r->bus, "provider.event", on_provider_event, r);
	}
	if (!err) {
		err = pool_create(&r->pool, workers);
	}
	if (!err) {
		err = open_carriers(r);
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
		recorder_make_metrics(&r.metrics);
		if (!r.cfg->enabled) {
			report_switched_off(&r);
		}
		bool ran = open_clients(&r) == 0 && loop_forever(&r) == 0;
		status = ran ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	pool_destroy(r.pool);
	spools_forget_all(&r);
	fetches_forget_all(&r);
	vp_httpc_destroy(r.http);
	vp_vault_destroy(r.vault);
	vp_bus_destroy(r.bus);
	vp_db_destroy(r.db);
	store_destroy(r.store);
	return status;
}
