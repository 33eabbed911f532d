/* Bytes of the bus: four frames (topic, stream, number, Envelope) to a struct and back. Everything
 * that arrives is checked here; what is not whole does not come in. */
#ifndef VP_BUS_WIRE_H
#define VP_BUS_WIRE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"
#include "proto/envelope.pb-c.h"

#define BUS_TYPE_MAX 64
#define BUS_NAME_MAX 63 /* of a service or node */
#define BUS_TOPIC_MAX 255
#define BUS_MESSAGE_MAX (1u << 20)
#define BUS_DATA_MAX (256u << 10) /* of an event: replays load many at once */
#define BUS_FRAMES 4

/* Memory for one decoded message at a time. */
struct bus_arena {
	uint8_t *mem;
	size_t size, used;
	ProtobufCAllocator allocator;
};
int bus_arena_init(struct bus_arena *arena);
void bus_arena_free(struct bus_arena *arena);

struct bus_mark {
	struct vp_uuid stream;
	uint64_t seq;
};
struct bus_slice {
	const void *data;
	size_t len;
};
struct bus_packed {
	uint8_t *data;
	size_t len;
};
/* A message that was checked; lives until the arena is used again. */
struct bus_in {
	char topic[BUS_TOPIC_MAX + 1];
	struct bus_mark mark;
	struct vp_uuid id, org, in_reply_to;
	const Ringmain__V1__Envelope *env;
};

/* Topic and mark only. False: not ours, or damaged. */
bool bus_wire_head(const struct bus_slice frames[BUS_FRAMES], struct bus_in *ret_in);
/* The whole. */
bool bus_wire_frames(
	struct bus_arena *arena, const struct bus_slice frames[BUS_FRAMES], struct bus_in *ret_in);
/* The same for an Envelope that comes from the table. */
bool bus_wire_envelope(struct bus_arena *arena, struct bus_slice packed, struct bus_in *ret_in);

int bus_wire_pack(const Ringmain__V1__Envelope *env, struct bus_packed *ret_packed);
void bus_wire_put_seq(uint64_t seq, uint8_t ret_bytes[8]);

/* Names of services and nodes, and types: what may stand in a topic. */
bool bus_wire_name_ok(const char *name);
bool bus_wire_type_ok(const char *type);

/* Bytes of an id as protobuf-c wants them; the id must live as long. */
ProtobufCBinaryData bus_wire_id(const struct vp_uuid *id);
#endif
