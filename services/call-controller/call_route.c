/* Asks the router where the call goes and whether it may. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/log/log.h"
#include "proto/route.pb-c.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

#define ROUTE_TIMEOUT_MS 4000

/* A trunk, or a carrier that this version knows; who calls from a trunk is forwarded by trunks. */
static bool take_means(
	const struct call *call, const Ringmain__V1__TrunkTarget *in, struct call_target *target)
{
	const struct carrier_driver *driver = carrier_driver_find(in->driver);

	*target = (struct call_target){0};
	if (!driver) {
		return vp_uuid_parse(in->trunk_id, &target->trunk);
	}
	target->driver = driver->name;
	return call->direction == CALL_OUTBOUND &&
	       vp_uuid_parse(in->provider_id, &target->provider);
}

static void take_targets(struct call *call, Ringmain__V1__TrunkTarget **targets, size_t n)
{
	for (size_t i = 0; i < n && call->n_targets < CALL_TARGETS_MAX; i++) {
		struct call_target *target = &call->targets[call->n_targets];

		if (take_means(call, targets[i], target) &&
			vp_strcopy(target->request_user, sizeof(target->request_user),
				targets[i]->request_user) &&
			vp_strcopy(target->from_user, sizeof(target->from_user),
				targets[i]->from_user)) {
			(void)vp_strcopy(target->display_name, sizeof(target->display_name),
				targets[i]->display_name);
			call->n_targets++;
		}
	}
}

/* From here on the call is the current target's. */
static bool use_target(struct call *call)
{
	const struct call_target *target = &call->targets[call->target];

	if (!target->driver) {
		return true;
	}
	(void)vp_strcopy(call->from, sizeof(call->from), target->from_user); /* E.164, as it is */
	return call_carrier_create(call, target->provider, target->driver) == 0;
}

bool call_next_target(struct call *call)
{
	if (call->target + 1 >= call->n_targets) {
		return false;
	}
	call_carrier_drop(call);
	call->provider = (struct vp_uuid){0};
	call->target++;
	return use_target(call);
}

static bool refused(struct call *call, const struct vp_bus_reply *reply)
{
	call->routing = NULL;
	if (reply->status < 300) {
		return false;
	}
	vp_log(INFO, "call.refused", VP_KV_INT("status", reply->status),
		VP_KV_STR("error", reply->error));
	if (reply->status >= 500) {
		call_event(call, CALL_EV_REFUSED, "unavailable", NULL);
	} else {
		call_event(call, CALL_EV_REFUSED, reply->error, reply->message);
	}
	return true;
}

static void ask(
	struct call *call, const char *type, const void *data, size_t len, vp_bus_reply_h *h)
{
	char id[VP_UUID_TEXT_SIZE];
	const struct vp_bus_req req = {.service = "router",
		.type = type,
		.org = call->org,
		.subject = id,
		.traceparent = call->traceparent,
		.timeout_ms = ROUTE_TIMEOUT_MS,
		.data = data,
		.len = len};

	vp_uuid_text(call->id, id);
	if (vp_bus_request(call->cc->bus, &req, h, call, &call->routing)) {
		call_event_soon(call, CALL_EV_REFUSED, "unavailable");
	}
}

/* --- outbound --- */

static void on_outbound(const struct vp_bus_reply *reply, void *arg)
{
	struct call *call = arg;
	Ringmain__V1__RouteOutboundReply *msg;

	if (refused(call, reply)) {
		return;
	}
	msg = ringmain__v1__route_outbound_reply__unpack(NULL, reply->len, reply->data);
	if (!msg) {
		call_event(call, CALL_EV_REFUSED, "unavailable", NULL);
		return;
	}
	(void)vp_strcopy(call->to, sizeof(call->to), msg->to_e164);
	(void)vp_strcopy(call->from, sizeof(call->from), msg->from_e164);
	call->wants_record = msg->record;
	call->ring_s = msg->ring_timeout_s;
	take_targets(call, msg->targets, msg->n_targets);
	ringmain__v1__route_outbound_reply__free_unpacked(msg, NULL);
	if (call->n_targets == 0 || !use_target(call)) {
		call_event(call, CALL_EV_REFUSED, "no_route", NULL);
		return;
	}
	call_contact_look_up(call); /* now with the whole number */
	/* a carrier's leg must reach the agent first, whatever the tab has offered */
	call_event(call, call->tab_offer && !call->carrier ? CALL_EV_ROUTED : CALL_EV_ROUTED_NO_TAB,
		NULL, NULL);
}

