/* Tells the world how the call is: one durable unit of row and event, and a live hint to the user's
 * gateways, which does not wait for the database. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

/* Units that wait for a database that is away. Above it a change is not stored, the call goes on.
 * The end of a call whose row is open is stored in any case: nothing would close the row later.
 * Those are never more than calls (VOIP_MAX_CALLS), for which the queue has room (DB_QUEUE_MAX). */
#define BACKLOG_MAX 60000

Ringmain__V1__CallStatus call_status(const struct call *call)
{
	switch (call->state) {
	case CALL_OUT_ROUTING:
	case CALL_OUT_RINGING_AGENT:
	case CALL_OUT_PREPARING:
	case CALL_OUT_DIALING: return RINGMAIN__V1__CALL_STATUS__INITIATED;
	case CALL_TALKING:
	case CALL_HELD: return RINGMAIN__V1__CALL_STATUS__IN_PROGRESS;
	case CALL_COMPLETED: return RINGMAIN__V1__CALL_STATUS__COMPLETED;
	case CALL_FAILED: return RINGMAIN__V1__CALL_STATUS__FAILED;
	case CALL_BUSY: return RINGMAIN__V1__CALL_STATUS__BUSY;
	case CALL_NO_ANSWER: return RINGMAIN__V1__CALL_STATUS__NO_ANSWER;
	case CALL_CANCELED: return RINGMAIN__V1__CALL_STATUS__CANCELED;
	default: return RINGMAIN__V1__CALL_STATUS__RINGING;
	}
}

const char *call_status_text(Ringmain__V1__CallStatus status)
{
	static const char *const words[] = {"", "initiated", "ringing", "in-progress", "completed",
		"failed", "busy", "no-answer", "canceled"};

	return (size_t)status < VP_ARRAY_LEN(words) ? words[status] : "";
}

static void uuid_text(struct vp_uuid id, char text[VP_UUID_TEXT_SIZE])
{
	text[0] = '\0';
	if (!vp_uuid_is_nil(id)) {
		vp_uuid_text(id, text);
	}
}

void call_describe(const struct call *call, struct call_changed *changed)
{
	Ringmain__V1__CallChanged *msg = &changed->msg;

	ringmain__v1__call_changed__init(msg);
	ringmain__v1__contact__init(&changed->contact);
	uuid_text(call->id, changed->id);
	uuid_text(call->user, changed->user);
	uuid_text(call->trunk, changed->trunk);
	uuid_text(call->contact.id, changed->contact_id);
	changed->contact.type = (char *)(uintptr_t)call->contact.type;
	changed->contact.id = changed->contact_id;
	changed->contact.name = (char *)(uintptr_t)call->contact.name;
	changed->contact.company = (char *)(uintptr_t)call->contact.company;
	msg->call_id = changed->id;
	msg->version = call->version;
	msg->direction = (Ringmain__V1__Direction)call->direction;
	msg->status = call_status(call);
	msg->from_number = (char *)(uintptr_t)call->from;
	msg->to_number = (char *)(uintptr_t)call->to;
	msg->user_id = changed->user;
	msg->contact = call->contact.type[0] ? &changed->contact : NULL;
	msg->started_us = call->started_us;
	msg->answered_us = call->answered_us;
	msg->ended_us = call->ended_us;
	msg->duration_s =
		call->answered_us && call->ended_us
			? (uint32_t)((call->ended_us - call->answered_us + 500000) / 1000000)
			: 0;
	msg->hangup_by = (char *)(uintptr_t)call_by_name(call->by);
	msg->cause = (char *)(uintptr_t)call->cause;
	msg->message = (char *)(uintptr_t)call->message;
	msg->node = (char *)(uintptr_t)call->cc->node;
	msg->trunk_id = changed->trunk;
	msg->session = (char *)(uintptr_t)call->session;
	msg->held = call->state == CALL_HELD;
	msg->recording = call->recording;
	msg->early_media = call->early_media;
	msg->sip_status = call->sip_status;
	msg->click_to_call = call->click_to_call;
	msg->did = (char *)(uintptr_t)call->did;
	msg->driver = (char *)(uintptr_t)(call->carrier ? call->carrier->driver->name : "");
	if (call->carrier) {
		vp_uuid_text(call->carrier->provider, changed->provider);
		msg->provider_id = changed->provider;
	}
	msg->user_name = (char *)(uintptr_t)call->user_name;
}

/* --- live --- */

static void publish_to(struct call *call, struct vp_uuid user, const struct vp_event *event)
{
	char topic[64], id[VP_UUID_TEXT_SIZE];

	vp_uuid_text(user, id);
	(void)snprintf(topic, sizeof(topic), "rt.u.%s", id);
	(void)vp_bus_publish(call->cc->bus, topic, event);
}

/* To all whose tabs rang, so that they stop, and to whose call it is. */
static void publish(struct call *call, const struct vp_event *event)
{
	bool told = false;

	for (size_t i = 0; i < call->n_rung; i++) {
		publish_to(call, call->rung[i], event);
		told = told || vp_uuid_equal(call->rung[i], call->user);
	}
	if (!told && !vp_uuid_is_nil(call->user)) {
		publish_to(call, call->user, event);
	}
}

void call_hint(struct call *call, const char *type, const void *data, size_t len)
{
	char id[VP_UUID_TEXT_SIZE];
	const struct vp_event event = {.type = type,
		.org = call->org,
		.subject = id,
		.traceparent = call->traceparent,
		.data = data,
		.len = len};

	vp_uuid_text(call->id, id);
	if (!vp_uuid_is_nil(call->user)) {
		publish_to(call, call->user, &event);
	}
}

/* --- durable --- */

static void on_written(int err, void *arg)
{
	(void)arg;
	if (err) {
		vp_log(ERROR, "call.not_stored", VP_KV_ERR(err));
	}
}

static bool may_wait(const struct call *call)
{
	return vp_db_write_backlog(call->cc->db) < BACKLOG_MAX ||
	       (call->stored && call_is_over(call->state));
}

static int store(struct call *call, const struct vp_event *event)
{
	struct controller *cc = call->cc;
	struct vp_db_tx *tx;
	int err;

	if (!may_wait(call)) {
		return EAGAIN;
	}
	tx = vp_db_tx_create();
	if (!tx) {
		return ENOMEM;
	}
	err = call_store(call, tx);
	if (!err) {
		err = vp_bus_emit(cc->bus, tx, event);
	}
	if (call->click_to_call && !call->stored) {
		vp_db_tx_hurry(tx); /* who asked by REST may hang up by its row at once */
	}
	if (!err) {
		err = vp_db_write(cc->db, tx, on_written, NULL);
	}
	if (err) {
		vp_db_tx_destroy(tx);
		return err;
	}
	call->stored = true;
	return 0;
}

void call_tell(struct call *call)
{
	struct call_changed changed;
	struct vp_event event = {
		.type = "call.changed", .org = call->org, .traceparent = call->traceparent};
	uint8_t buf[4096];
	int err;

	call->version++;
	call_describe(call, &changed);
	if (ringmain__v1__call_changed__get_packed_size(&changed.msg) > sizeof(buf)) {
		vp_log(ERROR, "call.too_large");
		return;
	}
	event.subject = changed.id;
	event.data = buf;
	event.len = ringmain__v1__call_changed__pack(&changed.msg, buf);
	err = store(call, &event);
	if (err) {
		vp_log(ERROR, "call.not_stored", VP_KV_ERR(err));
	}
	publish(call, &event);
}
