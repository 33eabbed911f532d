/* "call.provider_start" of router: a leg came by itself from a carrier, and router let it go on.
 * The leg's id is claimed in the database first: a webhook that is repeated, here or at another
 * controller, finds the call that it began. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/domain/sip_status.h"
#include "services/call-controller/request.h"

static const char claim[] =
	"with ins as (insert into voip.call_external_ids (org_id, provider_id, external_id, "
	"call_id, leg) values ($1, $2, $3, $4, $5) on conflict do nothing returning call_id)"
	" select call_id from ins union all select call_id from voip.call_external_ids"
	" where org_id = $1 and provider_id = $2 and external_id = $3 limit 1";

/* A start that waits for its claim. */
struct start {
	struct controller *cc;
	struct vp_bus_call *request;
	struct vp_uuid org, id, provider;
	char traceparent[64];
	Ringmain__V1__CallProviderStart *body;
};

static void start_free(struct start *start)
{
	ringmain__v1__call_provider_start__free_unpacked(start->body, NULL);
	free(start);
}

static bool is_inbound(const struct start *start)
{
	return start->body->direction == RINGMAIN__V1__DIRECTION__INBOUND;
}

static enum provider_who leg_of(const struct start *start)
{
	return is_inbound(start) ? PROVIDER_CUSTOMER : PROVIDER_AGENT;
}

static void reply(struct start *start, struct vp_uuid call)
{
	Ringmain__V1__CallProviderStarted msg = RINGMAIN__V1__CALL_PROVIDER_STARTED__INIT;
	char id[VP_UUID_TEXT_SIZE], room[CARRIER_ROOM_SIZE];
	uint8_t buf[256];

	vp_uuid_text(call, id);
	(void)snprintf(room, sizeof(room), "call-%s", id);
	msg.call_id = id;
	msg.room = room;
	msg.leg = (char *)(uintptr_t)provider_who_name(leg_of(start));
	vp_bus_reply_ok(start->request, buf, ringmain__v1__call_provider_started__pack(&msg, buf));
}

/* --- the call --- */

static bool fill_numbers(struct call *call, const Ringmain__V1__CallProviderStart *body)
{
	const char *did = call->direction == CALL_INBOUND ? body->to_number : body->from_number;

	return vp_strcopy(call->to, sizeof(call->to), body->to_number) && call->to[0] &&
	       vp_strcopy(call->from, sizeof(call->from), body->from_number) &&
	       vp_strcopy(call->did, sizeof(call->did), call->direction == CALL_INBOUND ? did : "");
}

static void fill_contact(struct call *call, const Ringmain__V1__CallProviderStart *body)
{
	struct vp_uuid entity;

	/* what the browser says of it is looked up among the organisation's own */
	if ((strcmp(body->entity_type, "person") == 0 || strcmp(body->entity_type, "lead") == 0 ||
		    strcmp(body->entity_type, "deal") == 0) &&
		vp_uuid_parse(body->entity_id, &entity)) {
		(void)vp_strcopy(call->contact.type, sizeof(call->contact.type), body->entity_type);
		call->contact.id = entity;
	}
}

static bool fill(struct call *call, struct start *start)
{
	const Ringmain__V1__CallProviderStart *body = start->body;
	struct provider_leg *leg;

	if (!fill_numbers(call, body) || body->n_user_ids != 1 ||
		!vp_uuid_parse(body->user_ids[0], &call->user) ||
		call_carrier_create(call, start->provider, body->driver)) {
		return false;
	}
	leg = &call->carrier->legs[leg_of(start)];
	if (!vp_strcopy(leg->external_id, sizeof(leg->external_id), body->external_id)) {
		return false;
	}
	leg->stage = PROVIDER_STARTED;
	if (is_inbound(start) && body->call_token[0]) {
		call->carrier->token = strdup(body->call_token);
	}
	if (is_inbound(start)) {
		(void)vp_strcopy(call->sip_call_id, sizeof(call->sip_call_id), body->external_id);
	}
	(void)vp_strcopy(call->user_name, sizeof(call->user_name), body->user_name);
	(void)vp_strcopy(call->traceparent, sizeof(call->traceparent), start->traceparent);
	fill_contact(call, body);
	call->rung[0] = call->user;
	call->n_rung = 1;
	call->wants_record = body->record;
	call->ring_s = body->ring_timeout_s;
	return true;
}

