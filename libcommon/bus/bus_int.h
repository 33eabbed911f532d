/* Inside of libcommon/bus. One thread owns everything here: the caller's. */
#ifndef VP_BUS_INT_H
#define VP_BUS_INT_H
#include <sys/queue.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/bus/map.h"
#include "libcommon/bus/wire.h"
#include "libcommon/db/db.h"

#define BUS_SEC 1000000LL

/* sockets */
#define BUS_HWM 20000
#define BUS_LINGER_MS 500
#define BUS_DRAIN_MAX 512 /* messages in one vp_bus_drain */

/* presence */
#define BUS_BEAT_US BUS_SEC
#define BUS_BEAT_FIRST_US (BUS_SEC / 20) /* until we hear ourselves */
#define BUS_SUSPECT_US (3 * BUS_SEC)
#define BUS_DEAD_US (6 * BUS_SEC)
#define BUS_LEARNT_US (3 * BUS_SEC / 2) /* after it, who was not heard is not there */
#define BUS_NODES_MAX 4096

/* requests */
#define BUS_RESEND_1_US (BUS_SEC / 4)
#define BUS_RESEND_2_US BUS_SEC
#define BUS_REQUESTS_MAX 65536
#define BUS_REPLY_KEEP_US (300 * BUS_SEC)
#define BUS_REPLIES_MAX 16384
#define BUS_REPLY_BYTES_MAX (32u << 20)
#define BUS_WAITERS_MAX 16

/* durable events */
#define BUS_STREAM_LIFE_US (24 * 3600 * BUS_SEC)
#define BUS_STREAM_KEEP_US (72 * 3600 * BUS_SEC) /* a consumer away for longer loses events */
#define BUS_NEWCOMER_US (3600 * BUS_SEC)         /* how far back a new consumer starts */
#define BUS_REPLAY_ROWS 500
#define BUS_REPLAY_RETRY_US (BUS_SEC / 5)
#define BUS_HOLE_US (5 * BUS_SEC)
#define BUS_POLL_US (30 * BUS_SEC)
#define BUS_BEHIND_US (60 * BUS_SEC) /* a consumer that lags for so long is not ready */
#define BUS_CURSOR_US BUS_SEC
#define BUS_CURSOR_EVENTS 500
#define BUS_LIVE_STREAMS_MAX 8192
#define BUS_OWNERS_MAX 16

/* What outlives the bus: callbacks of the database point here. */
struct bus_link {
	struct vp_bus *bus; /* NULL once it is gone */
	unsigned refs;
};

struct bus_handler {
	struct bus_map_node node;
	char type[BUS_TYPE_MAX + 1];
	vp_bus_msg_h *on_event;
	vp_bus_call_h *on_call;
	void *arg;
};

struct bus_node {
	LIST_ENTRY(bus_node) link;
	char service[BUS_NAME_MAX + 1], node[BUS_NAME_MAX + 1];
	struct vp_uuid epoch;
	unsigned load, capacity;
	bool draining;
	unsigned sent; /* requests that its heartbeats do not show yet */
	int64_t heard_us;
};

struct vp_bus_op {
	LIST_ENTRY(vp_bus_op) link;
	struct bus_map_node node; /* by id */
	struct vp_bus *bus;
	struct vp_uuid id;
	char service[BUS_NAME_MAX + 1];
	char target[BUS_NAME_MAX + 1]; /* "": not chosen yet */
	bool named;                    /* the caller named the target */
	char *sticky;
	struct bus_packed packed;
	int64_t born_us, resend_us, deadline_us;
	unsigned sends;
	int status; /* why it failed, once it is on the list of failures */
	const char *error, *message;
	vp_bus_reply_h *h;
	void *arg;
};
LIST_HEAD(bus_ops, vp_bus_op);

