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
struct vp_bus_slot {
	struct bus_link *link;
	struct bus_mark mark;
	bool committed, is_void;
	bool voided; /* the unit's own statement wrote a void in its place */
	struct bus_packed packed;
	char topic[BUS_TOPIC_MAX + 1];
};

static void emit_void(struct vp_bus *bus, struct bus_mark mark);

static int pack_void(struct vp_bus *bus, struct bus_packed *ret)
{
	const struct vp_event event = {.type = VOID_TYPE};
	const struct vp_uuid id = vp_uuid_new();
	Ringmain__V1__Envelope env = bus_envelope(bus, &id, &event);
	return bus_wire_pack(&env, ret);
}

static void set_topic(struct vp_bus *bus, struct vp_bus_slot *p, const struct vp_event *event)
{
	char org[VP_UUID_TEXT_SIZE] = "-";
	if (!vp_uuid_is_nil(event->org)) {
		vp_uuid_text(event->org, org);
	}
	snprintf(p->topic, sizeof(p->topic), "ev.%s.%s.%s", bus->service, org, event->type);
}

static void on_commit(void *arg)
{
	struct vp_bus_slot *p = arg;
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
	/* A void may be a second run's, of a unit whose first one wrote the event: only the table
	 * knows, and consumers look there when a number is missing. */
	if (!p->voided) {
		bus_send(bus, p->topic, &p->mark, &p->packed);
	}
}

static void on_free(void *arg)
{
	struct vp_bus_slot *p = arg;
	struct vp_bus *bus = p->link->bus;
	if (bus && !p->committed && !p->is_void) {
		emit_void(bus, p->mark);
	}
	bus_link_deref(p->link);
	free(p->packed.data);
	free(p);
}

/* The stream's own row goes with the first event of it. */
static int announce(struct vp_bus *bus, struct vp_db_tx *tx, struct vp_uuid stream)
{
	if (bus->producer.announced) {
		return 0;
	}
	return vp_db_tx_add(tx, sql_stream,
		VP_PARAMS(VP_P_UUID(stream), VP_P_TEXT(bus->service), VP_P_TEXT(bus->node),
			VP_P_TIME(vp_time_us())));
}

static int add_row(struct vp_db_tx *tx, const struct vp_bus_slot *p,
	const Ringmain__V1__Envelope *env, struct vp_uuid org, struct vp_uuid id)
{
	return vp_db_tx_add(tx, sql_event,
		VP_PARAMS(VP_P_UUID(p->mark.stream), VP_P_INT((int64_t)p->mark.seq), VP_P_UUID(org),
			VP_P_UUID(id), VP_P_TEXT(env->type), VP_P_TEXT(env->subject),
			VP_P_TEXT(env->traceparent), VP_P_TIME(env->time_us),
			VP_P_BYTES(p->packed.data, p->packed.len)));
}

static void tell_row(
	const struct vp_bus_slot *p, struct vp_uuid id, int64_t time_us, struct vp_bus_row *ret_row)
{
	*ret_row = (struct vp_bus_row){.stream = p->mark.stream,
		.id = id,
		.seq = p->mark.seq,
		.time_us = time_us,
		.data = p->packed.data,
		.len = p->packed.len};
}

/* Adds an event with a given number to a unit; with ret_row its row is left to the caller. */
static int add(struct vp_bus *bus, struct vp_db_tx *tx, const struct vp_event *event,
	struct vp_bus_slot *p, struct vp_bus_row *ret_row)
{
	set_topic(bus, p, event);
	const struct vp_uuid id = vp_uuid_new();
	Ringmain__V1__Envelope env = bus_envelope(bus, &id, event);
	int err = bus_wire_pack(&env, &p->packed);
	if (!err) {
		err = announce(bus, tx, p->mark.stream);
	}
	if (!err && ret_row) {
		tell_row(p, id, env.time_us, ret_row);
	} else if (!err) {
		err = add_row(tx, p, &env, event->org, id);
	}
	if (!err) {
		p->link = bus_link_ref(bus->link);
		err = vp_db_tx_on_commit(tx, on_commit, on_free, p);
		if (err) {
			bus_link_deref(p->link);
		}
	}
	return err;
}

static struct vp_bus_slot *slot_free(struct vp_bus_slot *p)
{
	free(p->packed.data);
	free(p);
	return NULL;
}

static void emit_void(struct vp_bus *bus, struct bus_mark mark)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	struct vp_bus_slot *p = calloc(1, sizeof(*p));
	if (!tx || !p) {
		vp_db_tx_destroy(tx);
		free(p);
		return; /* consumers skip the hole after a while */
	}
	*p = (struct vp_bus_slot){.mark = mark, .is_void = true};
	if (add(bus, tx, &(struct vp_event){.type = VOID_TYPE}, p, NULL) != 0) {
		slot_free(p);
		vp_db_tx_destroy(tx);
	} else if (vp_db_write(bus->db, tx, NULL, NULL) != 0) {
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

static int may_emit(const struct vp_bus *bus, const struct vp_event *event)
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
	return event->len > BUS_DATA_MAX ? EMSGSIZE : 0;
}

static int emit(struct vp_bus *bus, struct vp_db_tx *tx, const struct vp_event *event,
	struct vp_bus_slot **ret_slot, struct vp_bus_row *ret_row)
{
	int err = may_emit(bus, event);
	if (!err) {
		err = renew_stream(bus, tx);
	}
	if (err) {
		return err;
	}
	struct vp_bus_slot *p = calloc(1, sizeof(*p));
	if (!p) {
		return ENOMEM;
	}
	p->mark = (struct bus_mark){.stream = bus->producer.stream, .seq = bus->producer.last + 1};
	err = add(bus, tx, event, p, ret_row);
	if (err) {
		slot_free(p);
		return err;
	}
	bus->producer.last++;
	*ret_slot = p;
	return 0;
}

int vp_bus_emit(struct vp_bus *bus, struct vp_db_tx *tx, const struct vp_event *event)
{
	struct vp_bus_slot *slot;
	return emit(bus, tx, event, &slot, NULL);
}

int vp_bus_reserve(struct vp_bus *bus, struct vp_db_tx *tx, const struct vp_event *event,
	struct vp_bus_slot **ret_slot, struct vp_bus_row *ret_row)
{
	return emit(bus, tx, event, ret_slot, ret_row);
}

void vp_bus_slot_void(struct vp_bus_slot *slot, bool is_void)
{
	slot->voided = is_void;
}

int vp_bus_void(struct vp_bus *bus, uint8_t **ret_data, size_t *ret_len)
{
	struct bus_packed packed;
	int err = pack_void(bus, &packed);
	if (!err) {
		*ret_data = packed.data;
		*ret_len = packed.len;
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
