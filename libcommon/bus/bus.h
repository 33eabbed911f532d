/* The bus client: durable events (ev.), live hints (rt.), requests (cmd./rpl.) and presence (hb.)
 * over ZeroMQ PUB/SUB with CURVE; the protocol of scale.md section 1.3, docs/bus.md.
 * One thread uses it: the caller's loop watches one descriptor and drains; all handlers run inside
 * vp_bus_drain. Sending happens in the call itself, libzmq's thread moves the bytes. Destroy the
 * bus before its db, and before that drain until vp_db_write_backlog is 0: what commits after the
 * bus has gone is not announced, and consumers find it only half a minute later. */
#ifndef VP_BUS_H
#define VP_BUS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"

struct vp_bus;
struct vp_bus_op;   /* a request under way */
struct vp_bus_call; /* a request to answer */
struct vp_db;
struct vp_db_tx;

struct vp_bus_cfg {
	const char *endpoints;  /* VOIP_BUS */
	const char *cert;       /* VOIP_BUS_CERT, NULL: no CURVE (tests) */
	const char *server_key; /* VOIP_BUS_SERVER_KEY */
	const char *service;    /* "router" */
	const char *node;
	struct vp_db *db;     /* for the event log, replay and cursors; NULL: no durable events */
	const char *consumer; /* name of this consumer's cursor; NULL: starts at now, keeps no
				 cursor (gateways: every instance sees every event) */
	unsigned capacity;    /* how many calls (or so) this node can hold; for presence */
};

int vp_bus_create(struct vp_bus **ret, const struct vp_bus_cfg *cfg);
struct vp_bus *vp_bus_destroy(struct vp_bus *bus);
int vp_bus_fd(const struct vp_bus *bus);
void vp_bus_drain(struct vp_bus *bus);
/* A forwarder answers and, with a db, the consumer has caught up. */
bool vp_bus_ready(const struct vp_bus *bus);
const char *vp_bus_node(const struct vp_bus *bus);

/* What a handler sees; valid in the handler only. */
struct vp_bus_msg {
	const char *type;
	struct vp_uuid id;
	struct vp_uuid org; /* nil: none */
	const char *subject;
	const char *source;
	const char *topic;
	const char *traceparent;     /* "" when none */
	const char *idempotency_key; /* of a request; "" when none */
	int64_t time_us;
	const uint8_t *data;
	size_t len;
};
typedef void vp_bus_msg_h(const struct vp_bus_msg *msg, void *arg);

/* --- durable events: each is seen at least once, in order per producer, by every consumer --- */
struct vp_event {
	const char *type; /* "call.changed" */
	struct vp_uuid org;
	const char *subject;
	const char *traceparent;
	const void *data;
	size_t len;
};
/* Adds the event to a unit: row in event_log with the next number of this process's stream, and its
 * publication after the commit. EACCES: the type is another
 * service's. Units with events must be given to vp_db_write in the order of
 * their vp_bus_emit calls. */
int vp_bus_emit(struct vp_bus *bus, struct vp_db_tx *tx, const struct vp_event *event);
/* An event of which a statement of tx decides whether it happens (the row that it tells of may be
 * there already). The statement writes exactly one row of event_log under the number it is given:
 * the event's, or vp_bus_void's with type "bus.void" and the event's organisation, on conflict do
 * nothing. What it chose is told by vp_bus_slot_void before the commit (vp_db_tx_on_rows) and again
 * when the unit is repeated. Rules and errors of vp_bus_emit. ret_row's data lives as long as tx.
 */
struct vp_bus_slot;
struct vp_bus_row {
	struct vp_uuid stream, id;
	uint64_t seq;
	int64_t time_us;
	const uint8_t *data;
	size_t len;
};
int vp_bus_reserve(struct vp_bus *bus, struct vp_db_tx *tx, const struct vp_event *event,
	struct vp_bus_slot **ret_slot, struct vp_bus_row *ret_row);
void vp_bus_slot_void(struct vp_bus_slot *slot, bool is_void);
/* The data of such a void; the caller frees. */
int vp_bus_void(struct vp_bus *bus, uint8_t **ret_data, size_t *ret_len);
/* Registers before the first drain; types not registered are counted and skipped. */
int vp_bus_on_event(struct vp_bus *bus, const char *type, vp_bus_msg_h *h, void *arg);

/* --- live hints: sent at once, never stored, may be lost --- */
int vp_bus_publish(struct vp_bus *bus, const char *topic, const struct vp_event *event);
/* topic is a prefix: "rt.u.<user>" and must start with "rt.". Subscriptions are counted, so the
 * same prefix may be taken twice and left twice. */
int vp_bus_subscribe(struct vp_bus *bus, const char *topic);
void vp_bus_unsubscribe(struct vp_bus *bus, const char *topic);
/* One handler for all live hints; NULL removes. */
void vp_bus_on_live(struct vp_bus *bus, vp_bus_msg_h *h, void *arg);

/* --- requests --- */
struct vp_bus_req {
	const char *service; /* "router" */
	const char *node;    /* NULL: chosen by presence */
	const char *sticky;  /* with node NULL: the same key goes to the same node while it lives */
	const char *type;    /* "route.outbound" */
	struct vp_uuid org;
	const char *subject;
	const char *idempotency_key; /* NULL: none beside the request's own id */
	const char *traceparent;
	unsigned timeout_ms; /* default 3000; resent at 250 ms and 1 s with the same id */
	const void *data;
	size_t len;
};
struct vp_bus_reply {
	int status; /* 200...; 503 "unavailable": nobody there, not done; 503 "node_lost" and 504
		       "timeout": unknown whether it was done */
	const char *error;   /* word, "" when fine */
	const char *message; /* sentence */
	const uint8_t *data;
	size_t len;
};
/* Exactly once, unless cancelled. Never from inside vp_bus_request. */
typedef void vp_bus_reply_h(const struct vp_bus_reply *reply, void *arg);
int vp_bus_request(struct vp_bus *bus, const struct vp_bus_req *req, vp_bus_reply_h *h, void *arg,
	struct vp_bus_op **ret_op);
void vp_bus_cancel(struct vp_bus_op *op);

/* Serves a request type. The handler answers with vp_bus_reply now or later, exactly once, from
 * this thread; what is not answered by its deadline is forgotten. A repeat (same id, or same
 * idempotency key and organisation within 5 minutes) gets the same answer without the handler; only
 * a 503 is not remembered by its key, since nothing was done. */
typedef void vp_bus_call_h(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg);
int vp_bus_serve(struct vp_bus *bus, const char *type, vp_bus_call_h *h, void *arg);
void vp_bus_reply_ok(struct vp_bus_call *call, const void *data, size_t len);
void vp_bus_reply_error(
	struct vp_bus_call *call, int status, const char *error, const char *message);

/* --- presence --- */
/* What the next heartbeats say. draining: no new requests are sent here without naming the node. */
void vp_bus_set_load(struct vp_bus *bus, unsigned load, bool draining);
/* Calls h for each live node of a service. */
void vp_bus_nodes(struct vp_bus *bus, const char *service,
	void (*h)(const char *node, unsigned load, unsigned capacity, void *arg), void *arg);
/* Called when a node of any service was not heard for 6 s, or said good-bye. */
void vp_bus_on_node_lost(
	struct vp_bus *bus, void (*h)(const char *service, const char *node, void *arg), void *arg);
#endif
