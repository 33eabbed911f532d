/* The permanent subscription to everything on the publishers' side keeps their filters out of the
 * game: a subscription never has to travel further than to here, and nobody's first message is lost
 * to one that is still on its way. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/keyfile.h"
#include "libcommon/bus/wire.h"
#include "libcommon/log/log.h"
#include "services/bus/count.h"
#include "services/bus/domain/policy.h"
#include "services/bus/door.h"
#include "services/bus/forwarder.h"

#define HWM 100000
#define BACKLOG 512
#define BATCH_MAX 256 /* messages between two looks at the subscriptions */
#define IO_THREADS 2
#define LOG_US 10000000
#define ZAP_DOMAIN "bus"

struct forwarder {
	void *zmq, *xsub, *xpub;
	struct door *door;      /* NULL: without CURVE */
	struct bus_arena arena; /* for the envelopes that are looked into */
	struct vp_log_limit publish_limit, subscribe_limit;
};

static int set_int(void *sock, int option, int value)
{
	return zmq_setsockopt(sock, option, &value, sizeof(value)) == 0 ? 0 : zmq_errno();
}

static int set_options(void *sock)
{
	static const struct {
		int option, value;
	} options[] = {
		{ZMQ_SNDHWM, HWM},
		{ZMQ_RCVHWM, HWM},
		{ZMQ_LINGER, 0},
		{ZMQ_IPV6, 1},
		{ZMQ_BACKLOG, BACKLOG},
		{ZMQ_HEARTBEAT_IVL, 2000},
		{ZMQ_HEARTBEAT_TIMEOUT, 6000},
		{ZMQ_HEARTBEAT_TTL, 6000},
		{ZMQ_HANDSHAKE_IVL, 10000},
		{ZMQ_TCP_KEEPALIVE, 1},
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(options); i++) {
		int err = set_int(sock, options[i].option, options[i].value);
		if (err) {
			return err;
		}
	}
	int64_t max = BUS_MESSAGE_MAX;
	return zmq_setsockopt(sock, ZMQ_MAXMSGSIZE, &max, sizeof(max)) == 0 ? 0 : zmq_errno();
}

static int set_key(void *sock, const char *secret)
{
	int err = set_int(sock, ZMQ_CURVE_SERVER, 1);
	if (!err && (zmq_setsockopt(sock, ZMQ_CURVE_SECRETKEY, secret, BUS_KEY_LEN + 1) != 0 ||
			    zmq_setsockopt(sock, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN)) !=
				    0)) {
		err = zmq_errno();
	}
	return err;
}

static int bind_to(void *sock, const char *listen, const char *what)
{
	char *endpoint = vp_strf("tcp://%s", listen);
	int err = !endpoint ? ENOMEM : zmq_bind(sock, endpoint) == 0 ? 0 : zmq_errno();
	free(endpoint);
	if (err) {
		vp_log(ERROR, "bus.bind_failed", VP_KV_STR("for", what),
			VP_KV_STR("listen", listen), VP_KV_STR("err", zmq_strerror(err)));
	}
	return err;
}

static int open_sockets(struct forwarder *f)
{
	f->zmq = zmq_ctx_new();
	if (!f->zmq) {
		return ENOMEM;
	}
	zmq_ctx_set(f->zmq, ZMQ_IO_THREADS, IO_THREADS);
	f->xsub = zmq_socket(f->zmq, ZMQ_XSUB);
	f->xpub = zmq_socket(f->zmq, ZMQ_XPUB);
	if (!f->xsub || !f->xpub) {
		return zmq_errno();
	}
	int err = set_options(f->xsub);
	if (!err) {
		err = set_options(f->xpub);
	}
	return err ? err
		   : set_int(f->xpub, ZMQ_XPUB_VERBOSE, 1); /* each subscription is looked at */
}

