/* A controller is gone: its live calls are hung up at the trunks and closed, so that nothing stays
 * open there or here, and every screen learns of it. Fencing: rows are changed only while they
 * still name the dead node and are open, and what the dead one may yet write carries an older
 * version. Each controller does it for the nodes it knows to be dead; two at once do no harm. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"
#include "services/call-controller/domain/sip_status.h"
#include "services/call-controller/ua/saved.h"

#define ORPHANS_MAX 500     /* a round; the next one takes the rest */
#define FIRST_ROUND_MS 2500 /* the bus has heard everybody's heartbeat by then */
#define ROUND_MS 30000
#define QUIET_S 20 /* a node's row is refreshed each 10 s */

/* Calls of nodes that nobody heard: not of those that answer on the bus, nor of rows still fresh */
static const char find_orphans[] =
	"select c.org_id, c.id, c.version, c.direction, c.from_number, c.to_number, c.did, "
	"c.user_id,"
	" c.user_name, c.contact_type, c.contact_id, c.contact_name, c.contact_company, c.trunk_id,"
	" c.node_id, (extract(epoch from c.started_at) * 1000000)::bigint,"
	" coalesce((extract(epoch from c.answered_at) * 1000000)::bigint, 0), c.click_to_call, "
	"c.sip_dialogs"
	" from voip.calls c left join voip.nodes n on n.node_id = c.node_id"
	" where c.ended_at is null and (c.provider_id is null or c.trunk_id is not null or "
	"not exists (select from voip.providers p where p.org_id = c.org_id and p.id = "
	"c.provider_id))"
	" and "
	"((c.node_id = $4 and c.started_at < $5)"
	" or (c.node_id <> all(string_to_array($1, ',')) and (c.node_id = $2 or n.node_id is null"
	" or n.last_seen < now() - $3 * interval '1 second'))) limit 500";

static const char close_call[] =
	"update voip.calls set version = $3, status = $4, ended_at = $5, duration_s = $6,"
	" sip_dialogs = '', hangup_by = 'system', cause = 'node_lost', message = $7, updated_at = "
	"now()"
	" where org_id = $1 and id = $2 and node_id = $8 and ended_at is null and version < $3";

struct orphan {
	struct call_changed changed;
	struct vp_uuid org, id;
	char node[64];
};

static void on_written(int err, void *arg)
{
	(void)arg;
	if (err) {
		vp_log(ERROR, "orphan.not_closed", VP_KV_ERR(err));
	}
}

static void tell(struct controller *cc, const struct orphan *orphan, const struct vp_event *event)
{
	char topic[64];

	if (orphan->changed.user[0]) {
		(void)re_snprintf(topic, sizeof(topic), "rt.u.%s", orphan->changed.user);
		(void)vp_bus_publish(cc->bus, topic, event);
	}
}

static int close_one(struct controller *cc, struct orphan *orphan)
{
	Ringmain__V1__CallChanged *msg = &orphan->changed.msg;
	struct vp_event event = {
		.type = "call.changed", .org = orphan->org, .subject = orphan->changed.id};
	struct vp_db_tx *tx = vp_db_tx_create();
	uint8_t buf[4096];
	int err;

	if (!tx) {
		return ENOMEM;
	}
	event.data = buf;
	if (ringmain__v1__call_changed__get_packed_size(msg) > sizeof(buf)) {
		vp_db_tx_destroy(tx);
		return EMSGSIZE;
	}
	event.len = ringmain__v1__call_changed__pack(msg, buf);
	err = vp_db_tx_add(tx, close_call,
		VP_PARAMS(VP_P_UUID(orphan->org), VP_P_UUID(orphan->id), VP_P_INT(msg->version),
			VP_P_TEXT(call_status_text(msg->status)), VP_P_TIME(msg->ended_us),
			VP_P_INT(msg->duration_s), VP_P_TEXT(msg->message),
			VP_P_TEXT(orphan->node)));
	if (!err) {
		err = vp_bus_emit(cc->bus, tx, &event);
	}
	if (!err) {
		err = vp_db_write(cc->db, tx, on_written, NULL);
	}
	if (err) {
		vp_db_tx_destroy(tx);
		return err;
	}
	tell(cc, orphan, &event);
	return 0;
}

static char *text(const struct vp_db_result *res, size_t row, size_t col)
{
	return (char *)(uintptr_t)vp_db_text(res, row, col);
}

