/* Who is there: a heartbeat each second, and what the others' heartbeats say. Our own comes back
 * through the forwarders too; that is how we know that the bus carries us, and only while it does
 * is another's silence taken for its death. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/bus_int.h"
#include "libcommon/bus/metrics.h"

#define BEAT_TYPE "bus.heartbeat"

static void send_beat(struct vp_bus *bus, Ringmain__V1__Heartbeat__State state)
{
	Ringmain__V1__Heartbeat beat = RINGMAIN__V1__HEARTBEAT__INIT;
	beat.service = bus->service;
	beat.node = bus->node;
	beat.stream = bus_wire_id(&bus->producer.stream);
	beat.last_seq = bus->producer.committed;
	beat.load = bus->load;
	beat.capacity = bus->capacity;
	beat.state = state;
	beat.epoch = bus_wire_id(&bus->epoch);
	uint8_t data[4 * BUS_NAME_MAX];
	const struct vp_event event = {
		.type = BEAT_TYPE, .data = data, .len = ringmain__v1__heartbeat__pack(&beat, data)};
	const struct vp_uuid id = vp_uuid_new();
	Ringmain__V1__Envelope env = bus_envelope(bus, &id, &event);
	struct bus_packed packed;
	if (bus_wire_pack(&env, &packed) == 0) {
		bus_send_live(bus, bus->hb_topic, &packed);
		free(packed.data);
	}
}

static void beat_soon(struct vp_bus *bus)
{
	int64_t soon = vp_mono_us() + BUS_BEAT_FIRST_US;
	if (soon < bus->beat_us) {
		bus->beat_us = soon;
		bus_due(bus, soon);
	}
}

bool bus_presence_up(const struct vp_bus *bus, int64_t now)
{
	return bus->own_us && now - bus->own_us < BUS_SUSPECT_US;
}

struct bus_node *bus_presence_find(struct vp_bus *bus, const char *service, const char *node)
{
	struct bus_node *one;
	LIST_FOREACH(one, &bus->nodes, link)
	{
		if (strcmp(one->node, node) == 0 && strcmp(one->service, service) == 0) {
			return one;
		}
	}
	return NULL;
}

static struct bus_node *add_node(struct vp_bus *bus, const Ringmain__V1__Heartbeat *beat)
{
	if (bus->n_nodes >= BUS_NODES_MAX) {
		bus_count_drop(BUS_DROP_FULL);
		return NULL;
	}
	struct bus_node *node = calloc(1, sizeof(*node));
	if (node) {
		vp_strcopy(node->service, sizeof(node->service), beat->service);
		vp_strcopy(node->node, sizeof(node->node), beat->node);
		LIST_INSERT_HEAD(&bus->nodes, node, link);
		bus->n_nodes++;
		beat_soon(bus); /* a newcomer learns of us at once */
	}
	return node;
}

static void remove_node(struct vp_bus *bus, struct bus_node *node)
{
	LIST_REMOVE(node, link);
	bus->n_nodes--;
	bus_request_on_node_lost(bus, node->service, node->node);
	if (bus->on_node_lost) {
		bus->on_node_lost(node->service, node->node, bus->on_node_lost_arg);
	}
	free(node);
}

/* We hear ourselves: the bus carries. After a silence nobody else can be blamed for theirs. */
static void on_own_beat(struct vp_bus *bus, int64_t now)
{
	if (!bus_presence_up(bus, now)) {
		bus->own_first_us = now;
		bus_due(bus, now + BUS_LEARNT_US);
		struct bus_node *node;
		LIST_FOREACH(node, &bus->nodes, link)
		{
			node->heard_us = now;
		}
	}
	bus->own_us = now;
}

static bool beat_ok(const Ringmain__V1__Heartbeat *beat, const char *topic)
{
	char wanted[BUS_TOPIC_MAX + 1];
	if (!bus_wire_name_ok(beat->service) || !bus_wire_name_ok(beat->node) ||
		beat->epoch.len != 16 || (beat->stream.len != 16 && beat->stream.len != 0)) {
		return false;
	}
	snprintf(wanted, sizeof(wanted), "hb.%s.%s", beat->service, beat->node);
	return strcmp(topic, wanted) == 0; /* the forwarder vouches for the topic only */
}

static void note(struct vp_bus *bus, const Ringmain__V1__Heartbeat *beat, int64_t now)
{
	struct bus_node *node = bus_presence_find(bus, beat->service, beat->node);
	if (node && memcmp(beat->epoch.data, node->epoch.b, 16) < 0) {
		return; /* an earlier process of that name */
	}
	if (beat->state == RINGMAIN__V1__HEARTBEAT__STATE__GONE) {
		if (node) {
			remove_node(bus, node);
		}
		return;
	}
	bool is_new = !node;
	if (!node) {
		node = add_node(bus, beat);
	}
	if (!node) {
		return;
	}
	memcpy(node->epoch.b, beat->epoch.data, 16);
	node->load = beat->load;
	node->capacity = beat->capacity;
	node->draining = beat->state == RINGMAIN__V1__HEARTBEAT__STATE__DRAINING;
	node->sent = 0;
	node->heard_us = now;
	if (is_new) {
		bus_request_on_node(bus, node);
	}
}