static int open_door(struct forwarder *f, const struct forwarder_cfg *cfg)
{
	char secret[BUS_KEY_LEN + 1];
	int err = bus_key_read(cfg->cert, "secret-key", secret);
	if (err) {
		vp_log(ERROR, "bus.cert_unreadable", VP_KV_STR("file", cfg->cert), VP_KV_ERR(err));
		return err;
	}
	/* first who answers for the keys, then the keys: without an answerer libzmq lets all in */
	err = door_create(&f->door, f->zmq, cfg->keys_dir);
	if (err) {
		vp_log(ERROR, "bus.keys_unreadable", VP_KV_STR("dir", cfg->keys_dir),
			VP_KV_ERR(err));
	}
	if (!err) {
		err = set_key(f->xsub, secret);
	}
	if (!err) {
		err = set_key(f->xpub, secret);
	}
	explicit_bzero(secret, sizeof(secret));
	return err;
}

int forwarder_create(struct forwarder **ret, const struct forwarder_cfg *cfg)
{
	struct forwarder *f = calloc(1, sizeof(*f));
	if (!f) {
		return ENOMEM;
	}
	count_init();
	int err = bus_arena_init(&f->arena);
	if (!err) {
		err = open_sockets(f);
	}
	if (!err && cfg->keys_dir) {
		err = open_door(f, cfg);
	}
	if (!err) {
		err = bind_to(f->xsub, cfg->listen_pub, "publishers");
	}
	if (!err) {
		err = bind_to(f->xpub, cfg->listen_sub, "subscribers");
	}
	if (!err && zmq_send(f->xsub, "\1", 1, 0) < 0) {
		err = zmq_errno();
	}
	if (err) {
		forwarder_destroy(f);
		return err;
	}
	*ret = f;
	return 0;
}

struct forwarder *forwarder_destroy(struct forwarder *f)
{
	if (!f) {
		return NULL;
	}
	if (f->xsub) {
		zmq_close(f->xsub);
	}
	if (f->xpub) {
		zmq_close(f->xpub);
	}
	door_destroy(f->door);
	bus_arena_free(&f->arena);
	if (f->zmq) {
		zmq_ctx_term(f->zmq);
	}
	free(f);
	return NULL;
}

/* Whom ZAP took the peer for; "" without CURVE. */
static const char *peer_of(zmq_msg_t *frame)
{
	const char *user = zmq_msg_gets(frame, "User-Id");
	return user ? user : "";
}

static bool copy_topic(char topic[BUS_TOPIC_MAX + 1], const void *data, size_t len)
{
	if (len > BUS_TOPIC_MAX || memchr(data, '\0', len)) {
		return false;
	}
	memcpy(topic, data, len);
	topic[len] = '\0';
	return true;
}

/* Requests of who may ask for some things only: what the envelope asks for. */
static bool may_ask(struct forwarder *f, const char *peer, zmq_msg_t *envelope)
{
	struct bus_in in;
	const struct bus_slice packed = {zmq_msg_data(envelope), zmq_msg_size(envelope)};
	return !policy_limits_asking(peer) ||
	       (bus_wire_envelope(&f->arena, packed, &in) && policy_may_ask(peer, in.env->type));
}

static bool may_publish(
	struct forwarder *f, const char *peer, const char *topic, zmq_msg_t frames[BUS_FRAMES])
{
	return policy_may_publish(peer, topic) &&
	       (strncmp(topic, "cmd.", 4) != 0 || may_ask(f, peer, &frames[BUS_FRAMES - 1]));
}

static bool may_pass(struct forwarder *f, zmq_msg_t frames[BUS_FRAMES])
{
	char topic[BUS_TOPIC_MAX + 1];
	if (!copy_topic(topic, zmq_msg_data(&frames[0]), zmq_msg_size(&frames[0]))) {
		count_bad();
		return false;
	}
	const char *peer = peer_of(&frames[0]);
	if (f->door && !may_publish(f, peer, topic, frames)) {
		uint64_t held_back;
		count_forbidden(COUNT_PUBLISH);
		if (vp_log_limit_pass(&f->publish_limit, LOG_US, &held_back)) {
			vp_log(WARN, "bus.publish_forbidden", VP_KV_STR("service", peer),
				VP_KV_STR("topic", topic), VP_KV_INT("held_back", held_back));
		}
		return false;
	}
	count_forwarded(topic);
	return true;
}

