/* Makes the parts, lets the HTTP loop drive them all, and takes them down in the other order. */
#include "services/webhook-ingest/ingest.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/bus/config_hint.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/db/db.h"
#include "libcommon/http/http.h"
#include "libcommon/limiter/limiter.h"
#include "libcommon/vault/vault.h"
#include "services/webhook-ingest/adapters/inbox.h"
#include "services/webhook-ingest/adapters/spill.h"
#include "services/webhook-ingest/domain/answers.h"
#include "services/webhook-ingest/routes.h"

#define NAME "webhook-ingest"
#define CAPACITY 10000 /* webhooks a second, roughly; all are alike */
#define DRAIN_S 10
#define FLUSH_WAIT_US 2000000
#define TICK_MS 100
#define ANSWER_TIMEOUT_S 14 /* Twilio waits 15 */
#define ADOPT_S 10

static void on_db(void *arg)
{
	vp_db_drain(((struct ingest *)arg)->db);
}

static void on_bus(void *arg)
{
	vp_bus_drain(((struct ingest *)arg)->bus);
}

static void on_inbox(void *arg)
{
	inbox_drain(((struct ingest *)arg)->inbox);
}

static void on_stop(void *arg)
{
	struct ingest *ingest = arg;
	int level = vp_app_stop_level(ingest->app);
	vp_log(INFO, "stopping", VP_KV_INT("level", level));
	vp_bus_set_load(ingest->bus, 0, true);
	vp_http_stop(ingest->http, level > 1 ? 0 : DRAIN_S);
}

static void on_live(const struct vp_bus_msg *msg, void *arg)
{
	struct ingest *ingest = arg;
	if (strcmp(msg->type, VP_CONFIG_TYPE) == 0) {
		accounts_stale(ingest->accounts);
	}
}

static void on_tick(void *arg)
{
	struct ingest *ingest = arg;
	inbox_tick(ingest->inbox);
	accounts_tick(ingest->accounts);
}

/* Without the database webhooks are taken all the same, as long as their keys are known. */
static void on_second(void *arg)
{
	struct ingest *ingest = arg;
	vp_app_alive(ingest->app);
	vp_app_ready(ingest->app, "providers", accounts_loaded(ingest->accounts));
	vp_app_ready(ingest->app, "bus", vp_bus_ready(ingest->bus));
	on_replay_tick(ingest);
	if (++ingest->seconds % ADOPT_S == 0) {
		spill_adopt(ingest->spill);
	}
	count_gauges(inbox_waiting(ingest->inbox), ingest->spill);
}

/* "https://a.example, https://b.example/": several names of this host, at least one. */
static int split_bases(struct ingest *ingest)
{
	ingest->bases_text = strdup(ingest->cfg->webhook_url);
	char *rest = ingest->bases_text, *base;
	while (rest && (base = strsep(&rest, ", ")) && ingest->n_bases < INGEST_BASES_MAX) {
		size_t len = strlen(base);
		while (len > 0 && base[len - 1] == '/') {
			base[--len] = '\0';
		}
		if (len > 0) {
			ingest->bases[ingest->n_bases++] = base;
		}
	}
	return ingest->bases_text ? 0 : ENOMEM;
}

static int create_http(struct ingest *ingest)
{
	const struct ingest_cfg *cfg = ingest->cfg;
	return vp_http_create(&ingest->http, &(struct vp_http_cfg){.listen = cfg->listen,
						     .listen_tls = cfg->listen_tls,
						     .tls_cert = cfg->tls_cert,
						     .tls_key = cfg->tls_key,
						     .routes = ingest_routes,
						     .n_routes = ingest_n_routes,
						     .arg = ingest,
						     .max_conns = (unsigned)cfg->max_conns,
						     .max_conns_per_ip = (unsigned)cfg->max_conns,
						     .answer_timeout_s = ANSWER_TIMEOUT_S,
						     .trusted_proxies = cfg->trusted_proxies,
						     .max_body = HOOK_BODY_MAX});
}

static int create_clients(struct ingest *ingest)
{
	const struct vp_common_cfg *common = vp_app_common(ingest->app);
	int err = vp_db_create(&ingest->db, &(struct vp_db_cfg){.url = common->db_url,
						    .password = common->db_password,
						    .app_name = "voip-" NAME,
						    .readers = 1});
	if (!err) {
		err = vp_bus_create(&ingest->bus, &(struct vp_bus_cfg){.endpoints = common->bus,
							  .cert = common->bus_cert,
							  .server_key = common->bus_server_key,
							  .service = NAME,
							  .node = vp_app_node(ingest->app),
							  .db = ingest->db,
							  .capacity = CAPACITY});
	}
	if (!err) {
		vp_bus_on_live(ingest->bus, on_live, ingest);
		err = vp_bus_subscribe(ingest->bus, VP_CONFIG_TOPIC);
	}
	return err ? err : vp_vault_create(&ingest->vault, ingest->db, ingest->cfg->kek_file);
}

