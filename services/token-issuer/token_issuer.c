#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/bus/config_hint.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "libcommon/service/service.h"
#include "libcommon/vault/vault.h"
#include "services/token-issuer/accounts.h"
#include "services/token-issuer/handlers.h"
#include "services/token-issuer/telnyx_forget.h"
#include "services/token-issuer/telnyx_job.h"
#include "services/token-issuer/telnyx_tokens.h"
#include "services/token-issuer/token_issuer.h"

#define SERVICE_NAME "token-issuer"
#define CAPACITY 1000
#define QUERY_TIMEOUT_MS 2500 /* askers wait 3 s: they get the word, not a timeout */

static int open_vault(struct token_issuer *issuer)
{
	const char *file = issuer->cfg->kek_file;
	int err = file ? vp_vault_create(&issuer->vault, issuer->db, file) : 0;

	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_STR("part", "VOIP_KEK_FILE"), VP_KV_ERR(err));
	}
	return err;
}

static void on_live(const struct vp_bus_msg *msg, void *arg)
{
	if (strcmp(msg->type, VP_CONFIG_TYPE) == 0) {
		accounts_forget(((struct token_issuer *)arg)->accounts);
	}
}

static int start(struct vp_bus *bus, struct vp_db *db, void *arg)
{
	struct token_issuer *issuer = arg;
	int err;

	issuer->bus = bus;
	issuer->db = db;
	vp_bus_on_live(bus, on_live, issuer);
	err = vp_bus_subscribe(bus, VP_CONFIG_TOPIC);
	if (!err) {
		err = open_vault(issuer);
	}
	if (!err) {
		err = vp_httpc_create(&issuer->http, &(struct vp_httpc_cfg){.max_parallel = 32});
	}
	if (!err) {
		err = vp_bus_serve(bus, "token.issue", on_token_issue, issuer);
	}
	return err ? err : vp_bus_serve(bus, "token.forget", on_token_forget, issuer);
}

static int http_fd(void *arg)
{
	return vp_httpc_fd(((struct token_issuer *)arg)->http);
}

static void drain_http(void *arg)
{
	vp_httpc_drain(((struct token_issuer *)arg)->http);
}

static void stop(void *arg)
{
	struct token_issuer *issuer = arg;

	telnyx_jobs_drop(issuer);
	telnyx_forgets_drop(issuer);
	if (issuer->http) {
		issuer->http = vp_httpc_destroy(issuer->http);
	}
	issuer->vault = vp_vault_destroy(issuer->vault);
}

static bool busy(void *arg)
{
	return ((struct token_issuer *)arg)->pending > 0;
}

static void make_metrics(struct token_issuer *issuer)
{
	for (int v = 0; v < TOKEN_VERDICT_MAX; v++) {
		VP_CLEANUP(vp_freep)
		char *labels = vp_strf("result=\"%s\"", token_refusal((enum token_verdict)v)->word);

		vp_assert(labels);
		issuer->results[v] = vp_counter("voip_token_requests_total",
			"Requests for client tokens by outcome.", labels);
	}
}

/* The fault, or NULL. */
static const char *read_ice(
	const struct token_issuer_cfg *cfg, struct ice_urls *stun, struct ice_urls *turn)
{
	if (!ice_parse(stun, cfg->ice_urls, "stun:|stuns:")) {
		return "VOIP_ICE_URLS: wants at most 8 URLs like stun:HOST:PORT, with commas "
		       "between";
	}
	if (!ice_parse(turn, cfg->turn_urls, "turn:|turns:")) {
		return "VOIP_TURN_URLS: wants at most 8 URLs like turn:HOST:PORT, with commas "
		       "between";
	}
	if ((turn->n > 0) != (cfg->turn_secret != NULL)) {
		return "VOIP_TURN_URLS and VOIP_TURN_SECRET: want each other, set both or none";
	}
	return NULL;
}

int token_issuer_check(const void *cfg, FILE *err)
{
	struct ice_urls stun, turn;
	const char *fault = read_ice(cfg, &stun, &turn);

	if (fault) {
		fprintf(err, "%s\n", fault);
	}
	return fault ? EINVAL : 0;
}

int token_issuer_create(struct token_issuer **ret, const struct token_issuer_cfg *cfg)
{
	struct token_issuer *issuer = calloc(1, sizeof(*issuer));

	if (!issuer) {
		return ENOMEM;
	}
	issuer->cfg = cfg;
	if (read_ice(cfg, &issuer->stun, &issuer->turn)) {
		token_issuer_destroy(issuer);
		return EINVAL;
	}
	issuer->accounts = accounts_create();
	issuer->twilio = twilio_keys_create();
	issuer->telnyx_tokens = telnyx_tokens_create();
	if (!issuer->accounts || !issuer->twilio || !issuer->telnyx_tokens) {
		token_issuer_destroy(issuer);
		return ENOMEM;
	}
	make_metrics(issuer);
	*ret = issuer;
	return 0;
}

struct token_issuer *token_issuer_destroy(struct token_issuer *issuer)
{
	if (issuer) {
		accounts_destroy(issuer->accounts);
		twilio_keys_destroy(issuer->twilio);
		telnyx_tokens_destroy(issuer->telnyx_tokens);
	}
	free(issuer);
	return NULL;
}

int token_issuer_run(struct vp_app *app, const void *cfg)
{
	struct token_issuer *issuer;
	struct vp_service_cfg service = {.name = SERVICE_NAME,
		.capacity = CAPACITY,
		.query_timeout_ms = QUERY_TIMEOUT_MS,
		.start = start,
		.fd = http_fd,
		.drain = drain_http,
		.stop = stop,
		.busy = busy};
	int err = vp_crypto_init();
	int status;

	if (!err) {
		err = token_issuer_create(&issuer, cfg);
	}
	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_ERR(err));
		return EXIT_FAILURE;
	}
	service.arg = issuer;
	status = vp_service_run(app, &service);
	token_issuer_destroy(issuer);
	return status;
}