static void read_orphan(struct orphan *orphan, const struct vp_db_result *res, size_t row)
{
	struct call_changed *changed = &orphan->changed;
	Ringmain__V1__CallChanged *msg = &changed->msg;
	const bool inbound = strcmp(vp_db_text(res, row, 3), "inbound") == 0;

	memset(orphan, 0, sizeof(*orphan));
	ringmain__v1__call_changed__init(msg);
	ringmain__v1__contact__init(&changed->contact);
	orphan->org = vp_db_uuid(res, row, 0);
	orphan->id = vp_db_uuid(res, row, 1);
	(void)vp_strcopy(orphan->node, sizeof(orphan->node), vp_db_text(res, row, 14));
	vp_uuid_text(orphan->id, changed->id);
	(void)vp_strcopy(changed->user, sizeof(changed->user), vp_db_text(res, row, 7));
	msg->call_id = changed->id;
	/* above anything that the dead node may still write */
	msg->version = (uint32_t)vp_db_int(res, row, 2) + 100;
	msg->direction =
		inbound ? RINGMAIN__V1__DIRECTION__INBOUND : RINGMAIN__V1__DIRECTION__OUTBOUND;
	msg->from_number = text(res, row, 4);
	msg->to_number = text(res, row, 5);
	msg->did = text(res, row, 6);
	msg->user_id = changed->user;
	msg->user_name = text(res, row, 8);
	changed->contact.type = text(res, row, 9);
	changed->contact.id = text(res, row, 10);
	changed->contact.name = text(res, row, 11);
	changed->contact.company = text(res, row, 12);
	msg->contact = changed->contact.type[0] ? &changed->contact : NULL;
	msg->trunk_id = text(res, row, 13);
	msg->node = orphan->node;
	msg->started_us = vp_db_int(res, row, 15);
	msg->answered_us = vp_db_int(res, row, 16);
	msg->click_to_call = vp_db_bool(res, row, 17);
	msg->ended_us = vp_time_us();
	msg->status = msg->answered_us ? RINGMAIN__V1__CALL_STATUS__COMPLETED
				       : RINGMAIN__V1__CALL_STATUS__FAILED;
	msg->duration_s =
		msg->answered_us ? (uint32_t)((msg->ended_us - msg->answered_us) / 1000000) : 0;
	msg->hangup_by = (char *)(uintptr_t) "system";
	msg->cause = (char *)(uintptr_t) "node_lost";
	msg->message = (char *)(uintptr_t)call_cause_text("node_lost");
}

/* --- the far sides --- */

static unsigned tls_of(const char *trunk_id, void *arg)
{
	struct controller *cc = arg;
	struct vp_uuid id;
	struct trunk *trunk = vp_uuid_parse(trunk_id, &id) ? trunks_find(cc->trunks, id) : NULL;

	return trunk ? trunk->tls : 0;
}

static void hang_up(struct controller *cc, const char *dialogs)
{
	const int err = ua_saved_bye(cc->agent, dialogs, tls_of, cc);

	if (err) {
		vp_log(WARN, "orphan.not_hung_up", VP_KV_ERR(err));
	}
}

static void on_orphans(int err, const struct vp_db_result *res, void *arg)
{
	struct controller *cc = arg;
	struct orphan orphan;
	size_t closed = 0;

	for (size_t i = 0; !err && i < vp_db_rows(res); i++) {
		read_orphan(&orphan, res, i);
		hang_up(cc, vp_db_text(res, i, 18));
		closed += close_one(cc, &orphan) == 0;
	}
	if (closed > 0) {
		vp_log(WARN, "orphans.closed", VP_KV_INT("calls", closed));
	}
}

/* --- whose calls --- */

struct living {
	char text[8192];
	size_t len;
};

static void add_living(const char *node, unsigned load, unsigned capacity, void *arg)
{
	struct living *living = arg;
	const int n = re_snprintf(living->text + living->len, sizeof(living->text) - living->len,
		"%s%s", living->len > 0 ? "," : "", node);

	(void)load;
	(void)capacity;
	if (n > 0) {
		living->len += (size_t)n;
	}
}

/* lost: a node just reported dead, whose row is still fresh; "" for the regular round. Our own
 * older calls (before a restart under the same name) count as lost, too. */
static void look(struct controller *cc, const char *lost)
{
	static struct living living;

	living.len = 0;
	living.text[0] = '\0';
	vp_bus_nodes(cc->bus, "call-controller", add_living, &living);
	(void)vp_db_query(cc->db, find_orphans,
		VP_PARAMS(VP_P_TEXT(living.text), VP_P_TEXT(lost), VP_P_INT(QUIET_S),
			VP_P_TEXT(cc->node), VP_P_TIME(cc->started_us)),
		on_orphans, cc, NULL);
	on_carrier_orphans(cc, living.text, lost);
}

static void on_round(void *arg)
{
	struct controller *cc = arg;

	ua_timer_start(cc->timers, &cc->orphans, ROUND_MS, on_round, cc);
	if (vp_bus_ready(cc->bus) && vp_db_connected(cc->db)) {
		look(cc, "");
		carrier_hang_ups_take(cc);
	}
}

static void on_lost(const char *service, const char *node, void *arg)
{
	struct controller *cc = arg;

	if (strcmp(service, "call-controller") == 0 && strcmp(node, cc->node) != 0) {
		vp_log(WARN, "node.lost", VP_KV_STR("lost", node));
		look(cc, node);
	}
}

void on_node_lost(struct controller *cc)
{
	vp_bus_on_node_lost(cc->bus, on_lost, cc);
	ua_timer_start(cc->timers, &cc->orphans, FIRST_ROUND_MS, on_round, cc);
}
