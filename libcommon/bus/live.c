/* Live hints. With two forwarders each message comes twice: a publisher's numbers only grow, so
 * what is not higher than the last is the other copy (or was overtaken, and order counts more
 * here). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/bus_int.h"
#include "libcommon/bus/metrics.h"

#define FORGET_US (600 * BUS_SEC)

struct live_stream {
	struct bus_map_node node;
	struct vp_uuid id;
	uint64_t last;
	int64_t heard_us;
};

static struct live_stream *stream_of(struct vp_bus *bus, struct vp_uuid id)
{
	struct bus_map_node *node = bus_map_find(&bus->live_streams, id.b, sizeof(id.b));
	if (node) {
		return BUS_OF(node, struct live_stream, node);
	}
	if (bus->live_streams.n >= BUS_LIVE_STREAMS_MAX) {
		bus_count_drop(BUS_DROP_FULL);
		return NULL;
	}
	struct live_stream *stream = calloc(1, sizeof(*stream));
	if (stream) {
		stream->id = id;
		stream->node =
			(struct bus_map_node){.key = stream->id.b, .len = sizeof(stream->id.b)};
		bus_map_put(&bus->live_streams, &stream->node);
	}
	return stream;
}

bool bus_live_is_new(struct vp_bus *bus, const struct bus_mark *mark)
{
	struct live_stream *stream = stream_of(bus, mark->stream);
	if (!stream) {
		return false;
	}
	stream->heard_us = vp_mono_us();
	if (mark->seq <= stream->last) {
		bus_count_drop(BUS_DROP_REPEAT);
		return false;
	}
	stream->last = mark->seq;
	return true;
}

struct sweep {
	struct vp_bus *bus;
	int64_t before;
};

static void forget_old(struct bus_map_node *node, void *arg)
{
	const struct sweep *sweep = arg;
	struct live_stream *stream = BUS_OF(node, struct live_stream, node);
	if (stream->heard_us < sweep->before) {
		bus_map_remove(&sweep->bus->live_streams, node);
		free(stream);
	}
}

void bus_live_sweep(struct vp_bus *bus, int64_t now)
{
	bus_map_each(&bus->live_streams, forget_old,
		&(struct sweep){.bus = bus, .before = now - FORGET_US});
}

void bus_live_on(struct vp_bus *bus, const struct bus_in *in)
{
	if (bus->on_live) {
		const struct vp_bus_msg msg = bus_msg_of(in);
		bus->on_live(&msg, bus->on_live_arg);
	}
}

void vp_bus_on_live(struct vp_bus *bus, vp_bus_msg_h *h, void *arg)
{
	bus->on_live = h;
	bus->on_live_arg = arg;
}

static bool is_live_topic(const char *topic)
{
	return strncmp(topic, "rt.", 3) == 0 && strlen(topic) <= BUS_TOPIC_MAX;
}

int vp_bus_subscribe(struct vp_bus *bus, const char *topic)
{
	/* libzmq counts: the same prefix may be taken twice and must be left twice */
	return is_live_topic(topic) ? bus_socket_subscribe(bus, topic) : EINVAL;
}

void vp_bus_unsubscribe(struct vp_bus *bus, const char *topic)
{
	if (is_live_topic(topic)) {
		bus_socket_unsubscribe(bus, topic);
	}
}

int vp_bus_publish(struct vp_bus *bus, const char *topic, const struct vp_event *event)
{
	if (!is_live_topic(topic) || !bus_wire_type_ok(event->type)) {
		return EINVAL;
	}
	const struct vp_uuid id = vp_uuid_new();
	Ringmain__V1__Envelope env = bus_envelope(bus, &id, event);
	struct bus_packed packed;
	int err = bus_wire_pack(&env, &packed);
	if (!err) {
		bus_send_live(bus, topic, &packed);
		free(packed.data);
	}
	return err;
}
