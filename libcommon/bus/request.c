/* Asking: a request goes to one instance and is sent again at 250 ms and 1 s under the same id; the
 * callee knows repeats. Once sent, its target never changes: nobody can say whether the first one
 * has acted already. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/bus_int.h"
#include "libcommon/bus/metrics.h"

#define TIMEOUT_DEFAULT_MS 3000
#define UNSENT_LOOK_US (BUS_SEC / 10)

static void free_op(struct vp_bus_op *op)
{
	free(op->packed.data);
	free(op->sticky);
	free(op);
}

static void unlink_op(struct vp_bus_op *op)
{
	LIST_REMOVE(op, link);
	if (!op->status) {
		bus_map_remove(&op->bus->ops_by_id, &op->node);
	}
}

/* Takes the first one off its list; NULL: there is none. */
static struct vp_bus_op *pop(struct bus_ops *list)
{
	struct vp_bus_op *op = LIST_FIRST(list);
	if (op) {
		unlink_op(op);
		vp_assert(LIST_FIRST(list) != op);
	}
	return op;
}

static void fail(struct vp_bus_op *op, int status, const char *error, const char *message)
{
	struct vp_bus *bus = op->bus;
	unlink_op(op);
	op->status = status;
	op->error = error;
	op->message = message;
	LIST_INSERT_HEAD(&bus->failed, op, link);
	bus_wake(bus);
}

static void fail_unavailable(struct vp_bus_op *op)
{
	fail(op, 503, "unavailable", "No instance of the service is there to do this. Try again.");
}

/* Everybody who is there has been heard of. */
static bool presence_is_complete(const struct vp_bus *bus, int64_t now)
{
	return bus_presence_up(bus, now) && now - bus->own_first_us > BUS_LEARNT_US;
}

static const char *target_of(struct vp_bus_op *op, int64_t now)
{
	struct vp_bus *bus = op->bus;
	if (op->sends > 0) {
		return op->target;
	}
	if (op->named) {
		bool known = bus_presence_find(bus, op->service, op->target);
		return known || !presence_is_complete(bus, now) ? op->target : NULL;
	}
	struct bus_node *node = bus_presence_choose(bus, op->service, op->sticky);
	if (!node) {
		return NULL;
	}
	node->sent++;
	vp_strcopy(op->target, sizeof(op->target), node->node);
	return op->target;
}

static void send_op(struct vp_bus_op *op, int64_t now)
{
	const char *target = target_of(op, now);
	if (!target) {
		op->resend_us = now + UNSENT_LOOK_US;
		if (presence_is_complete(op->bus, now)) {
			fail_unavailable(op);
		}
		return;
	}
	char topic[BUS_TOPIC_MAX + 1];
	snprintf(topic, sizeof(topic), "cmd.%s.%s", op->service, target);
	bus_send_live(op->bus, topic, &op->packed);
	op->sends++;
	op->resend_us = op->sends == 1   ? now + BUS_RESEND_1_US
			: op->sends == 2 ? now + BUS_RESEND_2_US - BUS_RESEND_1_US
					 : INT64_MAX;
}

static void set_due(struct vp_bus_op *op)
{
	bus_due(op->bus, op->resend_us < op->deadline_us ? op->resend_us : op->deadline_us);
}

static int pack_request(struct vp_bus_op *op, const struct vp_bus_req *req, int64_t timeout_us)
{
	const struct vp_event event = {.type = req->type,
		.org = req->org,
		.subject = req->subject,
		.traceparent = req->traceparent,
		.data = req->data,
		.len = req->len};
	Ringmain__V1__Envelope env = bus_envelope(op->bus, &op->id, &event);
	env.reply_to = op->bus->rpl_topic;
	env.deadline_us = vp_time_us() + timeout_us;
	if (req->idempotency_key) {
		env.idempotency_key = (char *)req->idempotency_key;
	}
	return bus_wire_pack(&env, &op->packed);
}

static int fill_op(struct vp_bus_op *op, const struct vp_bus_req *req)
{
	int64_t timeout_us = (req->timeout_ms ? req->timeout_ms : TIMEOUT_DEFAULT_MS) * 1000LL;
	vp_strcopy(op->service, sizeof(op->service), req->service);
	if (req->node) {
		op->named = true;
		vp_strcopy(op->target, sizeof(op->target), req->node);
	}
	if (req->sticky) {
		op->sticky = strdup(req->sticky);
		if (!op->sticky) {
			return ENOMEM;
		}
	}
	op->id = vp_uuid_new();
	op->born_us = vp_mono_us();
	op->deadline_us = op->born_us + timeout_us;
	return pack_request(op, req, timeout_us);
}