static int create_parts(struct ingest *ingest)
{
	const struct ingest_cfg *cfg = ingest->cfg;
	uint64_t seed;
	vp_random(&seed, sizeof(seed));
	int err = spill_create(&ingest->spill, cfg->spool_dir, (uint64_t)cfg->spool_mib << 20);
	if (err) {
		vp_log(ERROR, "spool.unusable", VP_KV_STR("dir", cfg->spool_dir), VP_KV_ERR(err),
			VP_KV_STR("hint", "VOIP_WEBHOOK_SPOOL_DIR must be a folder that this "
					  "process may write, of at most 16 processes"));
		return err;
	}
	ingest->limiter = vp_limiter_create(seed);
	ingest->answers = answers_create();
	if (!ingest->limiter || !ingest->answers) {
		return ENOMEM;
	}
	err = accounts_create(&ingest->accounts, ingest->db, ingest->vault);
	if (!err) {
		err = inbox_create(&ingest->inbox, ingest->db, ingest->bus, ingest->spill);
	}
	return err ? err : voices_create(&ingest->voices);
}

static int watch_all(struct ingest *ingest)
{
	const struct {
		int fd;
		void (*h)(void *arg);
	} watches[] = {{vp_db_fd(ingest->db), on_db}, {vp_bus_fd(ingest->bus), on_bus},
		{inbox_fd(ingest->inbox), on_inbox}, {vp_app_stop_fd(ingest->app), on_stop}};
	int err = 0;
	for (size_t i = 0; !err && i < VP_ARRAY_LEN(watches); i++) {
		err = vp_http_watch(ingest->http, watches[i].fd, watches[i].h, ingest);
	}
	if (!err) {
		err = vp_http_every(ingest->http, TICK_MS, on_tick, ingest);
	}
	return err ? err : vp_http_every(ingest->http, 1000, on_second, ingest);
}

static int create(struct ingest *ingest)
{
	int err = vp_crypto_init();
	count_start();
	if (!err) {
		err = split_bases(ingest);
	}
	if (!err) {
		err = create_clients(ingest);
	}
	if (!err) {
		err = create_parts(ingest);
	}
	if (!err) {
		err = create_http(ingest);
	}
	return err ? err : watch_all(ingest);
}

/* What was taken in the last moments is also stored and told. */
static void flush(struct ingest *ingest)
{
	int64_t until_us = vp_mono_us() + FLUSH_WAIT_US;
	while (ingest->inbox && vp_mono_us() < until_us &&
		(!inbox_idle(ingest->inbox) || vp_db_write_backlog(ingest->db) != 0)) {
		usleep(5000);
		vp_db_drain(ingest->db);
		inbox_drain(ingest->inbox);
	}
}

static void destroy(struct ingest *ingest)
{
	ingest->http = vp_http_destroy(ingest->http);
	flush(ingest);
	ingest->voices = voices_destroy(ingest->voices);
	ingest->inbox = inbox_destroy(ingest->inbox);
	vp_db_cancel(VP_TAKE(ingest->replay));
	ingest->accounts = accounts_destroy(ingest->accounts);
	ingest->vault = vp_vault_destroy(ingest->vault);
	ingest->bus = vp_bus_destroy(ingest->bus);
	ingest->db = vp_db_destroy(ingest->db);
	ingest->spill = spill_destroy(ingest->spill);
	ingest->answers = answers_destroy(ingest->answers);
	ingest->limiter = vp_limiter_destroy(ingest->limiter);
	free(VP_TAKE(ingest->bases_text));
}

int ingest_run(struct vp_app *app, const void *cfg)
{
	struct ingest ingest = {.app = app, .cfg = cfg};
	int err = create(&ingest);
	if (!err) {
		vp_log(INFO, "listening", VP_KV_INT("http_port", vp_http_port(ingest.http, false)),
			VP_KV_INT("https_port", vp_http_port(ingest.http, true)),
			VP_KV_STR("public_url", ingest.bases[0]),
			VP_KV_INT("spool_bytes", spill_bytes(ingest.spill)));
		err = vp_http_run(ingest.http);
	}
	if (err) {
		vp_log(ERROR, "failed", VP_KV_ERR(err));
	}
	destroy(&ingest);
	return err ? EX_UNAVAILABLE : 0;
}