static void begin(struct start *start, struct call *call)
{
	struct controller *cc = start->cc;

	vp_metric_add(is_inbound(start) ? cc->metrics.received : cc->metrics.dialled, 1);
	reply(start, call->id);
	if (is_inbound(start)) {
		call_contact_look_up(call);
		call_event(call, CALL_EV_ROUTED_USER, NULL, NULL);
	} else {
		call_tell(call);
		call_contact_look_up(call);
		call_event(call, CALL_EV_ROUTED, NULL, NULL); /* its leg is about to enter */
	}
}

static void make_call(struct start *start)
{
	const enum call_state first = is_inbound(start) ? CALL_IN_ROUTING : CALL_OUT_ROUTING;
	struct call *call = call_restore(start->cc, start->org, start->id,
		is_inbound(start) ? CALL_INBOUND : CALL_OUTBOUND, first, vp_time_us());

	if (!call) {
		vp_bus_reply_error(
			start->request, 503, "unavailable", call_cause_text("unavailable"));
		return;
	}
	call->stored = false;
	if (fill(call, start)) {
		begin(start, call);
	} else {
		vp_bus_reply_error(start->request, 400, "malformed", "The request cannot be read.");
		call->carrier = call_carrier_leave(call); /* its leg is not ours to end */
		call_forget(call);
	}
}

static void on_claimed(int err, const struct vp_db_result *res, void *arg)
{
	struct start *start = arg;

	if (err || vp_db_rows(res) == 0) {
		vp_log(WARN, "start.not_claimed", VP_KV_ERR(err ? err : ENOENT));
		vp_bus_reply_error(
			start->request, 503, "unavailable", call_cause_text("unavailable"));
	} else if (!vp_uuid_equal(vp_db_uuid(res, 0, 0), start->id)) {
		reply(start, vp_db_uuid(res, 0, 0));
	} else {
		make_call(start);
	}
	start_free(start);
}

static const char *busy(const struct controller *cc)
{
	return cc->draining                                  ? "shutdown"
	       : cc->n_calls >= (unsigned)cc->cfg->max_calls ? "too_many_calls"
	       : !cc->webhook_base                           ? "no_webhook_url"
							     : NULL;
}

static void on_request(struct vp_bus_call *request, const struct vp_bus_msg *msg, void *arg)
{
	struct controller *cc = arg;
	const char *why_not = busy(cc);
	struct start *start;

	if (why_not) {
		vp_bus_reply_error(request, 503, why_not, call_cause_text(why_not));
		return;
	}
	start = calloc(1, sizeof(*start));
	if (!start) {
		vp_bus_reply_error(request, 503, "unavailable", call_cause_text("unavailable"));
		return;
	}
	*start = (struct start){.cc = cc, .request = request, .org = msg->org, .id = vp_uuid_new()};
	(void)vp_strcopy(start->traceparent, sizeof(start->traceparent), msg->traceparent);
	start->body = REQUEST_UNPACK(ringmain__v1__call_provider_start__unpack, request, msg);
	if (!start->body) {
		free(start);
	} else if (!vp_uuid_parse(start->body->provider_id, &start->provider) ||
		   !start->body->external_id[0]) {
		vp_bus_reply_error(request, 400, "malformed", "The request cannot be read.");
		start_free(start);
	} else if (vp_db_query(cc->db, claim,
			   VP_PARAMS(VP_P_UUID(start->org), VP_P_UUID(start->provider),
				   VP_P_TEXT(start->body->external_id), VP_P_UUID(start->id),
				   VP_P_TEXT(provider_who_name(leg_of(start)))),
			   on_claimed, start, NULL)) {
		on_claimed(EAGAIN, NULL, start);
	}
}

void on_call_provider_start(struct controller *cc)
{
	vp_bus_serve(cc->bus, "call.provider_start", on_request, cc);
}