void call_route_outbound(struct call *call, const char *to, const char *from, const char *region)
{
	Ringmain__V1__RouteOutbound msg = RINGMAIN__V1__ROUTE_OUTBOUND__INIT;
	char id[VP_UUID_TEXT_SIZE], user[VP_UUID_TEXT_SIZE];
	uint8_t buf[1024];

	vp_uuid_text(call->id, id);
	vp_uuid_text(call->user, user);
	msg.call_id = id;
	msg.user_id = user;
	msg.to_number = (char *)(uintptr_t)to;
	msg.from_number = (char *)(uintptr_t)from;
	msg.default_region = (char *)(uintptr_t)region;
	if (ringmain__v1__route_outbound__get_packed_size(&msg) > sizeof(buf)) {
		call_event_soon(call, CALL_EV_REFUSED, "invalid_number");
		return;
	}
	ask(call, "route.outbound", buf, ringmain__v1__route_outbound__pack(&msg, buf),
		on_outbound);
}

/* --- inbound --- */

static void take_users(struct call *call, const Ringmain__V1__RouteInboundReply *msg)
{
	for (size_t i = 0; i < msg->n_user_ids && call->n_rung < CALL_RUNG_MAX; i++) {
		if (!vp_uuid_parse(msg->user_ids[i], &call->rung[call->n_rung])) {
			continue;
		}
		if (i < msg->n_user_names) {
			(void)vp_strcopy(
				call->rung_name[call->n_rung], CALL_NAME_SIZE, msg->user_names[i]);
		}
		call->n_rung++;
	}
	if (call->n_rung == 1) {
		call->user = call->rung[0]; /* a missed call is his, too */
		call_name_user(call);
	}
}

/* Organisations may have the same carrier: the number says whose call it is. */
static bool is_by_trunk(struct call *call, const char *trunk_id)
{
	struct vp_uuid id;
	struct trunk *trunk;

	if (!vp_uuid_parse(trunk_id, &id) || vp_uuid_equal(id, call->trunk)) {
		return true;
	}
	trunk = trunks_find(call->cc->trunks, id);
	if (!trunk || (trunk->max_channels && trunk->channels >= trunk->max_channels)) {
		return false;
	}
	call_trunk_came_by(call, trunk);
	return true;
}

static void on_inbound(const struct vp_bus_reply *reply, void *arg)
{
	struct call *call = arg;
	Ringmain__V1__RouteInboundReply *msg;
	bool external, has_trunk;

	if (refused(call, reply)) {
		return;
	}
	msg = ringmain__v1__route_inbound_reply__unpack(NULL, reply->len, reply->data);
	if (!msg) {
		call_event(call, CALL_EV_REFUSED, "unavailable", NULL);
		return;
	}
	has_trunk = is_by_trunk(call, msg->trunk_id);
	(void)vp_strcopy(call->did, sizeof(call->did), msg->did_e164);
	(void)vp_strcopy(call->to, sizeof(call->to), msg->did_e164);
	(void)vp_strcopy(call->from, sizeof(call->from), msg->from_e164);
	call->wants_record = msg->record;
	call->ring_s = msg->ring_timeout_s;
	external = strcmp(msg->action, "external") == 0;
	take_targets(call, msg->targets, msg->n_targets);
	take_users(call, msg);
	ringmain__v1__route_inbound_reply__free_unpacked(msg, NULL);
	if (!has_trunk) {
		call_event(call, CALL_EV_REFUSED, "unavailable", NULL);
		return;
	}
	if (external ? call->n_targets == 0 : call->n_rung == 0) {
		call_event(call, CALL_EV_REFUSED, "no_route", NULL);
		return;
	}
	call_event(call, external ? CALL_EV_ROUTED_TRUNK : CALL_EV_ROUTED_USER, NULL, NULL);
}

void call_route_inbound(struct call *call, const char *did, const char *from,
	const struct vp_uuid *also, size_t n_also)
{
	Ringmain__V1__RouteInbound msg = RINGMAIN__V1__ROUTE_INBOUND__INIT;
	char id[VP_UUID_TEXT_SIZE], trunk[VP_UUID_TEXT_SIZE];
	char others[CALL_ALSO_MAX][VP_UUID_TEXT_SIZE], *list[CALL_ALSO_MAX];
	uint8_t buf[1024];

	vp_uuid_text(call->id, id);
	vp_uuid_text(call->trunk, trunk);
	msg.call_id = id;
	msg.trunk_id = trunk;
	msg.did = (char *)(uintptr_t)did;
	msg.from_number = (char *)(uintptr_t)from;
	for (size_t i = 0; i < n_also; i++) {
		vp_uuid_text(also[i], others[i]);
		list[i] = others[i];
	}
	msg.also_trunk_ids = list;
	msg.n_also_trunk_ids = n_also;
	if (ringmain__v1__route_inbound__get_packed_size(&msg) > sizeof(buf)) {
		call_event_soon(call, CALL_EV_REFUSED, "no_route");
		return;
	}
	ask(call, "route.inbound", buf, ringmain__v1__route_inbound__pack(&msg, buf), on_inbound);
}
