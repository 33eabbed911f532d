/* The rows of a call. The first unit inserts, later ones update and say what changed; a unit that
 * is repeated does no harm, and one of a controller that was declared dead changes nothing (the
 * version and node fence it off). */
#include <stdio.h>
#include "libcommon/db/db.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"
#include "services/call-controller/ua/saved.h"

static const char insert_call[] =
	"insert into voip.calls (org_id, id, version, direction, status, from_number, to_number, "
	"did,"
	" user_id, user_name, contact_type, contact_id, contact_name, contact_company, provider_id,"
	" trunk_id, trunk_name, node_id, session, click_to_call, started_at, answered_at, ended_at,"
	" duration_s, hangup_by, cause, message, sip_status)"
	" values "
	"($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,"
	"$24,$25,$26,$27,$28) on conflict (org_id, id) do nothing";

static const char update_call[] =
	"update voip.calls set version = $3, status = $4, user_id = $5, user_name = $6, "
	"contact_type = "
	"$7,"
	" contact_id = $8, contact_name = $9, contact_company = $10, provider_id = $11, trunk_id = "
	"$12,"
	" trunk_name = $13, session = $14, answered_at = $15, ended_at = $16, duration_s = $17,"
	" hangup_by = $18, cause = $19, message = $20, sip_status = $21, from_number = $22,"
	" to_number = $23, did = $24, mos_x100 = $25, sip_dialogs = $27, updated_at = now()"
	" where org_id = $1 and id = $2 and node_id = $26 and version < $3 and ended_at is null";

static const char insert_legs[] = "insert into voip.call_legs (org_id, call_id, leg, kind, peer, "
				  "trunk_id, sip_call_id, sip_status,"
				  " codec, rtp_stats, started_at, answered_at, ended_at)"
				  " values ($1,$2,1,'agent',$3,null,'',0,$4,$5::jsonb,$6,$7,$8),"
				  " ($1,$2,2,'customer',$9,$10,$11,$12,$4,$13::jsonb,$6,$7,$8)"
				  " on conflict (org_id, call_id, leg) do nothing";

static struct vp_db_param uuid_or_null(struct vp_uuid id)
{
	return vp_uuid_is_nil(id) ? VP_P_NULL() : VP_P_UUID(id);
}

static struct vp_db_param text_or_null(const char *text)
{
	return text[0] ? VP_P_TEXT(text) : VP_P_NULL();
}

static int64_t duration_s(const struct call *call)
{
	return call->answered_us && call->ended_us
		       ? (call->ended_us - call->answered_us + 500000) / 1000000
		       : 0;
}

static int insert(const struct call *call, struct vp_db_tx *tx)
{
	return vp_db_tx_add(tx, insert_call,
		VP_PARAMS(VP_P_UUID(call->org), VP_P_UUID(call->id), VP_P_INT(call->version),
			VP_P_TEXT(call->direction == CALL_INBOUND ? "inbound" : "outbound"),
			VP_P_TEXT(call_status_text(call_status(call))), VP_P_TEXT(call->from),
			VP_P_TEXT(call->to), VP_P_TEXT(call->did), uuid_or_null(call->user),
			VP_P_TEXT(call->user_name), text_or_null(call->contact.type),
			uuid_or_null(call->contact.id), VP_P_TEXT(call->contact.name),
			VP_P_TEXT(call->contact.company), uuid_or_null(call->provider),
			uuid_or_null(call->trunk), VP_P_TEXT(call->trunk_name),
			VP_P_TEXT(call->cc->node), VP_P_TEXT(call->session),
			VP_P_BOOL(call->click_to_call), VP_P_TIME(call->started_us),
			VP_P_TIME(call->answered_us), VP_P_TIME(call->ended_us),
			VP_P_INT(duration_s(call)), VP_P_TEXT(call_by_name(call->by)),
			VP_P_TEXT(call->cause), VP_P_TEXT(call->message),
			VP_P_INT(call->sip_status)));
}

