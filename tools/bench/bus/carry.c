/* One publisher, one forwarder, one subscriber, 200 bytes of payload, CURVE. */
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/keyfile.h"
#include "tests/integration/bus_kit.h"
#include "tools/bench/bus/bench_bus.h"

#define PAYLOAD 200
#define WINDOW 8000 /* under way at most: nothing is dropped */
#define FLAT_OUT 200000
#define PACED 20000
#define PACE 5000 /* a second */

static struct board {
	atomic_int joined, sent, received;
	double publisher_cpu_us;
} * board;
static double delays[FLAT_OUT];

static void on_message(const struct vp_bus_msg *msg, void *arg)
{
	(void)arg;
	int64_t sent_us;
	if (msg->topic[3] == 'j') {
		atomic_store(&board->joined, 1);
		return;
	}
	memcpy(&sent_us, msg->data, sizeof(sent_us));
	delays[atomic_load(&board->received)] = (double)(vp_mono_us() - sent_us);
	atomic_fetch_add(&board->received, 1);
}

static void publish(struct kit_peer *peer, const char *topic)
{
	uint8_t data[PAYLOAD] = {0};
	int64_t now = vp_mono_us();
	memcpy(data, &now, sizeof(now));
	const struct vp_event event = {.type = "call.changed", .data = data, .len = sizeof(data)};
	KIT_CHECK(vp_bus_publish(peer->bus, topic, &event) == 0);
}

static bool may_send(int sent, int per_second, int64_t start)
{
	if (per_second) {
		return sent <= (vp_mono_us() - start) * per_second / 1000000;
	}
	return sent - atomic_load(&board->received) < WINDOW;
}

static void publisher(const char *endpoints, int total, int per_second)
{
	struct kit_peer peer;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	kit_peer_open(&peer, endpoints, NULL, "call-controller", "publisher", NULL);
	while (!atomic_load(&board->joined)) {
		publish(&peer, "rt.join");
		kit_pump_once(&peer, 1, 20);
	}
	double cpu = cpu_self_us();
	int64_t start = vp_mono_us();
	int sent = 0;
	while (sent < total) {
		while (sent < total && may_send(sent, per_second, start)) {
			publish(&peer, "rt.load");
			atomic_store(&board->sent, ++sent);
		}
		kit_pump_once(&peer, 1, 1);
	}
	while (atomic_load(&board->received) < total) {
		kit_pump_once(&peer, 1, 1);
	}
	board->publisher_cpu_us = cpu_self_us() - cpu;
	_exit(0);
}

static bool all_received(void *arg)
{
	return atomic_load(&board->received) >= *(int *)arg;
}

static bool joined(void *arg)
{
	(void)arg;
	return atomic_load(&board->joined) == 1;
}

static void named_row(
	const char *what, const char *how, const char *figure, double value, const char *unit)
{
	char *name = vp_strf("%s, %s: %s", what, how, figure);
	row(name, value, unit);
	free(name);
}

static void carry(
	const char *what, pid_t forwarder, const char *endpoints, int total, int per_second)
{
	memset(board, 0, sizeof(*board));
	pid_t pid = fork();
	if (pid == 0) {
		publisher(endpoints, total, per_second);
	}
	struct kit_peer peer;
	kit_peer_open(&peer, endpoints, NULL, "gateway", "subscriber", NULL);
	vp_bus_on_live(peer.bus, on_message, NULL);
	KIT_CHECK(vp_bus_subscribe(peer.bus, "rt.") == 0);
	kit_pump(&peer, 1, joined, NULL, 10000, "the publisher");
	double cpu = cpu_self_us(), cpu_forwarder = cpu_of_us(forwarder);
	int64_t start = vp_mono_us();
	kit_pump(&peer, 1, all_received, &total, 120000, "all messages");
	double took = (double)(vp_mono_us() - start), n = total;
	cpu = cpu_self_us() - cpu;
	cpu_forwarder = cpu_of_us(forwarder) - cpu_forwarder;
	waitpid(pid, NULL, 0);
	char how[32] = "flat out";
	if (per_second) {
		snprintf(how, sizeof(how), "%d/s", per_second);
	} else {
		named_row(what, how, "messages", n / took * 1e6, "1/s");
	}
	named_row(what, how, "forwarder CPU", cpu_forwarder / n, "us/message");
	named_row(what, how, "publisher CPU", board->publisher_cpu_us / n, "us/message");
	named_row(what, how, "subscriber CPU", cpu / n, "us/message");
	if (per_second) {
		named_row(what, how, "delay p50", percentile(delays, (size_t)total, 0.5), "us");
		named_row(what, how, "delay p99", percentile(delays, (size_t)total, 0.99), "us");
	}
	kit_peer_close(&peer);
}

void bench_carry(const char *what, pid_t forwarder, const char *endpoints)
{
	board = board ? board : shared(sizeof(*board));
	carry(what, forwarder, endpoints, FLAT_OUT, 0);
	carry(what, forwarder, endpoints, PACED, PACE);
}

static void *bind_bare(void *ctx, int type, int port, const char *secret)
{
	void *sock = zmq_socket(ctx, type);
	char endpoint[64];
	snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%d", port);
	zmq_setsockopt(sock, ZMQ_SNDHWM, &(int){100000}, sizeof(int));
	zmq_setsockopt(sock, ZMQ_RCVHWM, &(int){100000}, sizeof(int));
	zmq_setsockopt(sock, ZMQ_CURVE_SERVER, &(int){1}, sizeof(int));
	zmq_setsockopt(sock, ZMQ_CURVE_SECRETKEY, secret, BUS_KEY_LEN + 1);
	KIT_CHECK(zmq_bind(sock, endpoint) == 0);
	return sock;
}

pid_t start_bare_proxy(int pub_port, int sub_port)
{
	char secret[BUS_KEY_LEN + 1];
	char *path = vp_strf("%s/private/bus.key", kit_keys());
	KIT_CHECK(bus_key_read(path, "secret-key", secret) == 0);
	free(path);
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		void *ctx = zmq_ctx_new();
		zmq_proxy(bind_bare(ctx, ZMQ_XSUB, pub_port, secret),
			bind_bare(ctx, ZMQ_XPUB, sub_port, secret), NULL);
		_exit(0);
	}
	return pid;
}
