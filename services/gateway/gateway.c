/* Makes the parts, lets the HTTP loop drive them all, and takes them down in the other order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "libcommon/vault/vault.h"
#include "services/gateway/adapters/session_store.h"
#include "services/gateway/adapters/trunk_health.h"
#include "services/gateway/adapters/workers.h"
#include "libcommon/limiter/limiter.h"
#include "services/gateway/carrier_hosts.h"
#include "services/gateway/gateway.h"
#include "services/gateway/sockets.h"

#define DRAIN_S 10
#define HASHES_WAITING 32 /* each takes 64 MiB while it runs */
#define MAX_BODY ((size_t)2 << 20)
#define FLUSH_WAIT_US 2000000

static void on_db(void *arg)
{
	vp_db_drain(((struct gateway *)arg)->db);
}

static void on_bus(void *arg)
{
	vp_bus_drain(((struct gateway *)arg)->bus);
}

static void on_httpc(void *arg)
{
	vp_httpc_drain(((struct gateway *)arg)->httpc);
}

static void on_workers(void *arg)
{
	workers_drain(((struct gateway *)arg)->workers);
}

static void on_stop(void *arg)
{
	struct gateway *gw = arg;
	int level = vp_app_stop_level(gw->app);
	vp_log(INFO, "stopping", VP_KV_INT("level", level));
	vp_bus_set_load(gw->bus, 0, true);
	sockets_drain(gw->sockets);
	vp_http_stop(gw->http, level > 1 ? 0 : DRAIN_S);
}

static void show_http(const struct gateway *gw)
{
	struct vp_http_stats s;
	vp_http_stats(gw->http, &s);
	vp_metric_set(vp_gauge("voip_http_connections", "Open connections", NULL), s.conns);
	const struct {
		const char *name, *help, *labels;
		uint64_t value;
	} counters[] = {
		{"voip_http_requests_total", "Requests", NULL, s.requests},
		{"voip_http_accepted_total", "Connections accepted", NULL, s.accepted},
		{"voip_http_refused_total", "What the guards refused", "reason=\"address_limit\"",
			s.refused_per_ip},
		{"voip_http_refused_total", "What the guards refused", "reason=\"bad_request\"",
			s.bad_requests},
		{"voip_http_refused_total", "What the guards refused", "reason=\"too_large\"",
			s.too_large},
		{"voip_http_refused_total", "What the guards refused", "reason=\"timeout\"",
			s.timed_out},
		{"voip_http_refused_total", "What the guards refused", "reason=\"stalled\"",
			s.stalled},
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(counters); i++) {
		struct vp_metric *m =
			vp_counter(counters[i].name, counters[i].help, counters[i].labels);
		vp_metric_add(m, (int64_t)counters[i].value - vp_metric_value(m));
	}
}

static void on_second(void *arg)
{
	struct gateway *gw = arg;
	vp_app_alive(gw->app);
	vp_app_ready(gw->app, "database", vp_db_connected(gw->db));
	vp_app_ready(gw->app, "bus", vp_bus_ready(gw->bus));
	sockets_tick(gw->sockets);
	show_http(gw);
}

/* The table in libcommon/http's form: every route passes the gate. */
static struct vp_http_route *http_routes(void)
{
	struct vp_http_route *routes = calloc(gateway_n_routes, sizeof(*routes));
	for (size_t i = 0; routes != NULL && i < gateway_n_routes; i++) {
		const struct gateway_route *route = &gateway_routes[i];
		routes[i] = (struct vp_http_route){
			route->method, route->path, gate_pass, route->max_body, route};
	}
	return routes;
}

static int create_http(struct gateway *gw)
{
	const struct gateway_cfg *cfg = gw->cfg;
	return vp_http_create(&gw->http, &(struct vp_http_cfg){.listen = cfg->http_listen,
						 .listen_tls = cfg->https_listen,
						 .tls_cert = cfg->tls_cert,
						 .tls_key = cfg->tls_key,
						 .routes = gw->http_routes,
						 .n_routes = gateway_n_routes,
						 .arg = gw,
						 .file_root = cfg->web_root,
						 .public_url = cfg->public_url,
						 .trusted_proxies = cfg->trusted_proxies,
						 .max_body = MAX_BODY});
}

static int create_clients(struct gateway *gw)
{
	const struct vp_common_cfg *common = vp_app_common(gw->app);
	int err = vp_db_create(&gw->db, &(struct vp_db_cfg){.url = common->db_url,
						.password = common->db_password,
						.app_name = "voip-gateway",
						.readers = 4});
	if (err != 0) {
		return err;
	}
	return vp_bus_create(&gw->bus, &(struct vp_bus_cfg){.endpoints = common->bus,
					       .cert = common->bus_cert,
					       .server_key = common->bus_server_key,
					       .service = "gateway",
					       .node = vp_app_node(gw->app),
					       .db = gw->db,
					       .capacity = 4096});
}

