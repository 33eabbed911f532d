/* route.outbound: a remembered configuration answers at once. A refusal that the configuration
 * causes is never given from memory: it is read again first, since it may just have been mended. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/metrics/metrics.h"
#include "proto/route.pb-c.h"
#include "services/router/adapters/cache.h"
#include "services/router/adapters/config_read.h"
#include "services/router/domain/outbound.h"
#include "services/router/handlers.h"
#include "services/router/router.h"

#define TYPED_MAX 64
#define NODE_SIZE 40
#define KEY_SIZE 128

struct request {
	struct router *router;
	struct vp_bus_call *call;
	struct vp_uuid org, user;
	char to_number[TYPED_MAX + 1];
	char region[3];
	char wish[VP_E164_SIZE];
	char node[NODE_SIZE];
	char key[KEY_SIZE];
	int64_t start_us;
};

/* "/call-controller/NODE" */
static const char *node_of(const char *source)
{
	const char *slash = strrchr(source, '/');

	return slash ? slash + 1 : source;
}

static void make_key(struct request *request)
{
	char org[VP_UUID_TEXT_SIZE], user[VP_UUID_TEXT_SIZE];

	vp_uuid_text(request->org, org);
	vp_uuid_text(request->user, user);
	snprintf(request->key, sizeof(request->key), "%s|%s|%s", org, user, request->wish);
}

static enum refusal fill(struct request *request, const Ringmain__V1__RouteOutbound *in,
	const struct vp_bus_msg *msg)
{
	request->org = msg->org;
	if (vp_uuid_is_nil(msg->org) || !vp_uuid_parse(in->user_id, &request->user)) {
		return REFUSAL_BAD_REQUEST;
	}
	if (!vp_strcopy(request->to_number, sizeof(request->to_number), in->to_number)) {
		return REFUSAL_INVALID_NUMBER;
	}
	/* a wish that is no number, or a region that is none, is as good as no wish */
	vp_strcopy(request->region, sizeof(request->region), in->default_region);
	vp_e164_normalize(in->from_number, request->region, request->wish);
	vp_strcopy(request->node, sizeof(request->node), node_of(msg->source));
	make_key(request);
	return REFUSAL_NONE;
}

static enum refusal decode(struct request *request, const struct vp_bus_msg *msg)
{
	Ringmain__V1__RouteOutbound *in =
		ringmain__v1__route_outbound__unpack(NULL, msg->len, msg->data);
	enum refusal refusal = in ? fill(request, in, msg) : REFUSAL_BAD_REQUEST;

	if (in) {
		ringmain__v1__route_outbound__free_unpacked(in, NULL);
	}
	return refusal;
}

static enum refusal decide(const struct request *request, const struct outbound_config *config,
	struct outbound_plan *plan)
{
	const struct outbound_ask ask = {
		.org = request->org,
		.user = request->user,
		.to_number = request->to_number,
		.region = request->region,
		.node = request->node,
		.now_us = vp_mono_us(),
	};

	return outbound_decide(config, request->router->health, request->router->guard, &ask, plan);
}

static void send_plan(
	struct vp_bus_call *call, const struct outbound_config *config, struct outbound_plan *plan)
{
	Ringmain__V1__RouteOutboundReply out = RINGMAIN__V1__ROUTE_OUTBOUND_REPLY__INIT;
	Ringmain__V1__TrunkTarget targets[OUTBOUND_TRUNKS_MAX], *pointers[OUTBOUND_TRUNKS_MAX];
	VP_CLEANUP(vp_freep) uint8_t *bytes = NULL;

	for (size_t i = 0; i < plan->n_targets; i++) {
		ringmain__v1__trunk_target__init(&targets[i]);
		targets[i].trunk_id = (char *)plan->targets[i].trunk->id;
		targets[i].provider_id = (char *)plan->targets[i].trunk->provider_id;
		targets[i].driver = (char *)plan->targets[i].trunk->driver;
		targets[i].request_user = plan->targets[i].request_user;
		targets[i].from_user = plan->targets[i].from_user;
		targets[i].display_name = (char *)plan->targets[i].trunk->display_name;
		pointers[i] = &targets[i];
	}
	out.to_e164 = plan->to_e164;
	out.from_e164 = plan->from_e164;
	out.n_targets = plan->n_targets;
	out.targets = pointers;
	out.record = config->settings.record;
	out.ring_timeout_s = RING_TIMEOUT_OUT_S;
	bytes = malloc(ringmain__v1__route_outbound_reply__get_packed_size(&out));
	if (!bytes) {
		vp_bus_reply_error(
			call, 503, "no_memory", "The router is out of memory. Try again.");
		return;
	}
	vp_bus_reply_ok(call, bytes, ringmain__v1__route_outbound_reply__pack(&out, bytes));
}

