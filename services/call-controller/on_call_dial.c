/* "call.dial": an agent calls. A key that was used before gets the first call's answer, also from
 * another controller: the key stands in the database before anything is dialled. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/call-controller/domain/sip_status.h"
#include "services/call-controller/request.h"

#define KEY_MAX 200

/* The first call to bring the key wins, and who comes later sees whose it is; also who comes while
 * the first one's insertion is under way, which a select beside it would not see: hence the update
 * that changes nothing. */
static const char take_key[] =
	"with k as (insert into voip.call_dial_keys (org_id, user_id, key, call_id)"
	" values ($1, $2, $3, $4) on conflict (org_id, user_id, key)"
	" do update set key = excluded.key returning call_id)"
	" select k.call_id, coalesce(c.status, 'initiated') from k"
	" left join voip.calls c on c.org_id = $1 and c.id = k.call_id";

/* A dial that waits for its key. */
struct dial {
	struct controller *cc;
	struct vp_bus_call *request;
	struct vp_uuid id;
	char to[CALL_NUMBER_SIZE], from[CALL_NUMBER_SIZE], region[4];
};

static void reply(struct vp_bus_call *request, struct vp_uuid call, Ringmain__V1__CallStatus status)
{
	Ringmain__V1__CallDialed msg = RINGMAIN__V1__CALL_DIALED__INIT;
	char id[VP_UUID_TEXT_SIZE];
	uint8_t buf[64];

	vp_uuid_text(call, id);
	msg.call_id = id;
	msg.status = status;
	vp_bus_reply_ok(request, buf, ringmain__v1__call_dialed__pack(&msg, buf));
}

static void start(struct dial *dial, struct call *call)
{
	reply(dial->request, call->id, call_status(call));
	vp_metric_add(dial->cc->metrics.dialled, 1);
	call_tell(call);
	call_route_outbound(call, dial->to, dial->from, dial->region);
}

static Ringmain__V1__CallStatus status_of(const char *text)
{
	for (int i = 1; i <= RINGMAIN__V1__CALL_STATUS__CANCELED; i++) {
		if (strcmp(text, call_status_text((Ringmain__V1__CallStatus)i)) == 0) {
			return (Ringmain__V1__CallStatus)i;
		}
	}
	return RINGMAIN__V1__CALL_STATUS__INITIATED;
}

static void on_key(int err, const struct vp_db_result *res, void *arg)
{
	struct dial *dial = arg;
	struct call *call = controller_find(dial->cc, dial->id);
	struct vp_uuid first = dial->id;

	if (err || vp_db_rows(res) == 0) {
		/* a database that is away stops no call: the bus still knows the key for minutes */
		vp_log(WARN, "dial.key_not_stored", VP_KV_ERR(err ? err : ENOENT));
	} else {
		first = vp_db_uuid(res, 0, 0);
	}
	if (!vp_uuid_equal(first, dial->id)) {
		reply(dial->request, first, status_of(vp_db_text(res, 0, 1)));
		if (call) {
			call_forget(call);
		}
	} else if (call) {
		call->looking_up = NULL;
		start(dial, call);
	} else {
		vp_bus_reply_error(dial->request, 503, "shutdown", call_cause_text("shutdown"));
	}
	free(dial);
}

/* Copies what the call keeps; false when something is too long or missing. */
static bool fill(struct call *call, const Ringmain__V1__CallDial *msg)
{
	struct vp_uuid entity;

	if (!vp_uuid_parse(msg->user_id, &call->user) || strlen(msg->sdp_offer) > CALL_SDP_MAX ||
		!vp_strcopy(call->to, sizeof(call->to), msg->to_number) || !call->to[0] ||
		!vp_strcopy(call->from, sizeof(call->from), msg->from_number) ||
		!vp_strcopy(call->session, sizeof(call->session), msg->session)) {
		return false;
	}
	(void)vp_strcopy(call->user_name, sizeof(call->user_name), msg->user_name);
	if (msg->entity_type[0] && vp_uuid_parse(msg->entity_id, &entity) &&
		vp_strcopy(call->contact.type, sizeof(call->contact.type), msg->entity_type)) {
		call->contact.id = entity;
	}
	call->rung[0] = call->user;
	call->n_rung = 1;
	call->click_to_call = !msg->sdp_offer[0];
	call->tab_offer = call->click_to_call ? NULL : strdup(msg->sdp_offer);
	return call->click_to_call || call->tab_offer;
}

static bool is_entity(const char *type)
{
	return strcmp(type, "person") == 0 || strcmp(type, "lead") == 0 ||
	       strcmp(type, "deal") == 0 || !type[0];
}

static void take(struct controller *cc, struct vp_bus_call *request, const struct vp_bus_msg *msg,
	const Ringmain__V1__CallDial *body)
{
	struct call *call;
	struct dial *dial;

	if (!is_entity(body->entity_type) || strlen(msg->idempotency_key) > KEY_MAX) {
		vp_bus_reply_error(request, 400, "malformed", "The request cannot be read.");
		return;
	}
	call = call_create(cc, msg->org, CALL_OUTBOUND);
	dial = calloc(1, sizeof(*dial));
	if (!call || !dial || !fill(call, body)) {
		vp_bus_reply_error(request, 400, "invalid_number",
			"The number or the offer of the call is missing or too long.");
		free(dial);
		if (call) {
			call_forget(call);
		}
		return;
	}
	*dial = (struct dial){.cc = cc, .request = request, .id = call->id};
	(void)vp_strcopy(dial->to, sizeof(dial->to), body->to_number);
	(void)vp_strcopy(dial->from, sizeof(dial->from), body->from_number);
	(void)vp_strcopy(dial->region, sizeof(dial->region), body->default_region);
	(void)vp_strcopy(call->traceparent, sizeof(call->traceparent), msg->traceparent);
	if (!msg->idempotency_key[0]) {
		start(dial, call);
		free(dial);
	} else if (vp_db_query(cc->db, take_key,
			   VP_PARAMS(VP_P_UUID(msg->org), VP_P_UUID(call->user),
				   VP_P_TEXT(msg->idempotency_key), VP_P_UUID(call->id)),
			   on_key, dial, NULL)) {
		on_key(EAGAIN, NULL, dial);
	}
}

static void on_request(struct vp_bus_call *request, const struct vp_bus_msg *msg, void *arg)
{
	struct controller *cc = arg;
	const char *busy = controller_busy(cc);
	Ringmain__V1__CallDial *body;

	if (busy) {
		vp_bus_reply_error(request, 503, busy, call_cause_text(busy));
		return;
	}
	body = REQUEST_UNPACK(ringmain__v1__call_dial__unpack, request, msg);
	if (body) {
		take(cc, request, msg, body);
		ringmain__v1__call_dial__free_unpacked(body, NULL);
	}
}

void on_call_dial(struct controller *cc)
{
	vp_bus_serve(cc->bus, "call.dial", on_request, cc);
}