static int create_parts(struct gateway *gw)
{
	uint64_t seed;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	vp_random(&seed, sizeof(seed));
	gw->limiter = vp_limiter_create(seed);
	int err = gw->limiter != NULL ? 0 : ENOMEM;
	if (err == 0) {
		err = workers_create(&gw->workers,
			cores < 1   ? 1
			: cores > 4 ? 4
				    : (unsigned)cores,
			HASHES_WAITING);
	}
	if (err == 0) {
		err = session_store_create(&gw->sessions, gw->db);
	}
	if (err == 0) {
		err = sockets_create(&gw->sockets, gw);
	}
	return err == 0 ? sockets_listen(gw->sockets) : err;
}

/* What the administration of providers needs. */
static int create_admin(struct gateway *gw)
{
	gw->trunk_health = trunk_health_create();
	int err = gw->trunk_health != NULL ? 0 : ENOMEM;
	if (err == 0) {
		err = vp_bus_subscribe(gw->bus, TRUNK_HEALTH_TOPIC);
	}
	if (err == 0) {
		err = vp_httpc_create(&gw->httpc, &(struct vp_httpc_cfg){.max_parallel = 8});
	}
	if (err == 0 && gw->cfg->kek_file != NULL) {
		err = vp_vault_create(&gw->vault, gw->db, gw->cfg->kek_file);
	}
	if (err == 0 && !vp_nets_parse(&gw->trunk_nets, gw->cfg->trunk_networks)) {
		err = EINVAL; /* never: the table of settings has looked */
	}
	if (err == 0) {
		err = carrier_hosts_allow(gw);
	}
	return err;
}

static int watch_all(struct gateway *gw)
{
	int err = vp_http_watch(gw->http, vp_db_fd(gw->db), on_db, gw);
	if (err == 0) {
		err = vp_http_watch(gw->http, vp_bus_fd(gw->bus), on_bus, gw);
	}
	if (err == 0) {
		err = vp_http_watch(gw->http, workers_fd(gw->workers), on_workers, gw);
	}
	if (err == 0) {
		err = vp_http_watch(gw->http, vp_httpc_fd(gw->httpc), on_httpc, gw);
	}
	if (err == 0) {
		err = vp_http_watch(gw->http, vp_app_stop_fd(gw->app), on_stop, gw);
	}
	return err == 0 ? vp_http_every(gw->http, 1000, on_second, gw) : err;
}

/* What was written in the last moments is also announced. */
static void flush(struct gateway *gw)
{
	int64_t until_us = vp_mono_us() + FLUSH_WAIT_US;
	while (gw->db != NULL && vp_db_write_backlog(gw->db) != 0 && vp_mono_us() < until_us) {
		usleep(5000);
		vp_db_drain(gw->db);
	}
}

static void destroy(struct gateway *gw)
{
	gw->http = vp_http_destroy(gw->http);
	gw->workers = workers_destroy(gw->workers);
	gw->httpc = vp_httpc_destroy(gw->httpc);
	flush(gw);
	gw->vault = vp_vault_destroy(gw->vault);
	gw->bus = vp_bus_destroy(gw->bus);
	gw->db = vp_db_destroy(gw->db);
	gw->sockets = sockets_destroy(gw->sockets);
	gw->sessions = session_store_destroy(gw->sessions);
	gw->limiter = vp_limiter_destroy(gw->limiter);
	gw->trunk_health = trunk_health_destroy(gw->trunk_health);
	free(VP_TAKE(gw->http_routes));
}

static void announce(const struct gateway *gw)
{
	vp_log(INFO, "listening", VP_KV_INT("http_port", vp_http_port(gw->http, false)),
		VP_KV_INT("https_port", vp_http_port(gw->http, true)),
		VP_KV_INT("routes", gateway_n_routes));
}

static bool settings_make_sense(const struct gateway_cfg *cfg)
{
	if (cfg->https_listen != NULL && (cfg->tls_cert == NULL || cfg->tls_key == NULL)) {
		vp_log(ERROR, "tls.files_missing",
			VP_KV_STR(
				"hint", "VOIP_HTTPS_LISTEN needs VOIP_TLS_CERT and VOIP_TLS_KEY"));
		return false;
	}
	return true;
}

static int create(struct gateway *gw)
{
	int err = vp_crypto_init();
	gw->http_routes = http_routes();
	if (err == 0) {
		err = gw->http_routes != NULL ? create_clients(gw) : ENOMEM;
	}
	if (err == 0) {
		err = create_http(gw);
	}
	if (err == 0) {
		err = create_parts(gw);
	}
	if (err == 0) {
		err = create_admin(gw);
	}
	return err == 0 ? watch_all(gw) : err;
}

int gateway_run(struct vp_app *app, const void *cfg)
{
	struct gateway gw = {.app = app, .cfg = cfg};
	if (!settings_make_sense(cfg)) {
		return EX_CONFIG;
	}
	int err = create(&gw);
	if (err == 0) {
		announce(&gw);
		err = vp_http_run(gw.http);
	}
	if (err != 0) {
		vp_log(ERROR, "failed", VP_KV_ERR(err));
	}
	destroy(&gw);
	return err == 0 ? 0 : EX_UNAVAILABLE;
}
