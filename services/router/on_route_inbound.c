/* route.inbound: first the trunk, which says how numbers are written and whose they are, then the
 * number's route. Both are remembered; "nobody there" is never told from memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/metrics/metrics.h"
#include "proto/route.pb-c.h"
#include "services/router/adapters/cache.h"
#include "services/router/adapters/config_read.h"
#include "services/router/domain/inbound.h"
#include "services/router/handlers.h"
#include "services/router/router.h"

#define SENT_MAX 64
#define KEY_SIZE 128
#define ALSO_MAX 8 /* a controller names no more */

struct request {
	struct router *router;
	struct vp_bus_call *call;
	struct vp_uuid said_org; /* of the message; nil: none */
	struct vp_uuid trunk_id;
	char trunk_key[VP_UUID_TEXT_SIZE];
	struct vp_uuid also[ALSO_MAX]; /* trunks that it may be instead */
	size_t n_also, next_also;
	char did[SENT_MAX + 1], from[SENT_MAX + 1];
	bool reread; /* nothing is taken from memory any more */
	struct inbound_trunk trunk;
	char did_e164[VP_E164_SIZE], from_e164[VP_E164_SIZE];
	char route_key[KEY_SIZE];
	int64_t start_us;
};

static void read_trunk(struct request *request);
static void read_route(struct request *request);
static void look_up(struct request *request);

static void finish(struct request *request, enum refusal refusal, const struct inbound_route *route)
{
	struct router *router = request->router;
	Ringmain__V1__RouteInboundReply out = RINGMAIN__V1__ROUTE_INBOUND_REPLY__INIT;
	char *user_id = route ? (char *)route->user_id : NULL;
	char *user_name = route ? (char *)route->user_name : NULL;
	uint8_t bytes[512]; /* two numbers, a word, two ids, a name and two integers */

	if (refusal) {
		router_refuse(router, ROUTE_INBOUND, request->call, refusal, NULL);
	} else {
		out.did_e164 = request->did_e164;
		out.from_e164 = request->from_e164;
		out.action = "user";
		out.n_user_ids = out.n_user_names = 1;
		out.user_ids = &user_id;
		out.user_names = &user_name;
		out.trunk_id = request->trunk_key;
		out.record = request->trunk.settings.record;
		out.ring_timeout_s = request->trunk.settings.ring_timeout_in_s;
		vp_assert(
			ringmain__v1__route_inbound_reply__get_packed_size(&out) <= sizeof(bytes));
		vp_bus_reply_ok(
			request->call, bytes, ringmain__v1__route_inbound_reply__pack(&out, bytes));
	}
	router_count(router, ROUTE_INBOUND, refusal, request->start_us);
	free(request);
}

/* A verdict from memory that would refuse is looked into again, once. */
static void conclude(struct request *request, enum refusal refusal,
	const struct inbound_route *route, bool from_memory)
{
	if (refusal && from_memory && !request->reread) {
		request->reread = true;
		read_trunk(request);
		return;
	}
	if (refusal == REFUSAL_NO_ROUTE && request->next_also < request->n_also) {
		request->trunk_id = request->also[request->next_also++];
		request->said_org = (struct vp_uuid){0}; /* that was the first one's */
		request->reread = false;
		look_up(request);
		return;
	}
	finish(request, refusal, route);
}

/* The database is away, and what was last known is better than a silent telephone. */
static bool must_use_memory(const struct router *router, const struct cache *cache, const char *key)
{
	bool fresh;

	return !vp_db_connected(router->db) && cache_get(cache, key, vp_mono_us(), &fresh) != NULL;
}

static void give_up_on_route(struct request *request)
{
	bool fresh;
	const struct inbound_route *known =
		cache_get(request->router->routes, request->route_key, vp_mono_us(), &fresh);

	finish(request, known ? inbound_decide(known) : REFUSAL_UNAVAILABLE, known);
}

static void on_route(int err, const struct vp_db_result *res, void *arg)
{
	struct request *request = arg;
	struct router *router = request->router;
	struct inbound_route route;

	router->pending--;
	if (err) {
		give_up_on_route(request);
		return;
	}
	config_read_route(res, &route);
	cache_put(router->routes, request->route_key, &route, vp_mono_us());
	conclude(request, inbound_decide(&route), &route, false);
}

