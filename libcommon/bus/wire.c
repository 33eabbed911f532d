#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/wire.h"

#define ARENA_MIN 8192
#define ALIGN 16

/* A message that unpacks to many times its size is an attack on memory, not a message. */
static size_t arena_need(size_t packed_len)
{
	return ARENA_MIN + 4 * packed_len;
}

static void *arena_alloc(void *data, size_t size)
{
	struct bus_arena *arena = data;
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (size > arena->size - arena->used) {
		return NULL;
	}
	void *p = arena->mem + arena->used;
	arena->used += size;
	return p;
}

static void arena_ignore(void *data, void *p)
{
	(void)data;
	(void)p;
}

int bus_arena_init(struct bus_arena *arena)
{
	arena->mem = malloc(ARENA_MIN);
	arena->size = ARENA_MIN;
	arena->used = 0;
	arena->allocator = (ProtobufCAllocator){
		.alloc = arena_alloc, .free = arena_ignore, .allocator_data = arena};
	return arena->mem ? 0 : ENOMEM;
}

void bus_arena_free(struct bus_arena *arena)
{
	free(arena->mem);
	arena->mem = NULL;
}

static bool arena_reset(struct bus_arena *arena, size_t packed_len)
{
	size_t need = arena_need(packed_len);
	arena->used = 0;
	if (need > arena->size) {
		uint8_t *mem = realloc(arena->mem, need);
		if (!mem) {
			return false;
		}
		arena->mem = mem;
		arena->size = need;
	}
	return true;
}

static bool name_ok(const char *text, size_t max, const char *more)
{
	size_t len = strlen(text);
	if (len == 0 || len > max) {
		return false;
	}
	for (const char *p = text; *p; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			     (*p >= '0' && *p <= '9') || *p == '-' || *p == '_';
		if (!plain && !strchr(more, *p)) {
			return false;
		}
	}
	return true;
}

bool bus_wire_name_ok(const char *name)
{
	return name_ok(name, BUS_NAME_MAX, ""); /* no dot: topics are split at dots */
}

bool bus_wire_type_ok(const char *type)
{
	return name_ok(type, BUS_TYPE_MAX, ".");
}

static bool id_ok(ProtobufCBinaryData bytes, bool required, struct vp_uuid *ret_id)
{
	*ret_id = (struct vp_uuid){0};
	if (bytes.len == 0) {
		return !required;
	}
	if (bytes.len != sizeof(ret_id->b)) {
		return false;
	}
	memcpy(ret_id->b, bytes.data, sizeof(ret_id->b));
	return true;
}

bool bus_wire_envelope(struct bus_arena *arena, struct bus_slice packed, struct bus_in *ret_in)
{
	if (packed.len > BUS_MESSAGE_MAX || !arena_reset(arena, packed.len)) {
		return false;
	}
	const Ringmain__V1__Envelope *env =
		ringmain__v1__envelope__unpack(&arena->allocator, packed.len, packed.data);
	if (!env || !bus_wire_type_ok(env->type) || !id_ok(env->id, true, &ret_in->id) ||
		!id_ok(env->org_id, false, &ret_in->org) ||
		!id_ok(env->in_reply_to, false, &ret_in->in_reply_to)) {
		return false;
	}
	ret_in->env = env;
	return true;
}

static uint64_t get_seq(const uint8_t *bytes)
{
	uint64_t seq = 0;
	for (int i = 0; i < 8; i++) {
		seq = seq << 8 | bytes[i];
	}
	return seq;
}

void bus_wire_put_seq(uint64_t seq, uint8_t ret_bytes[8])
{
	for (int i = 7; i >= 0; i--) {
		ret_bytes[i] = (uint8_t)seq;
		seq >>= 8;
	}
}

bool bus_wire_head(const struct bus_slice frames[BUS_FRAMES], struct bus_in *ret_in)
{
	if (frames[0].len == 0 || frames[0].len > BUS_TOPIC_MAX ||
		memchr(frames[0].data, '\0', frames[0].len) ||
		frames[1].len != sizeof(ret_in->mark.stream.b) || frames[2].len != 8) {
		return false;
	}
	memcpy(ret_in->topic, frames[0].data, frames[0].len);
	ret_in->topic[frames[0].len] = '\0';
	memcpy(ret_in->mark.stream.b, frames[1].data, frames[1].len);
	ret_in->mark.seq = get_seq(frames[2].data);
	return true;
}

bool bus_wire_frames(
	struct bus_arena *arena, const struct bus_slice frames[BUS_FRAMES], struct bus_in *ret_in)
{
	return bus_wire_head(frames, ret_in) && bus_wire_envelope(arena, frames[3], ret_in);
}

int bus_wire_pack(const Ringmain__V1__Envelope *env, struct bus_packed *ret_packed)
{
	size_t len = ringmain__v1__envelope__get_packed_size(env);
	if (len > BUS_MESSAGE_MAX) {
		return EMSGSIZE;
	}
	uint8_t *data = malloc(len + 1);
	if (!data) {
		return ENOMEM;
	}
	ringmain__v1__envelope__pack(env, data);
	*ret_packed = (struct bus_packed){.data = data, .len = len};
	return 0;
}

ProtobufCBinaryData bus_wire_id(const struct vp_uuid *id)
{
	return vp_uuid_is_nil(*id)
		       ? (ProtobufCBinaryData){0}
		       : (ProtobufCBinaryData){.len = sizeof(id->b), .data = (uint8_t *)id->b};
}