struct bus_waiter {
	struct bus_waiter *next;
	struct vp_uuid id;
	char topic[];
};
struct bus_answer {
	int status;
	const char *error, *message;
	const void *data;
	size_t len;
};
/* A request that we serve, and then its reply, kept for repeats. */
struct vp_bus_call {
	TAILQ_ENTRY(vp_bus_call) link; /* by age */
	struct bus_map_node by_id, by_key;
	struct vp_bus *bus;
	struct vp_uuid id, org;
	char type[BUS_TYPE_MAX + 1];
	char *key; /* type, NUL, organisation, key of the caller; NULL: none */
	size_t key_len;
	int64_t born_us;
	bool answered;
	int status;
	char *error, *message;
	uint8_t *data;
	size_t len, size;
	unsigned n_waiters;
	struct bus_waiter *waiters;
};
TAILQ_HEAD(bus_calls, vp_bus_call);

/* A stream as its consumer sees it. */
struct bus_stream {
	struct bus_map_node node;
	struct vp_uuid id;
	uint64_t next;     /* 0: where to start is not known yet */
	uint64_t seen_max; /* highest number heard of */
	uint64_t saved;    /* what the cursor says, or will when the write under way ends */
	int64_t hole_us;   /* since when the table lacks the next one; 0: it does not */
	int64_t retry_us;
};

struct bus_consumer {
	enum { BUS_CONSUMER_OFF, BUS_CONSUMER_LOADING, BUS_CONSUMER_ON } stage;
	const char *owners[BUS_OWNERS_MAX]; /* services whose events have handlers here */
	unsigned n_owners;
	bool of_all;
	struct bus_map streams;
	struct vp_db_op *load_op, *replay_op;
	struct bus_stream *replaying;
	int64_t load_us;   /* next load or poll */
	int64_t behind_us; /* since when some stream has a gap; 0: none has */
	bool caught_up;    /* once */
	int64_t save_us;
	unsigned unsaved;
	bool saving;
};

struct bus_producer {
	struct vp_uuid stream;
	int64_t started_us;
	uint64_t last;      /* number given out */
	uint64_t committed; /* highest that is in the table */
	bool announced;     /* the row in streams is committed */
};

struct vp_bus {
	struct bus_link *link;
	char service[BUS_NAME_MAX + 1], node[BUS_NAME_MAX + 1];
	char source[2 * BUS_NAME_MAX + 3];
	char hb_topic[BUS_TOPIC_MAX + 1], cmd_topic[BUS_TOPIC_MAX + 1],
		rpl_topic[BUS_TOPIC_MAX + 1];
	char *consumer_name;
	struct vp_db *db;
	int epoll_fd, wake_fd, timer_fd;
	int64_t timer_us; /* when the timer fires */
	void *zmq, *pub, *sub;
	struct bus_arena arena;
	bool started; /* the first drain happened */

	struct vp_uuid epoch;
	uint64_t live_seq;
	struct bus_map live_streams; /* numbers seen of others' live messages */
	vp_bus_msg_h *on_live;
	void *on_live_arg;

	LIST_HEAD(, bus_node) nodes;
	unsigned n_nodes, load, capacity;
	bool draining;
	int64_t beat_us; /* next heartbeat */
	int64_t own_us,
		own_first_us; /* when we heard ourselves: last, and since the bus came back */
	void (*on_node_lost)(const char *service, const char *node, void *arg);
	void *on_node_lost_arg;

	struct bus_map ops_by_id;
	struct bus_ops ops, failed;
	struct bus_map handlers; /* of events */
	struct bus_map served;
	struct bus_map calls_by_id, calls_by_key;
	struct bus_calls calls;
	unsigned n_calls;
	size_t calls_size;

	struct bus_producer producer;
	struct bus_consumer consumer;
};

/* bus.c */
void bus_wake(struct vp_bus *bus);
void bus_due(struct vp_bus *bus, int64_t at_us); /* the clock must ring at this time or before */
int bus_handler_add(struct bus_map *map, const char *type, struct bus_handler handler);
struct vp_bus_msg bus_msg_of(const struct bus_in *in);
/* Points into event and id. */
Ringmain__V1__Envelope bus_envelope(
	const struct vp_bus *bus, const struct vp_uuid *id, const struct vp_event *event);
struct bus_link *bus_link_ref(struct bus_link *link);
void bus_link_deref(struct bus_link *link);