/* What another controller needs to hang up for us; nothing once the call is over. */
static const char *dialogs(const struct call *call)
{
	static struct ua_text text;
	char trunk[VP_UUID_TEXT_SIZE];

	ua_text_reset(&text);
	if (!call_is_over(call->state) && call->caller) {
		vp_uuid_text(call->caller_trunk, trunk);
		ua_saved_write(call->caller, trunk, &text);
	}
	if (!call_is_over(call->state) && call->callee) {
		vp_uuid_text(call->callee_trunk, trunk);
		ua_saved_write(call->callee, trunk, &text);
	}
	ua_text_mem(&text, "", 1);
	return text.full ? "" : text.buf;
}

static int update(const struct call *call, struct vp_db_tx *tx)
{
	const unsigned mos = call->quality[0].mos_x100;

	return vp_db_tx_add(tx, update_call,
		VP_PARAMS(VP_P_UUID(call->org), VP_P_UUID(call->id), VP_P_INT(call->version),
			VP_P_TEXT(call_status_text(call_status(call))), uuid_or_null(call->user),
			VP_P_TEXT(call->user_name), text_or_null(call->contact.type),
			uuid_or_null(call->contact.id), VP_P_TEXT(call->contact.name),
			VP_P_TEXT(call->contact.company), uuid_or_null(call->provider),
			uuid_or_null(call->trunk), VP_P_TEXT(call->trunk_name),
			VP_P_TEXT(call->session), VP_P_TIME(call->answered_us),
			VP_P_TIME(call->ended_us), VP_P_INT(duration_s(call)),
			VP_P_TEXT(call_by_name(call->by)), VP_P_TEXT(call->cause),
			VP_P_TEXT(call->message), VP_P_INT(call->sip_status), VP_P_TEXT(call->from),
			VP_P_TEXT(call->to), VP_P_TEXT(call->did),
			mos ? VP_P_INT(mos) : VP_P_NULL(), VP_P_TEXT(call->cc->node),
			VP_P_TEXT(dialogs(call))));
}

static void stats_json(const struct call_quality *quality, char buf[192])
{
	(void)snprintf(buf, 192,
		"{\"rx_packets\":%llu,\"lost\":%u,\"jitter_us\":%u,\"rtt_us\":%u,"
		"\"remote_lost_permille\":%u}",
		(unsigned long long)quality->rx_packets, quality->lost, quality->jitter_us,
		quality->rtt_us, quality->remote_lost_permille);
}

static int legs(const struct call *call, struct vp_db_tx *tx)
{
	char agent[192], customer[192];

	stats_json(&call->quality[0], agent);
	stats_json(&call->quality[1], customer);
	return vp_db_tx_add(tx, insert_legs,
		VP_PARAMS(VP_P_UUID(call->org), VP_P_UUID(call->id), VP_P_TEXT(call->session),
			VP_P_TEXT(call->codec), VP_P_TEXT(agent), VP_P_TIME(call->started_us),
			VP_P_TIME(call->answered_us), VP_P_TIME(call->ended_us),
			VP_P_TEXT(call->direction == CALL_INBOUND ? call->from : call->to),
			uuid_or_null(call->trunk), VP_P_TEXT(call->sip_call_id),
			VP_P_INT(call->sip_status), VP_P_TEXT(customer)));
}

int call_store(const struct call *call, struct vp_db_tx *tx)
{
	int err = call->stored ? update(call, tx) : insert(call, tx);

	if (!err && call->carrier) {
		err = call_carrier_store(call, tx);
	} else if (!err && !call->stored && call->direction == CALL_INBOUND &&
		   !call_is_over(call->state)) {
		err = call_contact_join(call, tx);
	}
	if (!err && call_is_over(call->state)) {
		err = legs(call, tx);
	}
	if (!err && call_is_over(call->state)) {
		err = call_contact_store(call, tx);
	}
	return err;
}
