/* Durable events: a number of our stream and a row in the unit that changes the state, and the
 * publication once it is committed. A unit that fails leaves a hole in the numbers; a row that says
 * so fills it, or every consumer would wait for what never comes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/bus_int.h"
#include "libcommon/bus/owners.h"

#define VOID_TYPE "bus.void"

static const char sql_stream[] =
	"insert into streams (stream, service, node_id, started_at) values ($1, $2, $3, $4) "
	"on conflict do nothing";
static const char sql_close[] =
	"update streams set last_seq = $2, closed_at = $3 where stream = $1";
static const char sql_event[] =
	"insert into event_log (stream, seq, org_id, id, type, subject, traceparent, at, data) "
	"values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing";

/* An event between its emission and the end of its unit. */
struct pending {
	struct bus_link *link;
	struct bus_mark mark;
	bool committed, is_void;
	struct bus_packed packed;
	char topic[BUS_TOPIC_MAX + 1];
};

static void emit_void(struct vp_bus *bus, struct bus_mark mark);

static void on_commit(void *arg)
{
	struct pending *p = arg;
	struct vp_bus *bus = p->link->bus;
	p->committed = true;
	if (!bus) {
		return;
	}
	struct bus_producer *producer = &bus->producer;
	if (vp_uuid_equal(p->mark.stream, producer->stream)) {
		producer->announced = true;
		if (p->mark.seq > producer->committed) {
			producer->committed = p->mark.seq;
		}
	}
	bus_send(bus, p->topic, &p->mark, &p->packed);
}

static void on_free(void *arg)
{
	struct pending *p = arg;
	struct vp_bus *bus = p->link->bus;
	if (bus && !p->committed && !p->is_void) {
		emit_void(bus, p->mark);
	}
	bus_link_deref(p->link);
	free(p->packed.data);
	free(p);
}

static int add_rows(struct vp_bus *bus, struct vp_db_tx *tx, const struct pending *p,
	const Ringmain__V1__Envelope *env, struct vp_uuid org)
{
	struct vp_uuid id;
	memcpy(id.b, env->id.data, sizeof(id.b));
	int err = 0;
	if (!bus->producer.announced) {
		err = vp_db_tx_add(tx, sql_stream,
			VP_PARAMS(VP_P_UUID(p->mark.stream), VP_P_TEXT(bus->service),
				VP_P_TEXT(bus->node), VP_P_TIME(vp_time_us())));
	}
	if (!err) {
		err = vp_db_tx_add(tx, sql_event,
			VP_PARAMS(VP_P_UUID(p->mark.stream), VP_P_INT((int64_t)p->mark.seq),
				VP_P_UUID(org), VP_P_UUID(id), VP_P_TEXT(env->type),
				VP_P_TEXT(env->subject), VP_P_TEXT(env->traceparent),
				VP_P_TIME(env->time_us),
				VP_P_BYTES(p->packed.data, p->packed.len)));
	}
	return err;
}

static void set_topic(struct vp_bus *bus, struct pending *p, const struct vp_event *event)
{
	char org[VP_UUID_TEXT_SIZE] = "-";
	if (!vp_uuid_is_nil(event->org)) {
		vp_uuid_text(event->org, org);
	}
	snprintf(p->topic, sizeof(p->topic), "ev.%s.%s.%s", bus->service, org, event->type);
}

/* Adds an event with a given number to a unit. */
static int add(struct vp_bus *bus, struct vp_db_tx *tx, const struct vp_event *event,
	struct bus_mark mark, bool is_void)
{
	struct pending *p = calloc(1, sizeof(*p));
	if (!p) {
		return ENOMEM;
	}
	p->mark = mark;
	p->is_void = is_void;
	set_topic(bus, p, event);
	const struct vp_uuid id = vp_uuid_new();
	Ringmain__V1__Envelope env = bus_envelope(bus, &id, event);
	int err = bus_wire_pack(&env, &p->packed);
	if (!err) {
		err = add_rows(bus, tx, p, &env, event->org);
	}
	if (!err) {
		p->link = bus_link_ref(bus->link);
		err = vp_db_tx_on_commit(tx, on_commit, on_free, p);
		if (err) {
			bus_link_deref(p->link);
		}
	}
	if (err) {
		free(p->packed.data);
		free(p);
	}
	return err;
}

static void emit_void(struct vp_bus *bus, struct bus_mark mark)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	if (!tx) {
		return; /* consumers skip the hole after a while */
	}
	const struct vp_event event = {.type = VOID_TYPE};
	if (add(bus, tx, &event, mark, true) != 0 || vp_db_write(bus->db, tx, NULL, NULL) != 0) {
		vp_db_tx_destroy(tx);
	}
}

static int add_close(struct vp_bus *bus, struct vp_db_tx *tx)
{
	return vp_db_tx_add(tx, sql_close,
		VP_PARAMS(VP_P_UUID(bus->producer.stream), VP_P_INT((int64_t)bus->producer.last),
			VP_P_TIME(vp_time_us())));
}

/* A stream lives a day, so that old ones can go with their partition. */
static int renew_stream(struct vp_bus *bus, struct vp_db_tx *tx)
{
	struct bus_producer *producer = &bus->producer;
	int64_t now = vp_mono_us();
	if (now - producer->started_us < BUS_STREAM_LIFE_US) {
		return 0;
	}
	int err = producer->announced ? add_close(bus, tx) : 0;
	if (!err) {
		*producer = (struct bus_producer){.stream = vp_uuid_new(), .started_us = now};
	}
	return err;
}

int vp_bus_emit(struct vp_bus *bus, struct vp_db_tx *tx, const struct vp_event *event)
{
	if (!bus->db) {
		return ENOTSUP;
	}
	if (!bus_wire_type_ok(event->type)) {
		return EINVAL;
	}
	const char *owner = bus_owner_of(event->type);
	if (owner && strcmp(owner, bus->service) != 0) {
		return EACCES; /* its consumers do not look for it here */
	}
	if (event->len > BUS_DATA_MAX) {
		return EMSGSIZE;
	}
	int err = renew_stream(bus, tx);
	if (err) {
		return err;
	}
	struct bus_mark mark = {.stream = bus->producer.stream, .seq = bus->producer.last + 1};
	err = add(bus, tx, event, mark, false);
	if (!err) {
		bus->producer.last = mark.seq;
	}
	return err;
}

void bus_produce_close(struct vp_bus *bus)
{
	struct vp_db_tx *tx = bus->producer.announced ? vp_db_tx_create() : NULL;
	if (tx && (add_close(bus, tx) != 0 || vp_db_write(bus->db, tx, NULL, NULL) != 0)) {
		vp_db_tx_destroy(tx);
	}
}
