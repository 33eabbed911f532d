/* A controller is gone, and its calls at carriers are not: their audio never came here. Whoever is
 * first takes them over, in one statement, and asks the carrier how they are. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

#define QUIET_S 20 /* a node's row is refreshed each 10 s */

/* $2 nodes that live, $3 one that was just lost, $5 when we started, once: our own calls of before,
 * under the same name. The version jumps above anything that the dead one may yet write. */
static const char take_over[] =
	"update voip.calls c set node_id = $1, version = c.version + 100, updated_at = now()"
	" from voip.providers p where p.org_id = c.org_id and p.id = c.provider_id"
	" and c.ended_at is null and c.trunk_id is null and (c.node_id <> all(string_to_array($2,"
	" ',')) or c.node_id = $1)"
	" and (c.org_id, c.id) in (select o.org_id, o.id from voip.calls o"
	"  left join voip.nodes n on n.node_id = o.node_id where o.ended_at is null"
	"  and o.provider_id is not null and o.trunk_id is null"
	"  and ((o.node_id = $1 and o.started_at < $5) or (o.node_id <> all(string_to_array($2, "
	"','))"
	"   and (o.node_id = $3 or n.node_id is null or n.state = 'down'"
	"    or n.last_seen < now() - $4 * interval '1 second'))) limit 500)"
	" returning c.org_id, c.id, c.version, c.direction, c.status, c.from_number, c.to_number,"
	" c.did, c.user_id, c.user_name, coalesce(c.contact_type, ''), c.contact_id, "
	"c.contact_name,"
	" c.contact_company, c.provider_id, p.driver,"
	" (extract(epoch from c.started_at) * 1000000)::bigint,"
	" coalesce((extract(epoch from c.answered_at) * 1000000)::bigint, 0), c.click_to_call,"
	" (select e.external_id from voip.call_external_ids e where e.org_id = c.org_id"
	"  and e.call_id = c.id and e.leg = 'agent' limit 1),"
	" (select e.external_id from voip.call_external_ids e where e.org_id = c.org_id"
	"  and e.call_id = c.id and e.leg = 'customer' limit 1),"
	" (select e.external_id from voip.call_external_ids e where e.org_id = c.org_id"
	"  and e.call_id = c.id and e.leg = 'room' limit 1),"
	" (select k.id from voip.provider_commands k where k.org_id = c.org_id and k.call_id = "
	"c.id"
	"  and k.provider_id = c.provider_id and k.kind = 'dial' and k.leg = 'agent' limit 1),"
	" (select k.id from voip.provider_commands k where k.org_id = c.org_id and k.call_id = "
	"c.id"
	"  and k.provider_id = c.provider_id and k.kind = 'dial' and k.leg = 'customer' limit 1)";
enum {
	COL_ORG,
	COL_ID,
	COL_VERSION,
	COL_DIRECTION,
	COL_STATUS,
	COL_FROM,
	COL_TO,
	COL_DID,
	COL_USER,
	COL_USER_NAME,
	COL_CONTACT_TYPE,
	COL_CONTACT,
	COL_CONTACT_NAME,
	COL_CONTACT_COMPANY,
	COL_PROVIDER,
	COL_DRIVER,
	COL_STARTED,
	COL_ANSWERED,
	COL_CLICK,
	COL_AGENT_ID,
	COL_CUSTOMER_ID,
	COL_ROOM,
	COL_AGENT_DIAL,
	COL_CUSTOMER_DIAL
};

static enum call_state state_of(const struct vp_db_result *res, size_t row, bool inbound)
{
	const char *status = vp_db_text(res, row, COL_STATUS);

	if (strcmp(status, "in-progress") == 0) {
		return CALL_TALKING;
	}
	if (inbound) {
		return CALL_IN_RINGING;
	}
	if (strcmp(status, "ringing") == 0) {
		return CALL_OUT_RINGING;
	}
	if (!vp_db_is_null(res, row, COL_CUSTOMER_DIAL)) {
		return CALL_OUT_DIALING;
	}
	return vp_db_bool(res, row, COL_CLICK) ? CALL_OUT_RINGING_AGENT : CALL_OUT_PREPARING;
}

static void copy(char *dst, size_t size, const struct vp_db_result *res, size_t row, size_t col)
{
	(void)vp_strcopy(dst, size, vp_db_text(res, row, col));
}