/* One whole message; how many frames it has, 0 when none waits. Those over the limit are dropped */
static int recv_message(void *sock, zmq_msg_t *frames, int max)
{
	int n = 0;
	bool more = true;
	while (more) {
		zmq_msg_t extra;
		zmq_msg_t *frame = n < max ? &frames[n] : &extra;
		zmq_msg_init(frame);
		if (zmq_msg_recv(frame, sock, ZMQ_DONTWAIT) < 0) {
			zmq_msg_close(frame);
			break;
		}
		more = zmq_msg_more(frame);
		n++;
		if (frame == &extra) {
			zmq_msg_close(frame);
		}
	}
	return n;
}

static void close_frames(zmq_msg_t *frames, int n)
{
	for (int i = 0; i < n; i++) {
		zmq_msg_close(&frames[i]);
	}
}

static bool forward_one(struct forwarder *f)
{
	zmq_msg_t frames[BUS_FRAMES];
	int n = recv_message(f->xsub, frames, BUS_FRAMES);
	if (n == 0) {
		return false;
	}
	if (n != BUS_FRAMES) {
		count_bad();
		close_frames(frames, n < BUS_FRAMES ? n : BUS_FRAMES);
		return true;
	}
	if (!may_pass(f, frames)) {
		close_frames(frames, BUS_FRAMES);
		return true;
	}
	for (int i = 0; i < BUS_FRAMES; i++) {
		/* a full subscriber loses the message; a sent frame is libzmq's */
		if (zmq_msg_send(&frames[i], f->xpub, i + 1 < BUS_FRAMES ? ZMQ_SNDMORE : 0) < 0) {
			zmq_msg_close(&frames[i]);
		}
	}
	return true;
}

/* XPUB has already applied the subscription, and nothing in libzmq takes it back. So the peer loses
 * its connection, and its service is not let in for a while. */
static void throw_out(struct forwarder *f, zmq_msg_t *frame, const char *peer, const char *topic)
{
	uint64_t held_back;
	int fd = zmq_msg_get(frame, ZMQ_SRCFD);
	count_forbidden(COUNT_SUBSCRIBE);
	door_shut(f->door, peer);
	if (fd >= 0) {
		shutdown(fd, SHUT_RDWR);
	}
	if (vp_log_limit_pass(&f->subscribe_limit, LOG_US, &held_back)) {
		vp_log(ERROR, "bus.subscribe_forbidden", VP_KV_STR("service", peer),
			VP_KV_STR("topic", topic), VP_KV_INT("held_back", held_back));
	}
}

static bool look_at_subscription(struct forwarder *f)
{
	zmq_msg_t frame;
	char topic[BUS_TOPIC_MAX + 1] = "";
	int n = recv_message(f->xpub, &frame, 1);
	if (n == 0) {
		return false;
	}
	const char *data = zmq_msg_data(&frame);
	size_t len = zmq_msg_size(&frame);
	if (f->door && len > 0 && data[0] == 1) {
		const char *peer = peer_of(&frame);
		bool fits = copy_topic(topic, data + 1, len - 1);
		if (!fits || !policy_may_subscribe(peer, topic)) {
			throw_out(f, &frame, peer, topic);
		}
	}
	zmq_msg_close(&frame);
	return true;
}

void forwarder_step(struct forwarder *f, int extra_fd, long timeout_ms)
{
	zmq_pollitem_t items[] = {
		{.socket = f->xsub, .events = ZMQ_POLLIN},
		{.socket = f->xpub, .events = ZMQ_POLLIN},
		{.fd = extra_fd, .events = ZMQ_POLLIN},
		{.socket = f->door ? door_socket(f->door) : NULL, .fd = -1, .events = ZMQ_POLLIN},
	};
	if (zmq_poll(items, f->door ? 4 : 3, timeout_ms) <= 0) {
		return;
	}
	if (f->door && items[3].revents) {
		door_serve(f->door);
	}
	while (items[1].revents && look_at_subscription(f)) {
	}
	for (int n = 0; items[0].revents && n < BATCH_MAX && forward_one(f); n++) {
	}
}