/* socket.c */
int bus_socket_open(struct vp_bus *bus, const struct vp_bus_cfg *cfg);
void bus_socket_close(struct vp_bus *bus);
void bus_send(struct vp_bus *bus, const char *topic, const struct bus_mark *mark,
	const struct bus_packed *packed);
/* With this process's next live number. */
void bus_send_live(struct vp_bus *bus, const char *topic, const struct bus_packed *packed);
int bus_socket_subscribe(struct vp_bus *bus, const char *topic);
void bus_socket_unsubscribe(struct vp_bus *bus, const char *topic);
enum bus_recv { BUS_RECV_NONE, BUS_RECV_PASSED_OVER, BUS_RECV_MESSAGE };
/* Takes the next message. wants sees topic and mark; only what it wants is decoded. */
enum bus_recv bus_recv(struct vp_bus *bus, struct bus_in *in,
	bool (*wants)(struct vp_bus *bus, const struct bus_in *in));

/* live.c */
bool bus_live_is_new(struct vp_bus *bus, const struct bus_mark *mark);
void bus_live_on(struct vp_bus *bus, const struct bus_in *in);
void bus_live_sweep(struct vp_bus *bus, int64_t now);

/* presence.c */
void bus_presence_on(struct vp_bus *bus, const struct bus_in *in);
void bus_presence_tick(struct vp_bus *bus, int64_t now);
void bus_presence_bye(struct vp_bus *bus);
void bus_presence_free(struct vp_bus *bus);
/* A forwarder carries our heartbeats back to us. */
bool bus_presence_up(const struct vp_bus *bus, int64_t now);
struct bus_node *bus_presence_find(struct vp_bus *bus, const char *service, const char *node);
struct bus_node *bus_presence_choose(struct vp_bus *bus, const char *service, const char *sticky);

/* request.c */
void bus_request_on_reply(struct vp_bus *bus, const struct bus_in *in);
void bus_request_on_node(struct vp_bus *bus, const struct bus_node *node);
void bus_request_on_node_lost(struct vp_bus *bus, const char *service, const char *node);
void bus_request_report(struct vp_bus *bus); /* tells of failures, in the drain */
void bus_request_tick(struct vp_bus *bus, int64_t now);
void bus_request_free(struct vp_bus *bus);

/* serve.c, replies.c */
void bus_serve_on(struct vp_bus *bus, const struct bus_in *in);
int bus_replies_add(struct vp_bus *bus, const struct bus_in *in, struct vp_bus_call **ret);
struct vp_bus_call *bus_replies_find(struct vp_bus *bus, const struct bus_in *in);
void bus_replies_drop(struct vp_bus *bus, struct vp_bus_call *call);
int bus_replies_wait(struct vp_bus_call *call, struct vp_uuid id, const char *topic);
/* False: no memory to keep it. */
bool bus_replies_keep(struct vp_bus_call *call, const struct bus_answer *answer);
void bus_replies_sweep(struct vp_bus *bus, int64_t now);
void bus_replies_free(struct vp_bus *bus);

/* produce.c */
void bus_produce_close(struct vp_bus *bus);

/* consume.c, replay.c, cursor.c */
int bus_consume_start(struct vp_bus *bus);
/* Is this the next event of its stream, and of a type that has a handler? Notes it if not. */
bool bus_consume_wants(struct vp_bus *bus, const struct bus_in *in);
void bus_consume_on(struct vp_bus *bus, const struct bus_in *in);
bool bus_consume_cares(const struct vp_bus *bus, const char *service);
void bus_consume_heard(struct vp_bus *bus, struct vp_uuid stream, uint64_t last);
void bus_consume_apply(struct vp_bus *bus, struct bus_stream *stream, const struct bus_in *in);
void bus_consume_tick(struct vp_bus *bus, int64_t now);
void bus_consume_free(struct vp_bus *bus);
struct bus_stream *bus_consume_stream(struct vp_bus *bus, struct vp_uuid id);
void bus_replay_load(struct vp_bus *bus, int64_t now);
void bus_replay_next(struct vp_bus *bus);
void bus_cursor_tick(struct vp_bus *bus, int64_t now);
#endif