static void read_route(struct request *request)
{
	struct router *router = request->router;

	vp_metric_add(router->reads, 1);
	if (must_use_memory(router, router->routes, request->route_key) ||
		config_ask_route(router->db, request->trunk.org, request->trunk_id,
			request->did_e164, on_route, request)) {
		give_up_on_route(request);
		return;
	}
	router->pending++;
}

static void with_trunk(struct request *request, const struct inbound_trunk *trunk, bool from_memory)
{
	const struct inbound_route *route;
	char org[VP_UUID_TEXT_SIZE];
	bool fresh = false;
	enum refusal refusal;

	request->trunk = *trunk;
	refusal = inbound_read_did(trunk, request->said_org, request->did, request->did_e164);
	if (refusal) {
		conclude(request, refusal, NULL, from_memory);
		return;
	}
	inbound_read_from(trunk, request->from, request->from_e164);
	vp_uuid_text(trunk->org, org);
	snprintf(request->route_key, sizeof(request->route_key), "%s|%s|%s", org,
		request->trunk_key, request->did_e164);
	route = cache_get(request->router->routes, request->route_key, vp_mono_us(), &fresh);
	if (route && fresh && !request->reread) {
		conclude(request, inbound_decide(route), route, true);
	} else {
		read_route(request);
	}
}

static void give_up_on_trunk(struct request *request)
{
	bool fresh;
	const struct inbound_trunk *known =
		cache_get(request->router->trunks, request->trunk_key, vp_mono_us(), &fresh);

	if (known) {
		with_trunk(request, known, false);
	} else {
		finish(request, REFUSAL_UNAVAILABLE, NULL);
	}
}

static void on_trunk(int err, const struct vp_db_result *res, void *arg)
{
	struct request *request = arg;
	struct router *router = request->router;
	struct inbound_trunk trunk;

	router->pending--;
	if (err) {
		give_up_on_trunk(request);
		return;
	}
	config_read_trunk(res, &trunk);
	router_report_settings(router, trunk.settings.faults);
	cache_put(router->trunks, request->trunk_key, &trunk, vp_mono_us());
	with_trunk(request, &trunk, false);
}

static void read_trunk(struct request *request)
{
	struct router *router = request->router;

	vp_metric_add(router->reads, 1);
	if (must_use_memory(router, router->trunks, request->trunk_key) ||
		config_ask_trunk(router->db, request->trunk_id, on_trunk, request)) {
		give_up_on_trunk(request);
		return;
	}
	router->pending++;
}

static void look_up(struct request *request)
{
	const struct inbound_trunk *trunk;
	bool fresh = false;

	vp_uuid_text(request->trunk_id, request->trunk_key);
	trunk = cache_get(request->router->trunks, request->trunk_key, vp_mono_us(), &fresh);
	if (trunk && fresh) {
		with_trunk(request, trunk, true);
	} else {
		read_trunk(request);
	}
}

static enum refusal decode(struct request *request, const struct vp_bus_msg *msg)
{
	Ringmain__V1__RouteInbound *in =
		ringmain__v1__route_inbound__unpack(NULL, msg->len, msg->data);
	enum refusal refusal = REFUSAL_BAD_REQUEST;

	if (!in) {
		return refusal;
	}
	if (vp_uuid_parse(in->trunk_id, &request->trunk_id)) {
		for (size_t i = 0; i < in->n_also_trunk_ids && request->n_also < ALSO_MAX; i++) {
			request->n_also += vp_uuid_parse(
				in->also_trunk_ids[i], &request->also[request->n_also]);
		}
		refusal = vp_strcopy(request->did, sizeof(request->did), in->did)
				  ? REFUSAL_NONE
				  : REFUSAL_NO_ROUTE;
		vp_strcopy(request->from, sizeof(request->from), in->from_number);
	}
	ringmain__v1__route_inbound__free_unpacked(in, NULL);
	return refusal;
}

void on_route_inbound(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	struct request *request = calloc(1, sizeof(*request));
	enum refusal refusal;

	if (!request) {
		vp_bus_reply_error(
			call, 503, "no_memory", "The router is out of memory. Try again.");
		return;
	}
	request->router = arg;
	request->call = call;
	request->said_org = msg->org;
	request->start_us = vp_mono_us();
	refusal = decode(request, msg);
	if (refusal) {
		finish(request, refusal, NULL);
		return;
	}
	look_up(request);
}
