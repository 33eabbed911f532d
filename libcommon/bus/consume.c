/* Durable events of others: each stream's numbers are dense, so what is expected next is known.
 * Lower is a copy, equal is applied, higher (in an event or a heartbeat) means that something was
 * missed, and replay.c reads it from the table. Nothing is buffered: what comes during a replay is
 * only noted, since the table has it too. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/bus_int.h"
#include "libcommon/bus/metrics.h"
#include "libcommon/bus/owners.h"

#define STREAMS_MAX 65536

int vp_bus_on_event(struct vp_bus *bus, const char *type, vp_bus_msg_h *h, void *arg)
{
	if (!bus->db) {
		return ENOTSUP;
	}
	if (bus->started) {
		return EBUSY;
	}
	return bus_handler_add(
		&bus->handlers, type, (struct bus_handler){.on_event = h, .arg = arg});
}

static void note_owner(struct bus_map_node *node, void *arg)
{
	struct bus_consumer *consumer = arg;
	const char *owner = bus_owner_of(BUS_OF(node, struct bus_handler, node)->type);
	for (unsigned i = 0; owner && i < consumer->n_owners; i++) {
		if (strcmp(consumer->owners[i], owner) == 0) {
			return;
		}
	}
	if (owner && consumer->n_owners < BUS_OWNERS_MAX) {
		consumer->owners[consumer->n_owners++] = owner;
	} else {
		consumer->of_all = true; /* a type that no owner is known for */
	}
}

int bus_consume_start(struct vp_bus *bus)
{
	struct bus_consumer *consumer = &bus->consumer;
	if (bus->handlers.n == 0) {
		return 0;
	}
	bus_map_each(&bus->handlers, note_owner, consumer);
	consumer->stage = BUS_CONSUMER_LOADING;
	if (consumer->of_all) {
		return bus_socket_subscribe(
			bus, "ev."); /* first subscribe, then look at the table */
	}
	int err = 0;
	for (unsigned i = 0; !err && i < consumer->n_owners; i++) {
		char topic[BUS_TOPIC_MAX + 1];
		snprintf(topic, sizeof(topic), "ev.%s.", consumer->owners[i]);
		err = bus_socket_subscribe(bus, topic);
	}
	return err;
}

bool bus_consume_cares(const struct vp_bus *bus, const char *service)
{
	const struct bus_consumer *consumer = &bus->consumer;
	for (unsigned i = 0; i < consumer->n_owners; i++) {
		if (strcmp(consumer->owners[i], service) == 0) {
			return true;
		}
	}
	return consumer->of_all;
}

struct bus_stream *bus_consume_stream(struct vp_bus *bus, struct vp_uuid id)
{
	struct bus_consumer *consumer = &bus->consumer;
	struct bus_map_node *node = bus_map_find(&consumer->streams, id.b, sizeof(id.b));
	if (node) {
		return BUS_OF(node, struct bus_stream, node);
	}
	if (consumer->streams.n >= STREAMS_MAX) {
		bus_count_drop(BUS_DROP_FULL);
		return NULL;
	}
	struct bus_stream *stream = calloc(1, sizeof(*stream));
	if (stream) {
		stream->id = id;
		/* a stream that the table did not have when we looked is new: all of it is ours */
		stream->next = consumer->stage == BUS_CONSUMER_ON ? 1 : 0;
		stream->node =
			(struct bus_map_node){.key = stream->id.b, .len = sizeof(stream->id.b)};
		bus_map_put(&consumer->streams, &stream->node);
	}
	return stream;
}

static void step(struct vp_bus *bus, struct bus_stream *stream)
{
	stream->next++;
	stream->hole_us = 0;
	bus->consumer.unsaved++;
}

static void pass_over(struct vp_bus *bus, struct bus_stream *stream)
{
	step(bus, stream);
	bus_count_drop(BUS_DROP_UNKNOWN);
}

void bus_consume_apply(struct vp_bus *bus, struct bus_stream *stream, const struct bus_in *in)
{
	const char *type = in->env->type;
	struct bus_map_node *node = bus_map_find(&bus->handlers, type, strlen(type));
	if (!node) {
		pass_over(bus, stream);
		return;
	}
	step(bus, stream);
	const struct bus_handler *handler = BUS_OF(node, struct bus_handler, node);
	const struct vp_bus_msg msg = bus_msg_of(in);
	handler->on_event(&msg, handler->arg);
}

static void heard_of(struct vp_bus *bus, struct bus_stream *stream, uint64_t seq)
{
	bool knew = stream->next && stream->seen_max >= stream->next;
	if (seq > stream->seen_max) {
		stream->seen_max = seq;
	}
	if (stream->next && !knew && seq >= stream->next) {
		bus_count_gap();
		bus_replay_next(bus);
	}
}

/* The type in "ev.<service>.<org>.<type>"; NULL: not of that form. */
static const char *type_in(const char *topic)
{
	const char *at = topic + 2;
	for (int i = 0; at && i < 2; i++) {
		at = strchr(at + 1, '.');
	}
	return at ? at + 1 : NULL;
}

bool bus_consume_wants(struct vp_bus *bus, const struct bus_in *in)
{
	struct bus_stream *stream = NULL;
	if (bus->consumer.stage != BUS_CONSUMER_OFF && in->mark.seq > 0) {
		stream = bus_consume_stream(bus, in->mark.stream);
	}
	if (!stream) {
		return false;
	}
	if (in->mark.seq < stream->next) {
		bus_count_drop(BUS_DROP_REPEAT);
		return false;
	}
	if (in->mark.seq > stream->next || stream->next == 0) {
		heard_of(bus, stream, in->mark.seq);
		return false;
	}
	const char *type = type_in(in->topic);
	if (type && !bus_map_find(&bus->handlers, type, strlen(type))) {
		pass_over(bus, stream);
		return false;
	}
	return true;
}

void bus_consume_on(struct vp_bus *bus, const struct bus_in *in)
{
	bus_consume_apply(bus, bus_consume_stream(bus, in->mark.stream), in);
}

void bus_consume_heard(struct vp_bus *bus, struct vp_uuid id, uint64_t last)
{
	if (bus->consumer.stage == BUS_CONSUMER_OFF || last == 0) {
		return;
	}
	struct bus_stream *stream = bus_consume_stream(bus, id);
	if (stream) {
		heard_of(bus, stream, last);
	}
}

void bus_consume_tick(struct vp_bus *bus, int64_t now)
{
	struct bus_consumer *consumer = &bus->consumer;
	if (consumer->stage == BUS_CONSUMER_OFF) {
		return;
	}
	if (now >= consumer->load_us) {
		bus_replay_load(bus, now);
	}
	bus_due(bus, consumer->load_us);
	bus_replay_next(bus);
	bus_cursor_tick(bus, now);
}

static void free_stream(struct bus_map_node *node, void *arg)
{
	(void)arg;
	free(BUS_OF(node, struct bus_stream, node));
}

void bus_consume_free(struct vp_bus *bus)
{
	vp_db_cancel(VP_TAKE(bus->consumer.load_op));
	vp_db_cancel(VP_TAKE(bus->consumer.replay_op));
	if (bus->consumer.streams.slots) {
		bus_map_each(&bus->consumer.streams, free_stream, NULL);
		bus_map_free(&bus->consumer.streams);
	}
}