int vp_bus_request(struct vp_bus *bus, const struct vp_bus_req *req, vp_bus_reply_h *h, void *arg,
	struct vp_bus_op **ret_op)
{
	if (!bus_wire_name_ok(req->service) || !bus_wire_type_ok(req->type) ||
		(req->node && !bus_wire_name_ok(req->node))) {
		return EINVAL;
	}
	if (bus->ops_by_id.n >= BUS_REQUESTS_MAX) {
		return EAGAIN;
	}
	struct vp_bus_op *op = calloc(1, sizeof(*op));
	if (!op) {
		return ENOMEM;
	}
	op->bus = bus;
	op->h = h;
	op->arg = arg;
	int err = fill_op(op, req);
	if (err) {
		free_op(op);
		return err;
	}
	LIST_INSERT_HEAD(&bus->ops, op, link);
	op->node = (struct bus_map_node){.key = op->id.b, .len = sizeof(op->id.b)};
	bus_map_put(&bus->ops_by_id, &op->node);
	send_op(op, op->born_us);
	if (!op->status) {
		set_due(op);
	}
	if (ret_op) {
		*ret_op = op;
	}
	return 0;
}

void vp_bus_cancel(struct vp_bus_op *op)
{
	if (op) {
		unlink_op(op);
		free_op(op);
	}
}

void bus_request_on_reply(struct vp_bus *bus, const struct bus_in *in)
{
	struct bus_map_node *node =
		bus_map_find(&bus->ops_by_id, in->in_reply_to.b, sizeof(in->in_reply_to.b));
	if (!node || strcmp(in->topic, bus->rpl_topic) != 0) {
		bus_count_drop(BUS_DROP_REPEAT);
		return;
	}
	struct vp_bus_op *op = BUS_OF(node, struct vp_bus_op, node);
	const Ringmain__V1__Envelope *env = in->env;
	const struct vp_bus_reply reply = {
		.status = env->status,
		.error = env->error,
		.message = env->message,
		.data = env->data.data,
		.len = env->data.len,
	};
	unlink_op(op);
	op->h(&reply, op->arg);
	free_op(op);
}

void bus_request_on_node(struct vp_bus *bus, const struct bus_node *node)
{
	int64_t now = vp_mono_us();
	struct vp_bus_op *op = LIST_FIRST(&bus->ops);
	while (op) {
		struct vp_bus_op *next = LIST_NEXT(op, link);
		if (op->sends == 0 && strcmp(op->service, node->service) == 0) {
			send_op(op, now);
		}
		op = next;
	}
}

void bus_request_on_node_lost(struct vp_bus *bus, const char *service, const char *node)
{
	struct vp_bus_op *op = LIST_FIRST(&bus->ops);
	while (op) {
		struct vp_bus_op *next = LIST_NEXT(op, link);
		if (op->sends > 0 && strcmp(op->target, node) == 0 &&
			strcmp(op->service, service) == 0) {
			fail(op, 503, "node_lost",
				"The instance that was asked has gone; whether it acted is "
				"unknown.");
		}
		op = next;
	}
}

static void tick_op(struct vp_bus_op *op, int64_t now)
{
	if (now >= op->deadline_us) {
		if (op->sends == 0) {
			fail_unavailable(op);
		} else {
			fail(op, 504, "timeout",
				"No answer came in time; whether it was done is unknown.");
		}
		return;
	}
	if (now >= op->resend_us) {
		send_op(op, now);
	}
	if (!op->status) {
		set_due(op);
	}
}

void bus_request_tick(struct vp_bus *bus, int64_t now)
{
	struct vp_bus_op *op = LIST_FIRST(&bus->ops);
	while (op) {
		struct vp_bus_op *next = LIST_NEXT(op, link);
		tick_op(op, now);
		op = next;
	}
}

void bus_request_report(struct vp_bus *bus)
{
	/* those that fail meanwhile wait for the next drain: a handler may ask again at once */
	struct bus_ops batch = bus->failed;
	LIST_INIT(&bus->failed);
	if (batch.lh_first) {
		batch.lh_first->link.le_prev = &batch.lh_first;
	}
	struct vp_bus_op *op;
	while ((op = pop(&batch))) {
		const struct vp_bus_reply reply = {
			.status = op->status, .error = op->error, .message = op->message};
		op->h(&reply, op->arg);
		free_op(op);
	}
}

void bus_request_free(struct vp_bus *bus)
{
	struct vp_bus_op *op;
	while ((op = pop(&bus->ops)) || (op = pop(&bus->failed))) {
		free_op(op);
	}
}
