#include <czmq.h>
#include <errno.h>
#include <stdlib.h>

#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/service/service.h"

#define BEAT_MS 1000
#define DRAIN_MAX_US 10000000
#define STOP_LOOP (-1)

struct service {
	struct vp_app *app;
	const struct vp_service_cfg *cfg;
	struct vp_db *db;
	struct vp_bus *bus;
	zloop_t *loop;
	bool was_ready;
	int64_t drain_until_us; /* 0: not draining */
};

static bool is_done(const struct service *service)
{
	if (service->drain_until_us == 0) {
		return false;
	}
	return vp_mono_us() >= service->drain_until_us || !service->cfg->busy ||
	       !service->cfg->busy(service->cfg->arg);
}

static void tell_ready(struct service *service)
{
	bool db = vp_db_connected(service->db), bus = vp_bus_ready(service->bus);

	vp_app_ready(service->app, "db", db);
	vp_app_ready(service->app, "bus", bus);
	if ((db && bus) != service->was_ready) {
		service->was_ready = db && bus;
		vp_log(INFO, service->was_ready ? "service.ready" : "service.unready",
			VP_KV_BOOL("db", db), VP_KV_BOOL("bus", bus));
	}
}

static int on_db(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
	struct service *service = arg;

	(void)loop;
	(void)item;
	vp_db_drain(service->db);
	return is_done(service) ? STOP_LOOP : 0;
}

static int on_bus(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
	struct service *service = arg;

	(void)loop;
	(void)item;
	vp_bus_drain(service->bus);
	return is_done(service) ? STOP_LOOP : 0;
}

static int on_more(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
	struct service *service = arg;

	(void)loop;
	(void)item;
	service->cfg->drain(service->cfg->arg);
	return is_done(service) ? STOP_LOOP : 0;
}

static int on_stop(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
	struct service *service = arg;

	(void)loop;
	(void)item;
	if (vp_app_stop_level(service->app) > 1) {
		return STOP_LOOP;
	}
	if (service->drain_until_us == 0) {
		service->drain_until_us = vp_mono_us() + DRAIN_MAX_US;
		vp_bus_set_load(service->bus, 0, true);
	}
	return is_done(service) ? STOP_LOOP : 0;
}

static int on_beat(zloop_t *loop, int timer, void *arg)
{
	struct service *service = arg;

	(void)loop;
	(void)timer;
	vp_app_alive(service->app);
	tell_ready(service);
	return is_done(service) ? STOP_LOOP : 0;
}

static int open_clients(struct service *service)
{
	const struct vp_service_cfg *cfg = service->cfg;
	const struct vp_common_cfg *common = vp_app_common(service->app);
	const struct vp_db_cfg db = {.url = common->db_url,
		.password = common->db_password,
		.app_name = cfg->name,
		.readers = cfg->readers,
		.timeout_ms = cfg->query_timeout_ms,
		.no_writer = !cfg->writes};
	struct vp_bus_cfg bus = {.endpoints = common->bus,
		.cert = common->bus_cert,
		.server_key = common->bus_server_key,
		.service = cfg->name,
		.node = vp_app_node(service->app),
		.consumer = cfg->consumer,
		.capacity = cfg->capacity};
	int err = vp_db_create(&service->db, &db);

	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_STR("part", "database"), VP_KV_ERR(err));
		return err;
	}
	bus.db = service->db;
	err = vp_bus_create(&service->bus, &bus);
	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_STR("part", "bus"), VP_KV_ERR(err));
	}
	return err;
}

static int watch(struct service *service, int fd, zloop_fn *h)
{
	zmq_pollitem_t item = {.fd = fd, .events = ZMQ_POLLIN};

	return zloop_poller(service->loop, &item, h, service) == 0 ? 0 : ENOMEM;
}

static int open_loop(struct service *service)
{
	int err;

	service->loop = zloop_new();
	if (!service->loop) {
		return ENOMEM;
	}
	/* signals come by the app's descriptor, not by czmq's handlers */
	zloop_set_nonstop(service->loop, true);
	err = watch(service, vp_db_fd(service->db), on_db);
	if (!err) {
		err = watch(service, vp_bus_fd(service->bus), on_bus);
	}
	if (!err) {
		err = watch(service, vp_app_stop_fd(service->app), on_stop);
	}
	if (!err && service->cfg->fd) {
		err = watch(service, service->cfg->fd(service->cfg->arg), on_more);
	}
	if (!err && zloop_timer(service->loop, BEAT_MS, 0, on_beat, service) < 0) {
		err = ENOMEM;
	}
	return err;
}

int vp_service_run(struct vp_app *app, const struct vp_service_cfg *cfg)
{
	struct service service = {.app = app, .cfg = cfg};
	int err = open_clients(&service);

	if (!err) {
		err = cfg->start(service.bus, service.db, cfg->arg);
	}
	if (!err) {
		err = open_loop(&service);
	}
	if (!err) {
		tell_ready(&service);
		zloop_start(service.loop);
	} else {
		vp_log(ERROR, "start.failed", VP_KV_ERR(err));
	}
	zloop_destroy(&service.loop);
	if (service.db && service.bus && cfg->stop) {
		cfg->stop(cfg->arg);
	}
	vp_bus_destroy(service.bus);
	vp_db_destroy(service.db);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
