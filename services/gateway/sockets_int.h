/* Inside of the socket files: a socket, its user's channel, its requests. */
#ifndef GATEWAY_SOCKETS_INT_H
#define GATEWAY_SOCKETS_INT_H
#include "proto/call.pb-c.h"
#include "services/gateway/dial.h"
#include "services/gateway/sockets.h"

#define CHANNEL_BUCKETS 1024
#define REQUEST_ID_MAX 64
#define REQUESTS_PER_SOCKET 32
#define MESSAGES_PER_S 50
#define CALL_MEMORY_US 60000000 /* how long an ended call's version is remembered */
#define HELLO_ASK_MS 1500
/* Heartbeats come each second: a gateway that just started knows its controllers after this many
 * seconds on the bus. A hello before that would say that a live call is none. */
#define SETTLE_S 2
#define HELLO_TRIES_MAX                                                                            \
	8           /* then hello says what is known: a phone without calls is better than none */
#define RECHECK_S 5 /* a revoked session loses its sockets within this */
#define CLOSE_SIGNED_OUT 4401

/* What a channel knows of a call. */
struct known_call {
	struct known_call *next;
	struct vp_uuid id;
	Ringmain__V1__CallChanged *call; /* owned */
	bool alerted;                    /* call.alerting was sent */
	int64_t over_us;                 /* when it ended; 0: live */
};

/* A user with at least one socket here. */
struct channel {
	struct channel *next;
	struct sockets *sockets;
	struct vp_uuid org, user;
	char user_text[VP_UUID_TEXT_SIZE];
	char topic[8 + VP_UUID_TEXT_SIZE];
	struct socket *first;
	unsigned n_sockets;
	struct known_call *calls;
};

struct socket {
	struct socket *next; /* in its channel */
	struct channel *channel;
	struct vp_ws *ws;
	struct identity *who;
	char session[96]; /* "<gateway node>/<number>" */
	bool greeted;     /* hello is out: news may follow */
	unsigned hello_waiting;
	unsigned hello_tries;
	int64_t clean_us; /* of the message rate */
	struct ws_request *requests;
	unsigned n_requests;
};

/* A message that waits for its reply, or a question of ours (call.list, id ""). */
struct ws_request {
	struct ws_request *next;
	struct socket *socket; /* NULL: closed while the database was asked */
	char id[REQUEST_ID_MAX + 1];
	const struct ws_kind *kind;
	struct vp_uuid call;
	char *text; /* SDP or digits */
	struct vp_bus_op *ask;
	struct dial_op *dial;
};

struct recheck {
	struct sockets *sockets;
	uint64_t last_number; /* sockets opened after the question are not in its answer */
};

struct sockets {
	struct recheck recheck; /* the one under way */
	bool rechecking;
	struct gateway *gw;
	struct channel *channels[CHANNEL_BUCKETS];
	uint64_t last_number;
	unsigned n_sockets;
	unsigned ticks;
	unsigned settled_s; /* seconds on the bus, up to SETTLE_S */
};

/* --- channel.c --- */
struct channel *channel_find(struct sockets *sockets, struct vp_uuid org, struct vp_uuid user);
/* Makes it and subscribes when it is the user's first socket; NULL: no memory. */
struct channel *channel_join(struct sockets *sockets, const struct identity *who);
/* After a socket has gone: forgets the channel with the last one. */
void channel_leave(struct channel *channel);
struct known_call *channel_call(struct channel *channel, struct vp_uuid id);
/* Takes call over. A newer state goes to all greeted sockets; an older one is dropped. */
void channel_learn(struct channel *channel, Ringmain__V1__CallChanged *call);
/* Tells the controllers of ringing calls that somebody hears them. */
void channel_alert(struct channel *channel);
void channel_prune(struct channel *channel, int64_t now_us);
struct socket *channel_session(struct channel *channel, const char *session);

/* --- sockets.c --- */
/* Takes message over. */
void socket_send(struct socket *socket, json_t *message);
void socket_bye(struct socket *socket, const char *reason, unsigned code);

/* --- hello.c --- */
/* Asks the controllers, then greets; later when this gateway does not know them yet. */
void hello_start(struct socket *socket);
/* Each second: sockets whose hello had to wait. */
void hello_again(struct channel *channel, int64_t now_us);

/* --- ws_message.c: from text to a request --- */
struct ws_kind {
	const char *type;
	const char *permission;
	const char *bus_type; /* request to the controller; NULL: none */
	const char *text;     /* member that goes with call_id: "sdp", "digits", NULL */
	size_t text_max;
	bool text_optional;
	void (*h)(struct ws_request *request, const json_t *message);
};
void on_ws_text(struct vp_ws *ws, const char *text, size_t len, void *arg);

/* --- ws_request.c --- */
struct ws_request *request_open(struct socket *socket, const char *id, const struct ws_kind *kind);
/* Frees the request; nobody is told. */
void request_close(struct ws_request *request);
/* The socket has gone. */
void request_drop_all(struct socket *socket);
/* {"type":"reply","id",...fields}; takes fields over; frees the request. */
void request_ok(struct ws_request *request, json_t *fields);
void request_fail(struct ws_request *request, const char *error, const char *message);
void request_fail_reply(struct ws_request *request, const struct vp_bus_reply *reply);
/* A reply without request, for a message that cannot be read; id NULL: unknown. */
void socket_refuse(struct socket *socket, const char *id, const char *error, const char *message);

/* --- on_ws_*.c: one kind of message each --- */
void on_ws_ping(struct ws_request *request, const json_t *message);
void on_ws_call_dial(struct ws_request *request, const json_t *message);
void on_ws_call_command(struct ws_request *request, const json_t *message);

/* --- on_live.c, on_recording_stored.c: what the bus tells --- */
void on_live(const struct vp_bus_msg *msg, void *arg);
void on_call_changed(const struct vp_bus_msg *msg, void *arg);
void on_recording_stored(const struct vp_bus_msg *msg, void *arg);

/* --- recheck.c, refresh.c --- */
void sockets_recheck(struct sockets *sockets);
void sockets_refresh(struct sockets *sockets);
#endif
