/* The two ZeroMQ sockets: one PUB and one SUB, each connected to every forwarder. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>
#include "libcommon/bus/bus_int.h"
#include "libcommon/bus/keyfile.h"
#include "libcommon/bus/metrics.h"

#define ENDPOINTS_MAX 16
#define ENDPOINT_SIZE 256

static int set_int(void *sock, int option, int value)
{
	return zmq_setsockopt(sock, option, &value, sizeof(value)) == 0 ? 0 : zmq_errno();
}

static int set_options(void *sock)
{
	static const struct {
		int option, value;
	} options[] = {
		{ZMQ_SNDHWM, BUS_HWM},
		{ZMQ_RCVHWM, BUS_HWM},
		{ZMQ_LINGER, BUS_LINGER_MS},
		{ZMQ_IPV6, 1},
		{ZMQ_HEARTBEAT_IVL, 2000},
		{ZMQ_HEARTBEAT_TIMEOUT, 6000},
		{ZMQ_RECONNECT_IVL, 100},
		{ZMQ_RECONNECT_IVL_MAX, 2000},
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

static int set_keys(void *sock, const struct bus_keys *keys)
{
	if (zmq_setsockopt(sock, ZMQ_CURVE_SERVERKEY, keys->server, BUS_KEY_LEN + 1) != 0 ||
		zmq_setsockopt(sock, ZMQ_CURVE_PUBLICKEY, keys->public, BUS_KEY_LEN + 1) != 0 ||
		zmq_setsockopt(sock, ZMQ_CURVE_SECRETKEY, keys->secret, BUS_KEY_LEN + 1) != 0) {
		return zmq_errno();
	}
	return 0;
}

static int connect_to(void *sock, const char *host, size_t host_len, long port)
{
	char endpoint[ENDPOINT_SIZE];
	int n = snprintf(endpoint, sizeof(endpoint), "tcp://%.*s:%ld", (int)host_len, host, port);
	if (n < 0 || (size_t)n >= sizeof(endpoint)) {
		return EINVAL;
	}
	return zmq_connect(sock, endpoint) == 0 ? 0 : zmq_errno();
}

/* "HOST:PUB+SUB", with or without "tcp://". */
static int connect_pair(struct vp_bus *bus, const char *text)
{
	if (strncmp(text, "tcp://", 6) == 0) {
		text += 6;
	}
	const char *colon = strrchr(text, ':');
	if (!colon || colon == text) {
		return EINVAL;
	}
	char *end;
	long pub_port = strtol(colon + 1, &end, 10);
	if (*end != '+' || pub_port < 1 || pub_port > 65535) {
		return EINVAL;
	}
	long sub_port = strtol(end + 1, &end, 10);
	if (*end != '\0' || sub_port < 1 || sub_port > 65535) {
		return EINVAL;
	}
	size_t host_len = (size_t)(colon - text);
	int err = connect_to(bus->pub, text, host_len, pub_port);
	return err ? err : connect_to(bus->sub, text, host_len, sub_port);
}

static int connect_all(struct vp_bus *bus, const char *endpoints)
{
	char *copy = strdup(endpoints);
	if (!copy) {
		return ENOMEM;
	}
	int err = 0, n = 0;
	char *rest = copy;
	for (char *one; !err && (one = strsep(&rest, ", "));) {
		if (*one != '\0') {
			err = ++n > ENDPOINTS_MAX ? EINVAL : connect_pair(bus, one);
		}
	}
	free(copy);
	return err ? err : n > 0 ? 0 : EINVAL;
}

static int open_pair(struct vp_bus *bus)
{
	bus->zmq = zmq_ctx_new();
	if (!bus->zmq) {
		return ENOMEM;
	}
	bus->pub = zmq_socket(bus->zmq, ZMQ_PUB);
	bus->sub = zmq_socket(bus->zmq, ZMQ_SUB);
	if (!bus->pub || !bus->sub) {
		return zmq_errno();
	}
	int err = set_options(bus->pub);
	return err ? err : set_options(bus->sub);
}

int bus_socket_open(struct vp_bus *bus, const struct vp_bus_cfg *cfg)
{
	int err = open_pair(bus);
	if (!err && cfg->cert) {
		struct bus_keys keys;
		err = bus_keys_load(&keys, cfg->cert, cfg->server_key);
		if (!err) {
			err = set_keys(bus->pub, &keys);
		}
		if (!err) {
			err = set_keys(bus->sub, &keys);
		}
		bus_keys_wipe(&keys);
	}
	return err ? err : connect_all(bus, cfg->endpoints);
}

