#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/bus/config_hint.h"
#include "libcommon/metrics/metrics.h"
#include "libcommon/service/service.h"
#include "services/router/adapters/cache.h"
#include "services/router/domain/inbound.h"
#include "services/router/domain/outbound.h"
#include "services/router/domain/rate_guard.h"
#include "services/router/domain/trunk_health.h"
#include "services/router/handlers.h"
#include "services/router/router.h"

#define SERVICE_NAME "router"
#define CAPACITY 10000        /* requests a second, roughly; all routers are alike */
#define QUERY_TIMEOUT_MS 1500 /* askers wait 3 s: then what is remembered still helps them */
#define CACHE_CONFIGS 1024
#define CACHE_ROUTES 16384
#define SETTINGS_LOG_US 60000000
#define TRUNK_TOPIC "rt.trunk"

static const char *const kind_names[ROUTE_KIND_MAX] = {"outbound", "inbound", "voice"};
static const double second_bounds[] = {
	0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5};

static void make_metrics(struct router *router)
{
	for (int kind = 0; kind < ROUTE_KIND_MAX; kind++) {
		VP_CLEANUP(vp_freep) char *of_kind = vp_strf("kind=\"%s\"", kind_names[kind]);

		vp_assert(of_kind);
		router->seconds[kind] = vp_histogram("voip_route_seconds",
			"Time from a route request to its answer.", of_kind, second_bounds,
			VP_ARRAY_LEN(second_bounds));
		for (int r = 0; r < REFUSAL_MAX; r++) {
			VP_CLEANUP(vp_freep)
			char *labels = vp_strf("kind=\"%s\",result=\"%s\"", kind_names[kind],
				refusal_text((enum refusal)r)->word);

			vp_assert(labels);
			router->results[kind][r] = vp_counter("voip_route_requests_total",
				"Route requests by their outcome.", labels);
		}
	}
	router->reads = vp_counter("voip_route_config_reads_total",
		"Reads of the configuration that no remembered copy could answer.", NULL);
}

static int make_parts(struct router *router, const struct router_cfg *cfg)
{
	const struct rate_limits minute = {cfg->calls_per_user, cfg->calls_per_org};
	const struct rate_limits day = {cfg->calls_per_user_day, cfg->calls_per_org_day};
	int64_t fresh_us = cfg->cache_ms * 1000;
	int err = cache_create(
		&router->outbound, sizeof(struct outbound_config), CACHE_CONFIGS, fresh_us);

	if (!err) {
		err = cache_create(
			&router->trunks, sizeof(struct inbound_trunk), CACHE_CONFIGS, fresh_us);
	}
	if (!err) {
		err = cache_create(
			&router->routes, sizeof(struct inbound_route), CACHE_ROUTES, fresh_us);
	}
	if (!err) {
		err = rate_guard_create(&router->guard, &minute, &day);
	}
	if (!err) {
		router->health = trunk_health_create();
		err = router->health ? 0 : ENOMEM;
	}
	return err;
}

static void on_live(const struct vp_bus_msg *msg, void *arg)
{
	if (strcmp(msg->type, VP_CONFIG_TYPE) == 0) {
		on_config_changed(arg);
	} else if (strcmp(msg->type, "trunk.health") == 0) {
		on_trunk_health(msg, arg);
	}
}

static int start(struct vp_bus *bus, struct vp_db *db, void *arg)
{
	struct router *router = arg;
	int err;

	router->bus = bus;
	router->db = db;
	vp_bus_on_live(bus, on_live, router);
	vp_bus_on_node_lost(bus, on_node_lost, router);
	err = vp_bus_subscribe(bus, TRUNK_TOPIC);
	if (!err) {
		err = vp_bus_subscribe(bus, VP_CONFIG_TOPIC);
	}
	if (!err) {
		err = vp_bus_serve(bus, "route.outbound", on_route_outbound, router);
	}
	if (!err) {
		err = vp_bus_serve(bus, "route.voice", on_route_voice, router);
	}
	return err ? err : vp_bus_serve(bus, "route.inbound", on_route_inbound, router);
}

static bool busy(void *arg)
{
	return ((struct router *)arg)->pending > 0;
}

int router_create(struct router **ret, const struct router_cfg *cfg)
{
	struct router *router = calloc(1, sizeof(*router));
	int err = router ? make_parts(router, cfg) : ENOMEM;

	if (err) {
		router_destroy(router);
		return err;
	}
	make_metrics(router);
	*ret = router;
	return 0;
}

struct router *router_destroy(struct router *router)
{
	if (router) {
		cache_destroy(router->outbound);
		cache_destroy(router->trunks);
		cache_destroy(router->routes);
		rate_guard_destroy(router->guard);
		trunk_health_destroy(router->health);
		free(router);
	}
	return NULL;
}

int router_run(struct vp_app *app, const void *cfg)
{
	struct router *router;
	struct vp_service_cfg service = {.name = SERVICE_NAME,
		.capacity = CAPACITY,
		.query_timeout_ms = QUERY_TIMEOUT_MS,
		.start = start,
		.busy = busy};
	int err = router_create(&router, cfg);
	int status;

	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_ERR(err));
		return EXIT_FAILURE;
	}
	service.arg = router;
	status = vp_service_run(app, &service);
	router_destroy(router);
	return status;
}

void router_count(
	struct router *router, enum route_kind kind, enum refusal refusal, int64_t start_us)
{
	vp_metric_add(router->results[kind][refusal], 1);
	vp_metric_observe(router->seconds[kind], (double)(vp_mono_us() - start_us) / 1e6);
}

void router_refuse(struct router *router, enum route_kind kind, struct vp_bus_call *call,
	enum refusal refusal, const char *detail)
{
	const struct refusal_text *text = refusal_text(refusal);

	(void)router;
	vp_log(INFO, "route.refused", VP_KV_STR("kind", kind_names[kind]),
		VP_KV_STR("error", text->word));
	vp_bus_reply_error(call, text->status, text->word, detail ? detail : text->message);
}

void router_report_settings(struct router *router, unsigned faults)
{
	uint64_t held_back;

	if (faults > 0 && vp_log_limit_pass(&router->settings_log, SETTINGS_LOG_US, &held_back)) {
		vp_log(WARN, "org.settings_faulty", VP_KV_INT("faults", faults),
			VP_KV_INT("held_back", held_back));
	}
}