static void finish(struct request *request, enum refusal refusal,
	const struct outbound_config *config, struct outbound_plan *plan)
{
	struct router *router = request->router;

	if (refusal == REFUSAL_NONE) {
		vp_log(DEBUG, "route.decided", VP_KV_STR("kind", "outbound"),
			VP_KV_NUMBER("to", plan->to_e164), VP_KV_INT("targets", plan->n_targets));
		send_plan(request->call, config, plan);
	} else {
		router_refuse(router, ROUTE_OUTBOUND, request->call, refusal,
			refusal == REFUSAL_INVALID_NUMBER ? vp_e164_explain(plan->number) : NULL);
	}
	router_count(router, ROUTE_OUTBOUND, refusal, request->start_us);
	free(request);
}

/* The database is away: what was last known is better than a dead telephone. False: nothing is. */
static bool finish_from_memory(struct request *request)
{
	struct outbound_plan plan;
	bool fresh;
	const struct outbound_config *config =
		cache_get(request->router->outbound, request->key, vp_mono_us(), &fresh);

	if (!config) {
		return false;
	}
	finish(request, decide(request, config, &plan), config, &plan);
	return true;
}

static void give_up(struct request *request)
{
	if (!finish_from_memory(request)) {
		finish(request, REFUSAL_UNAVAILABLE, NULL, NULL);
	}
}

static void on_config(int err, const struct vp_db_result *res, void *arg)
{
	struct request *request = arg;
	struct router *router = request->router;
	struct outbound_config config;
	struct outbound_plan plan;

	router->pending--;
	if (err) {
		give_up(request);
		return;
	}
	config_read_outbound(res, &config);
	router_report_settings(router, config.settings.faults);
	cache_put(router->outbound, request->key, &config, vp_mono_us());
	finish(request, decide(request, &config, &plan), &config, &plan);
}

static void read_config(struct request *request)
{
	struct router *router = request->router;
	const char *wish = request->wish[0] ? request->wish : NULL;

	if (!vp_db_connected(router->db) && finish_from_memory(request)) {
		return;
	}
	vp_metric_add(router->reads, 1);
	if (config_ask_outbound(
		    router->db, request->org, request->user, wish, on_config, request)) {
		give_up(request);
		return;
	}
	router->pending++;
}

/* Whether reading the configuration again might turn the refusal. */
static bool is_by_config(enum refusal refusal)
{
	switch (refusal) {
	case REFUSAL_FORBIDDEN:
	case REFUSAL_PREMIUM:
	case REFUSAL_ORG_INACTIVE:
	case REFUSAL_NO_PROVIDER:
	case REFUSAL_NOT_SUPPORTED:
	case REFUSAL_NO_TRUNK:
	case REFUSAL_NO_CALLER_ID:
	case REFUSAL_TRUNK_DOWN: return true;
	default: return false;
	}
}

static void answer(struct request *request)
{
	struct outbound_plan plan;
	bool fresh = false;
	const struct outbound_config *config =
		cache_get(request->router->outbound, request->key, vp_mono_us(), &fresh);
	enum refusal refusal;

	if (!config || !fresh) {
		read_config(request);
		return;
	}
	refusal = decide(request, config, &plan);
	if (is_by_config(refusal)) {
		read_config(request);
	} else {
		finish(request, refusal, config, &plan);
	}
}

void on_route_outbound(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	struct request *request = calloc(1, sizeof(*request));
	struct outbound_plan plan = {.number = VP_E164_TOO_LONG};
	enum refusal refusal;

	if (!request) {
		vp_bus_reply_error(
			call, 503, "no_memory", "The router is out of memory. Try again.");
		return;
	}
	request->router = arg;
	request->call = call;
	request->start_us = vp_mono_us();
	refusal = decode(request, msg);
	if (refusal) {
		finish(request, refusal, NULL, &plan);
	} else {
		answer(request);
	}
}