void bus_socket_close(struct vp_bus *bus)
{
	if (bus->pub) {
		zmq_close(VP_TAKE(bus->pub));
	}
	if (bus->sub) {
		zmq_close(VP_TAKE(bus->sub));
	}
	if (bus->zmq) {
		zmq_ctx_term(VP_TAKE(bus->zmq));
	}
}

void bus_send(struct vp_bus *bus, const char *topic, const struct bus_mark *mark,
	const struct bus_packed *packed)
{
	uint8_t seq[8];
	bus_wire_put_seq(mark->seq, seq);
	/* a PUB socket never blocks: it drops when a peer's queue is full */
	zmq_send(bus->pub, topic, strlen(topic), ZMQ_SNDMORE);
	zmq_send(bus->pub, mark->stream.b, sizeof(mark->stream.b), ZMQ_SNDMORE);
	zmq_send(bus->pub, seq, sizeof(seq), ZMQ_SNDMORE);
	zmq_send(bus->pub, packed->data, packed->len, 0);
	bus_count_sent(topic);
}

void bus_send_live(struct vp_bus *bus, const char *topic, const struct bus_packed *packed)
{
	const struct bus_mark mark = {.stream = bus->epoch, .seq = ++bus->live_seq};
	bus_send(bus, topic, &mark, packed);
}

int bus_socket_subscribe(struct vp_bus *bus, const char *topic)
{
	int rc = zmq_setsockopt(bus->sub, ZMQ_SUBSCRIBE, topic, strlen(topic));
	bus_wake(bus); /* the call may have eaten the descriptor's signal */
	return rc == 0 ? 0 : zmq_errno();
}

void bus_socket_unsubscribe(struct vp_bus *bus, const char *topic)
{
	zmq_setsockopt(bus->sub, ZMQ_UNSUBSCRIBE, topic, strlen(topic));
	bus_wake(bus);
}

/* All frames of a message, however many a peer made; returns their number, 0 when none waits. */
static int recv_frames(void *sock, zmq_msg_t frames[BUS_FRAMES])
{
	int n = 0;
	bool more = true;
	while (more) {
		zmq_msg_t extra;
		zmq_msg_t *frame = n < BUS_FRAMES ? &frames[n] : &extra;
		zmq_msg_init(frame);
		if (zmq_msg_recv(frame, sock, ZMQ_DONTWAIT) < 0) {
			zmq_msg_close(frame);
			break;
		}
		more = zmq_msg_more(frame);
		if (frame == &extra) {
			zmq_msg_close(frame);
		}
		n++;
	}
	return n;
}

static enum bus_recv judge(struct vp_bus *bus, const struct bus_slice slices[BUS_FRAMES],
	struct bus_in *in, bool (*wants)(struct vp_bus *bus, const struct bus_in *in))
{
	if (!bus_wire_head(slices, in)) {
		bus_count_received(NULL);
		return BUS_RECV_PASSED_OVER;
	}
	bus_count_received(in->topic);
	if (!wants(bus, in)) {
		return BUS_RECV_PASSED_OVER;
	}
	if (!bus_wire_envelope(&bus->arena, slices[3], in)) {
		bus_count_drop(BUS_DROP_BAD);
		return BUS_RECV_PASSED_OVER;
	}
	return BUS_RECV_MESSAGE;
}

enum bus_recv bus_recv(struct vp_bus *bus, struct bus_in *in,
	bool (*wants)(struct vp_bus *bus, const struct bus_in *in))
{
	zmq_msg_t frames[BUS_FRAMES];
	struct bus_slice slices[BUS_FRAMES];
	int n = recv_frames(bus->sub, frames);
	if (n == 0) {
		return BUS_RECV_NONE;
	}
	int kept = n < BUS_FRAMES ? n : BUS_FRAMES;
	for (int i = 0; i < kept; i++) {
		slices[i] = (struct bus_slice){zmq_msg_data(&frames[i]), zmq_msg_size(&frames[i])};
	}
	enum bus_recv result = BUS_RECV_PASSED_OVER;
	if (n == BUS_FRAMES) {
		result = judge(bus, slices, in, wants);
	} else {
		bus_count_received(NULL);
	}
	for (int i = 0; i < kept; i++) {
		zmq_msg_close(&frames[i]); /* the arena holds copies */
	}
	return result;
}