void bus_presence_on(struct vp_bus *bus, const struct bus_in *in)
{
	const ProtobufCBinaryData *data = &in->env->data;
	const Ringmain__V1__Heartbeat *beat =
		ringmain__v1__heartbeat__unpack(&bus->arena.allocator, data->len, data->data);
	if (!beat || !beat_ok(beat, in->topic)) {
		bus_count_drop(BUS_DROP_BAD);
		return;
	}
	int64_t now = vp_mono_us();
	if (memcmp(beat->epoch.data, bus->epoch.b, 16) == 0) {
		on_own_beat(bus, now);
	} else if (beat->stream.len == 16 && bus_consume_cares(bus, beat->service)) {
		struct vp_uuid stream;
		memcpy(stream.b, beat->stream.data, 16);
		bus_consume_heard(bus, stream, beat->last_seq);
	}
	note(bus, beat, now);
}

static void bury_the_silent(struct vp_bus *bus, int64_t now)
{
	struct bus_node *node = LIST_FIRST(&bus->nodes);
	while (node) {
		struct bus_node *next = LIST_NEXT(node, link);
		if (now - node->heard_us > BUS_DEAD_US) {
			remove_node(bus, node);
		}
		node = next;
	}
}

void bus_presence_tick(struct vp_bus *bus, int64_t now)
{
	if (now >= bus->beat_us) {
		bool up = bus_presence_up(bus, now);
		send_beat(bus, bus->draining ? RINGMAIN__V1__HEARTBEAT__STATE__DRAINING
					     : RINGMAIN__V1__HEARTBEAT__STATE__UP);
		bus->beat_us = now + (up ? BUS_BEAT_US : BUS_BEAT_FIRST_US);
		if (up) {
			bury_the_silent(bus, now);
		}
	}
	bus_due(bus, bus->beat_us);
}

void bus_presence_bye(struct vp_bus *bus)
{
	send_beat(bus, RINGMAIN__V1__HEARTBEAT__STATE__GONE);
}

void bus_presence_free(struct vp_bus *bus)
{
	struct bus_node *node;
	while ((node = LIST_FIRST(&bus->nodes))) {
		LIST_REMOVE(node, link);
		free(node);
	}
}

/* Rendezvous hashing must come out the same everywhere: a fixed mix, no keyed hash (FNV-1a). */
static uint64_t weight(const char *sticky, const char *node)
{
	uint64_t hash = 14695981039346656037u;
	for (const char *p = sticky; *p; p++) {
		hash = (hash ^ (uint8_t)*p) * 1099511628211u;
	}
	for (const char *p = node; *p; p++) {
		hash = (hash ^ (uint8_t)*p) * 1099511628211u;
	}
	hash ^= hash >> 32; /* the last bytes reach the high bits */
	return hash * 0x9e3779b97f4a7c15u;
}

/* Is a a better choice than b? The share of its capacity counts, with what was sent since its last
 * heartbeat. */
static bool freer(const struct bus_node *a, const struct bus_node *b)
{
	uint64_t load_a = (uint64_t)a->load + a->sent, load_b = (uint64_t)b->load + b->sent;
	uint64_t cap_a = a->capacity ? a->capacity : 1, cap_b = b->capacity ? b->capacity : 1;
	return load_a * cap_b < load_b * cap_a;
}

struct bus_node *bus_presence_choose(struct vp_bus *bus, const char *service, const char *sticky)
{
	struct bus_node *best = NULL, *node;
	int64_t now = vp_mono_us();
	LIST_FOREACH(node, &bus->nodes, link)
	{
		if (node->draining || strcmp(node->service, service) != 0) {
			continue;
		}
		if (!best) {
			best = node;
			continue;
		}
		bool quiet = now - node->heard_us > BUS_SUSPECT_US;
		bool best_quiet = now - best->heard_us > BUS_SUSPECT_US;
		if (quiet != best_quiet) {
			best = quiet ? best : node;
		} else if (sticky ? weight(sticky, node->node) > weight(sticky, best->node)
				  : freer(node, best)) {
			best = node;
		}
	}
	return best;
}

void vp_bus_set_load(struct vp_bus *bus, unsigned load, bool draining)
{
	bool changed = draining != bus->draining;
	bus->load = load;
	bus->draining = draining;
	if (changed) {
		beat_soon(bus);
	}
}

void vp_bus_nodes(struct vp_bus *bus, const char *service,
	void (*h)(const char *node, unsigned load, unsigned capacity, void *arg), void *arg)
{
	struct bus_node *node;
	LIST_FOREACH(node, &bus->nodes, link)
	{
		if (strcmp(node->service, service) == 0) {
			h(node->node, node->load, node->capacity, arg);
		}
	}
}

void vp_bus_on_node_lost(
	struct vp_bus *bus, void (*h)(const char *service, const char *node, void *arg), void *arg)
{
	bus->on_node_lost = h;
	bus->on_node_lost_arg = arg;
}