static void fill(struct call *call, const struct vp_db_result *res, size_t row)
{
	call->version = (uint32_t)vp_db_int(res, row, COL_VERSION);
	copy(call->from, sizeof(call->from), res, row, COL_FROM);
	copy(call->to, sizeof(call->to), res, row, COL_TO);
	copy(call->did, sizeof(call->did), res, row, COL_DID);
	call->user = vp_db_uuid(res, row, COL_USER);
	copy(call->user_name, sizeof(call->user_name), res, row, COL_USER_NAME);
	copy(call->contact.type, sizeof(call->contact.type), res, row, COL_CONTACT_TYPE);
	call->contact.id = vp_db_uuid(res, row, COL_CONTACT);
	copy(call->contact.name, sizeof(call->contact.name), res, row, COL_CONTACT_NAME);
	copy(call->contact.company, sizeof(call->contact.company), res, row, COL_CONTACT_COMPANY);
	call->answered_us = vp_db_int(res, row, COL_ANSWERED);
	call->click_to_call = vp_db_bool(res, row, COL_CLICK);
	call->rung[0] = call->user;
	call->n_rung = vp_uuid_is_nil(call->user) ? 0 : 1;
}

/* Whether it still rings is asked; an agent who has a customer rung or talking has answered. */
static void fill_leg(struct call *call, enum provider_who who, const struct vp_db_result *res,
	size_t row, size_t id, size_t dial)
{
	struct provider_leg *leg = &call->carrier->legs[who];

	copy(leg->external_id, sizeof(leg->external_id), res, row, id);
	leg->dialled = !vp_db_is_null(res, row, dial);
	if (call->state == CALL_TALKING ||
		(who == PROVIDER_AGENT &&
			(call->state == CALL_OUT_DIALING || call->state == CALL_OUT_RINGING))) {
		leg->stage = PROVIDER_ANSWERED;
		leg->answered_us = call->answered_us;
	} else {
		leg->stage = leg->external_id[0] ? PROVIDER_STARTED : PROVIDER_NONE;
	}
	if (leg->dialled && !leg->external_id[0]) {
		const struct vp_uuid command = vp_db_uuid(res, row, dial);

		call_carrier_resume(call, who, command, vp_uuid_time_us(command));
	}
}

static void adopt(struct controller *cc, const struct vp_db_result *res, size_t row)
{
	const bool inbound = strcmp(vp_db_text(res, row, COL_DIRECTION), "inbound") == 0;
	struct call *call = call_restore(cc, vp_db_uuid(res, row, COL_ORG),
		vp_db_uuid(res, row, COL_ID), inbound ? CALL_INBOUND : CALL_OUTBOUND,
		state_of(res, row, inbound), vp_db_int(res, row, COL_STARTED));

	if (!call) {
		return;
	}
	fill(call, res, row);
	if (call_carrier_create(
		    call, vp_db_uuid(res, row, COL_PROVIDER), vp_db_text(res, row, COL_DRIVER))) {
		call_event(call, CALL_EV_STOP, NULL, NULL);
		return;
	}
	copy(call->carrier->room_id, sizeof(call->carrier->room_id), res, row, COL_ROOM);
	fill_leg(call, PROVIDER_AGENT, res, row, COL_AGENT_ID, COL_AGENT_DIAL);
	fill_leg(call, PROVIDER_CUSTOMER, res, row, COL_CUSTOMER_ID, COL_CUSTOMER_DIAL);
	call_tell(call); /* gateways learn whom to ask */
	call_carrier_check_now(call);
}

static void on_taken(int err, const struct vp_db_result *res, void *arg)
{
	struct controller *cc = arg;

	if (err) {
		cc->took_own = false;
		vp_log(WARN, "carrier_calls.not_taken_over", VP_KV_ERR(err));
	}
	for (size_t i = 0; !err && i < vp_db_rows(res); i++) {
		if (!controller_find(cc, vp_db_uuid(res, i, COL_ID))) {
			adopt(cc, res, i);
		}
	}
	if (!err && vp_db_rows(res) > 0) {
		vp_log(WARN, "carrier_calls.taken_over", VP_KV_INT("calls", vp_db_rows(res)));
	}
}

void on_carrier_orphans(struct controller *cc, const char *living, const char *lost)
{
	if (!cc->draining &&
		!vp_db_query(cc->db, take_over,
			VP_PARAMS(VP_P_TEXT(cc->node), VP_P_TEXT(living), VP_P_TEXT(lost),
				VP_P_INT(QUIET_S), VP_P_TIME(cc->took_own ? 0 : cc->started_us)),
			on_taken, cc, NULL)) {
		cc->took_own = true;
	}
}
