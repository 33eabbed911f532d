/* What we answered in the last five minutes, so that a repeat gets the same answer: by id of the
 * request (sent again), and by type, organisation and idempotency key (asked again). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/bus_int.h"
#include "libcommon/bus/metrics.h"

#define LOOK_MAX 64 /* unanswered calls to step over when room is needed */

/* type, NUL, organisation, the caller's key; NULL without a key. */
static char *make_key(const struct bus_in *in, size_t *ret_len)
{
	size_t type_len = strlen(in->env->type) + 1;
	size_t key_len = strlen(in->env->idempotency_key);
	if (key_len == 0) {
		return NULL;
	}
	char *key = malloc(type_len + sizeof(in->org.b) + key_len);
	if (key) {
		memcpy(key, in->env->type, type_len);
		memcpy(key + type_len, in->org.b, sizeof(in->org.b));
		memcpy(key + type_len + sizeof(in->org.b), in->env->idempotency_key, key_len);
		*ret_len = type_len + sizeof(in->org.b) + key_len;
	}
	return key;
}

struct vp_bus_call *bus_replies_find(struct vp_bus *bus, const struct bus_in *in)
{
	struct bus_map_node *node = bus_map_find(&bus->calls_by_id, in->id.b, sizeof(in->id.b));
	if (node) {
		return BUS_OF(node, struct vp_bus_call, by_id);
	}
	size_t len = 0;
	char *key = make_key(in, &len);
	if (!key) {
		return NULL;
	}
	node = bus_map_find(&bus->calls_by_key, key, len);
	free(key);
	return node ? BUS_OF(node, struct vp_bus_call, by_key) : NULL;
}

static void free_waiters(struct vp_bus_call *call)
{
	while (call->waiters) {
		struct bus_waiter *waiter = call->waiters;
		call->waiters = waiter->next;
		free(waiter);
	}
	call->n_waiters = 0;
}

void bus_replies_drop(struct vp_bus *bus, struct vp_bus_call *call)
{
	bus_map_remove(&bus->calls_by_id, &call->by_id);
	if (call->key) {
		bus_map_remove(&bus->calls_by_key, &call->by_key);
	}
	TAILQ_REMOVE(&bus->calls, call, link);
	bus->n_calls--;
	bus->calls_size -= call->size;
	free_waiters(call);
	free(call->key);
	free(call->error);
	free(call->message);
	free(call->data);
	free(call);
}

/* Makes room by forgetting the oldest answers. */
static bool make_room(struct vp_bus *bus)
{
	int looked = 0;
	struct vp_bus_call *call = TAILQ_FIRST(&bus->calls);
	while (call && looked++ < LOOK_MAX &&
		(bus->n_calls >= BUS_REPLIES_MAX || bus->calls_size >= BUS_REPLY_BYTES_MAX)) {
		struct vp_bus_call *next = TAILQ_NEXT(call, link);
		if (call->answered) {
			bus_replies_drop(bus, call);
		}
		call = next;
	}
	return bus->n_calls < BUS_REPLIES_MAX;
}

int bus_replies_wait(struct vp_bus_call *call, struct vp_uuid id, const char *topic)
{
	for (const struct bus_waiter *w = call->waiters; w; w = w->next) {
		if (vp_uuid_equal(w->id, id)) {
			return 0;
		}
	}
	size_t topic_size = strlen(topic) + 1;
	if (call->n_waiters >= BUS_WAITERS_MAX) {
		return EAGAIN;
	}
	struct bus_waiter *waiter = malloc(sizeof(*waiter) + topic_size);
	if (!waiter) {
		return ENOMEM;
	}
	waiter->id = id;
	memcpy(waiter->topic, topic, topic_size);
	waiter->next = call->waiters;
	call->waiters = waiter;
	call->n_waiters++;
	return 0;
}

int bus_replies_add(struct vp_bus *bus, const struct bus_in *in, struct vp_bus_call **ret)
{
	if (!make_room(bus)) {
		return EAGAIN;
	}
	struct vp_bus_call *call = calloc(1, sizeof(*call));
	if (!call) {
		return ENOMEM;
	}
	call->bus = bus;
	call->id = in->id;
	call->org = in->org;
	call->born_us = vp_mono_us();
	vp_strcopy(call->type, sizeof(call->type), in->env->type);
	call->key = make_key(in, &call->key_len);
	if (bus_replies_wait(call, in->id, in->env->reply_to) != 0) {
		free(call->key);
		free(call);
		return ENOMEM;
	}
	call->size = sizeof(*call) + call->key_len;
	call->by_id = (struct bus_map_node){.key = call->id.b, .len = sizeof(call->id.b)};
	bus_map_put(&bus->calls_by_id, &call->by_id);
	if (call->key) {
		call->by_key = (struct bus_map_node){.key = call->key, .len = call->key_len};
		bus_map_put(&bus->calls_by_key, &call->by_key);
	}
	TAILQ_INSERT_TAIL(&bus->calls, call, link);
	bus->n_calls++;
	bus->calls_size += call->size;
	*ret = call;
	return 0;
}

static char *copy_text(const char *text, bool *ok)
{
	char *copy = *text ? strdup(text) : NULL;
	*ok = *ok && (copy || !*text);
	return copy;
}

/* "Not now": who asks again with this key means it. */
static void forget_key(struct vp_bus_call *call)
{
	if (call->key) {
		bus_map_remove(&call->bus->calls_by_key, &call->by_key);
		free(call->key);
		call->key = NULL;
	}
}

bool bus_replies_keep(struct vp_bus_call *call, const struct bus_answer *answer)
{
	bool ok = true;
	if (answer->status == 503) {
		forget_key(call);
	}
	call->answered = true;
	call->status = answer->status;
	call->error = copy_text(answer->error, &ok);
	call->message = copy_text(answer->message, &ok);
	if (answer->len > 0) {
		call->data = malloc(answer->len);
		ok = ok && call->data;
	}
	if (call->data) {
		memcpy(call->data, answer->data, answer->len);
		call->len = answer->len;
		call->size += answer->len;
		call->bus->calls_size += answer->len;
	}
	free_waiters(call);
	return ok;
}

void bus_replies_sweep(struct vp_bus *bus, int64_t now)
{
	struct vp_bus_call *call = TAILQ_FIRST(&bus->calls);
	while (call && now - call->born_us > BUS_REPLY_KEEP_US) {
		struct vp_bus_call *next = TAILQ_NEXT(call, link);
		if (call->answered) {
			bus_replies_drop(bus, call);
		}
		call = next;
	}
}

void bus_replies_free(struct vp_bus *bus)
{
	struct vp_bus_call *call;
	while ((call = TAILQ_FIRST(&bus->calls))) {
		bus_replies_drop(bus, call);
	}
}
