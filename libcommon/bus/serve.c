/* Answering: a request comes to our own topic, a repeat gets the answer of the first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/bus_int.h"
#include "libcommon/bus/metrics.h"

static void send_answer(struct vp_bus *bus, const struct bus_in *to, const char *type,
	const struct bus_answer *answer)
{
	const struct vp_uuid id = vp_uuid_new();
	const struct vp_event event = {
		.type = type, .org = to->org, .data = answer->data, .len = answer->len};
	Ringmain__V1__Envelope env = bus_envelope(bus, &id, &event);
	env.in_reply_to = bus_wire_id(&to->id);
	env.status = answer->status;
	env.error = (char *)answer->error;
	env.message = (char *)answer->message;
	struct bus_packed packed;
	if (bus_wire_pack(&env, &packed) == 0) {
		bus_send_live(bus, to->topic, &packed);
		free(packed.data);
	}
}

static void send_to(struct vp_bus_call *call, struct vp_uuid id, const char *topic,
	const struct bus_answer *answer)
{
	struct bus_in to = {.id = id, .org = call->org};
	vp_strcopy(to.topic, sizeof(to.topic), topic);
	send_answer(call->bus, &to, call->type, answer);
}

static void answer_at_once(struct vp_bus *bus, const struct bus_in *in, const struct bus_answer *a)
{
	struct bus_in to = {.id = in->id, .org = in->org};
	vp_strcopy(to.topic, sizeof(to.topic), in->env->reply_to);
	send_answer(bus, &to, in->env->type, a);
}

static void on_repeat(struct vp_bus_call *call, const struct bus_in *in)
{
	if (!call->answered) {
		if (bus_replies_wait(call, in->id, in->env->reply_to) != 0) {
			bus_count_drop(BUS_DROP_FULL);
		}
		return;
	}
	const struct bus_answer answer = {
		.status = call->status,
		.error = call->error ? call->error : "",
		.message = call->message ? call->message : "",
		.data = call->data,
		.len = call->len,
	};
	send_to(call, in->id, in->env->reply_to, &answer);
}

static void on_first(struct vp_bus *bus, const struct bus_in *in)
{
	struct bus_map_node *node =
		bus_map_find(&bus->served, in->env->type, strlen(in->env->type));
	if (!node) {
		answer_at_once(bus, in,
			&(struct bus_answer){.status = 501,
				.error = "not_implemented",
				.message = "This instance does not know the request; it may be "
					   "older."});
		return;
	}
	struct vp_bus_call *call;
	if (bus_replies_add(bus, in, &call) != 0) {
		bus_count_drop(BUS_DROP_FULL);
		answer_at_once(bus, in,
			&(struct bus_answer){.status = 503,
				.error = "overloaded",
				.message = "Too many requests are under way here. Try again."});
		return;
	}
	const struct bus_handler *handler = BUS_OF(node, struct bus_handler, node);
	const struct vp_bus_msg msg = bus_msg_of(in);
	handler->on_call(call, &msg, handler->arg);
}

void bus_serve_on(struct vp_bus *bus, const struct bus_in *in)
{
	const Ringmain__V1__Envelope *env = in->env;
	if (strcmp(in->topic, bus->cmd_topic) != 0) {
		return; /* a node whose name begins with ours */
	}
	if (strncmp(env->reply_to, "rpl.", 4) != 0 || strlen(env->reply_to) > BUS_TOPIC_MAX) {
		bus_count_drop(BUS_DROP_BAD);
		return;
	}
	if (env->deadline_us < vp_time_us()) {
		bus_count_drop(BUS_DROP_LATE);
		return;
	}
	struct vp_bus_call *call = bus_replies_find(bus, in);
	if (call) {
		on_repeat(call, in);
	} else {
		on_first(bus, in);
	}
}

int vp_bus_serve(struct vp_bus *bus, const char *type, vp_bus_call_h *h, void *arg)
{
	return bus_handler_add(&bus->served, type, (struct bus_handler){.on_call = h, .arg = arg});
}

static void answer_call(struct vp_bus_call *call, const struct bus_answer *answer)
{
	for (const struct bus_waiter *w = call->waiters; w; w = w->next) {
		send_to(call, w->id, w->topic, answer);
	}
	if (!bus_replies_keep(call, answer)) {
		bus_replies_drop(
			call->bus, call); /* no memory: rather no repeat than half of one */
	}
}

void vp_bus_reply_ok(struct vp_bus_call *call, const void *data, size_t len)
{
	answer_call(
		call, &(struct bus_answer){
			      .status = 200, .error = "", .message = "", .data = data, .len = len});
}

void vp_bus_reply_error(
	struct vp_bus_call *call, int status, const char *error, const char *message)
{
	answer_call(call, &(struct bus_answer){.status = status,
				  .error = error ? error : "",
				  .message = message ? message : ""});
}
