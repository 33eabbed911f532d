#include <errno.h>
#include <stdlib.h>

#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "libcommon/service/service.h"
#include "services/token-issuer/handlers.h"
#include "services/token-issuer/token_issuer.h"

#define SERVICE_NAME "token-issuer"
#define CAPACITY 1000
#define QUERY_TIMEOUT_MS 2500 /* askers wait 3 s: they get the word, not a timeout */

static int start(struct vp_bus *bus, struct vp_db *db, void *arg)
{
	struct token_issuer *issuer = arg;

	issuer->bus = bus;
	issuer->db = db;
	return vp_bus_serve(bus, "token.issue", on_token_issue, issuer);
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
	make_metrics(issuer);
	*ret = issuer;
	return 0;
}

struct token_issuer *token_issuer_destroy(struct token_issuer *issuer)
{
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
