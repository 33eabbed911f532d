/* Between envelopes and what callers see, and the tables of their handlers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/bus_int.h"

int bus_handler_add(struct bus_map *map, const char *type, struct bus_handler handler)
{
	if (!bus_wire_type_ok(type)) {
		return EINVAL;
	}
	if (bus_map_find(map, type, strlen(type))) {
		return EEXIST;
	}
	struct bus_handler *copy = malloc(sizeof(*copy));
	if (!copy) {
		return ENOMEM;
	}
	*copy = handler;
	vp_strcopy(copy->type, sizeof(copy->type), type);
	copy->node = (struct bus_map_node){.key = copy->type, .len = strlen(copy->type)};
	bus_map_put(map, &copy->node);
	return 0;
}

struct vp_bus_msg bus_msg_of(const struct bus_in *in)
{
	return (struct vp_bus_msg){
		.type = in->env->type,
		.id = in->id,
		.org = in->org,
		.subject = in->env->subject,
		.source = in->env->source,
		.topic = in->topic,
		.traceparent = in->env->traceparent,
		.idempotency_key = in->env->idempotency_key,
		.time_us = in->env->time_us,
		.data = in->env->data.data,
		.len = in->env->data.len,
	};
}

Ringmain__V1__Envelope bus_envelope(
	const struct vp_bus *bus, const struct vp_uuid *id, const struct vp_event *event)
{
	Ringmain__V1__Envelope env = RINGMAIN__V1__ENVELOPE__INIT;
	env.id = bus_wire_id(id);
	env.source = (char *)bus->source;
	env.type = (char *)event->type;
	env.time_us = vp_time_us();
	env.org_id = bus_wire_id(&event->org);
	env.subject = event->subject ? (char *)event->subject : env.subject;
	env.traceparent = event->traceparent ? (char *)event->traceparent : env.traceparent;
	env.data = (ProtobufCBinaryData){.len = event->len, .data = (uint8_t *)event->data};
	return env;
}
