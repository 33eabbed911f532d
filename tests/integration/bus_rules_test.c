/* The forwarder as a guard: who comes in, who may publish and subscribe what, and what strangers'
 * bytes do (nothing). Clients here are bare ZeroMQ sockets, since ours would not even try. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/keyfile.h"
#include "libcommon/bus/wire.h"
#include "tests/integration/bus_kit.h"

static struct kit_forwarder forwarder = {.curve = true};
static void *ctx;

struct bare {
	void *pub, *sub;
};

static void set_keys(void *sock, const struct bus_keys *keys)
{
	KIT_CHECK(zmq_setsockopt(sock, ZMQ_CURVE_SERVERKEY, keys->server, BUS_KEY_LEN + 1) == 0);
	KIT_CHECK(zmq_setsockopt(sock, ZMQ_CURVE_PUBLICKEY, keys->public, BUS_KEY_LEN + 1) == 0);
	KIT_CHECK(zmq_setsockopt(sock, ZMQ_CURVE_SECRETKEY, keys->secret, BUS_KEY_LEN + 1) == 0);
	zmq_setsockopt(sock, ZMQ_LINGER, &(int){0}, sizeof(int));
}

static struct bare bare_with(const struct bus_keys *keys)
{
	struct bare b = {.pub = zmq_socket(ctx, ZMQ_PUB), .sub = zmq_socket(ctx, ZMQ_SUB)};
	char endpoint[64];
	if (keys) {
		set_keys(b.pub, keys);
		set_keys(b.sub, keys);
	}
	snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%d", forwarder.pub_port);
	KIT_CHECK(zmq_connect(b.pub, endpoint) == 0);
	snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%d", forwarder.sub_port);
	KIT_CHECK(zmq_connect(b.sub, endpoint) == 0);
	return b;
}

static struct bare bare_open(const char *service)
{
	struct bus_keys keys;
	char *own = vp_strf("%s/private/%s.key", kit_keys(), service);
	char *server = vp_strf("%s/server.pub", kit_keys());
	KIT_CHECK(bus_keys_load(&keys, own, server) == 0);
	free(own);
	free(server);
	return bare_with(&keys);
}

static void bare_close(struct bare *b)
{
	zmq_setsockopt(b->pub, ZMQ_LINGER, &(int){0}, sizeof(int));
	zmq_setsockopt(b->sub, ZMQ_LINGER, &(int){0}, sizeof(int));
	zmq_close(b->pub);
	zmq_close(b->sub);
}

static void subscribe(struct bare *b, const char *topic)
{
	KIT_CHECK(zmq_setsockopt(b->sub, ZMQ_SUBSCRIBE, topic, strlen(topic)) == 0);
}

static void say_type(struct bare *b, const char *topic, const char *type)
{
	Ringmain__V1__Envelope env = RINGMAIN__V1__ENVELOPE__INIT;
	const struct vp_uuid id = vp_uuid_new();
	struct bus_packed packed;
	env.id = bus_wire_id(&id);
	env.type = (char *)type;
	KIT_CHECK(bus_wire_pack(&env, &packed) == 0);
	zmq_send(b->pub, topic, strlen(topic), ZMQ_SNDMORE);
	zmq_send(b->pub, id.b, 16, ZMQ_SNDMORE);
	zmq_send(b->pub, "\0\0\0\0\0\0\0\1", 8, ZMQ_SNDMORE);
	zmq_send(b->pub, packed.data, packed.len, 0);
	free(packed.data);
}

static void say(struct bare *b, const char *topic)
{
	say_type(b, topic, "test.said");
}

static void send_frames(struct bare *b, const char *topic, int n, const void *data, size_t len)
{
	zmq_send(b->pub, topic, strlen(topic), n > 1 ? ZMQ_SNDMORE : 0);
	for (int i = 1; i < n; i++) {
		zmq_send(b->pub, data, len, i + 1 < n ? ZMQ_SNDMORE : 0);
	}
}

/* The next message's topic within the time, or false. */
static bool hear(struct bare *b, char topic[256], int ms)
{
	zmq_setsockopt(b->sub, ZMQ_RCVTIMEO, &ms, sizeof(ms));
	int n = zmq_recv(b->sub, topic, 255, 0);
	if (n < 0) {
		return false;
	}
	topic[n] = '\0';
	int more = 1;
	char rest[4096];
	size_t size = sizeof(more);
	while (zmq_getsockopt(b->sub, ZMQ_RCVMORE, &more, &size) == 0 && more) {
		zmq_recv(b->sub, rest, sizeof(rest), 0);
	}
	return true;
}

static void drain(struct bare *b)
{
	char heard[256];
	while (hear(b, heard, 200)) {
	}
}

/* Repeats until the listener hears it: both connections stand then. */
static void join(struct bare *speaker, const char *topic, struct bare *listener)
{
	char heard[256];
	for (int i = 0; i < 200; i++) {
		say(speaker, topic);
		if (hear(listener, heard, 50)) {
			KIT_CHECK(strcmp(heard, topic) == 0, "%s", heard);
			drain(listener);
			return;
		}
	}
	kit_fail(__FILE__, __LINE__, "join", " %s never arrived", topic);
}

static void start(void)
{
	kit_forwarder_start(&forwarder);
	ctx = zmq_ctx_new();
}

static void stop(void)
{
	zmq_ctx_term(ctx);
	kit_forwarder_kill(&forwarder);
}

static void what_a_service_may_not_publish_goes_nowhere(void)
{
	start();
	struct bare ingest = bare_open("webhook-ingest"), gateway = bare_open("gateway");
	struct bare controller = bare_open("call-controller");
	subscribe(&gateway, "ev.");
	subscribe(&gateway, "rt.");
	subscribe(&gateway, "hb.");
	subscribe(&controller, "cmd.call-controller.");
	join(&gateway, "cmd.call-controller.c1", &controller);
	subscribe(&controller, "ev.");
	join(&ingest, "ev.webhook-ingest.-.provider.call_status", &controller);
	join(&ingest, "ev.webhook-ingest.-.provider.call_status", &gateway);
	drain(&controller);
	static const char *const forbidden[] = {"ev.call-controller.-.call.changed", "rt.u.1",
		"cmd.call-controller.c1", "hb.gateway.g1", "rpl.g1", "ev.webhook-ingest.provider.x",
		"ev.", "", "x", "ev.webhook-ingest.-.provider"};
	for (size_t i = 0; i < VP_ARRAY_LEN(forbidden); i++) {
		say(&ingest, forbidden[i]);
	}
	say(&gateway, "ev.call-controller.-.call.changed"); /* not its own */
	say(&ingest, "ev.webhook-ingest.-.provider.last");
	char heard[256];
	KIT_CHECK(hear(&gateway, heard, 3000) &&
			  strcmp(heard, "ev.webhook-ingest.-.provider.last") == 0,
		"%s", heard);
	KIT_CHECK(!hear(&gateway, heard, 300), "%s", heard);
	KIT_CHECK(hear(&controller, heard, 300) &&
			  strcmp(heard, "ev.webhook-ingest.-.provider.last") == 0,
		"%s", heard);
	KIT_CHECK(!hear(&controller, heard, 300), "%s", heard);
	bare_close(&ingest);
	bare_close(&gateway);
	bare_close(&controller);
	stop();
}

/* Its key lies where people work: it has a trunk tried, and neither dials nor hangs up. */
static void the_cli_asks_only_for_what_it_needs(void)
{
	static const char cmd[] = "cmd.call-controller.c1";
	static const char *const forbidden[] = {
		"call.dial", "call.hangup", "call.list", "call.provider_start", "trunk.test.x"};
	start();
	struct bare cli = bare_open("voip"), gateway = bare_open("gateway");
	struct bare controller = bare_open("call-controller");
	char heard[256] = "";
	subscribe(&controller, cmd);
	subscribe(&gateway, "rt.config");
	join(&gateway, cmd, &controller);
	join(&cli, "rt.config", &gateway);
	for (size_t i = 0; i < VP_ARRAY_LEN(forbidden); i++) {
		say_type(&cli, cmd, forbidden[i]);
	}
	send_frames(&cli, cmd, BUS_FRAMES, "0123456789abcdef", 16); /* an envelope that is none */
	say_type(&cli, "cmd.call-controller.c1.last", "trunk.test");
	KIT_CHECK(
		hear(&controller, heard, 3000) && strcmp(heard, "cmd.call-controller.c1.last") == 0,
		"%s", heard);
	KIT_CHECK(!hear(&controller, heard, 300), "%s", heard);
	kit_forwarder_await(&forwarder, "voip_bus_forbidden_total{verb=\"publish\"}", 6);
	bare_close(&cli);
	bare_close(&gateway);
	bare_close(&controller);
	stop();
}

static void an_eavesdropper_is_thrown_out(void)
{
	static const char *const wanted[] = {
		"", "cmd.", "cmd.router", "cmd.router.", "rpl.", "ev.", "rt.", "e"};
	for (size_t i = 0; i < VP_ARRAY_LEN(wanted); i++) {
		start();
		struct bare router = bare_open("router"), gateway = bare_open("gateway");
		struct bare controller = bare_open("call-controller"),
			    spy = bare_open("webhook-ingest");
		subscribe(&router, "cmd.router.r1");
		subscribe(&gateway, "rpl.g1");
		subscribe(&gateway, "ev.");
		subscribe(&gateway, "rt.");
		join(&gateway, "cmd.router.r1", &router);
		join(&router, "rpl.g1", &gateway);
		join(&controller, "rt.u.1", &gateway);
		join(&spy, "ev.webhook-ingest.-.provider.x", &gateway);
		subscribe(&spy, wanted[i]);
		kit_forwarder_await(&forwarder, "voip_bus_forbidden_total{verb=\"subscribe\"}", 1);
		char heard[256];
		while (hear(&spy, heard, 50)) { /* what slipped through before it was noticed */
		}
		for (int k = 0; k < 50; k++) {
			say(&gateway, "cmd.router.r1");
			say(&router, "rpl.g1");
			say(&controller, "rt.u.1");
			say(&controller, "ev.call-controller.-.call.changed");
			KIT_CHECK(!hear(&spy, heard, 10), "subscribed '%s', heard %s", wanted[i],
				heard);
		}
		KIT_CHECK(!hear(&spy, heard, 300), "subscribed '%s', heard %s", wanted[i], heard);
		KIT_CHECK(hear(&router, heard, 300), "the others go on");
		KIT_CHECK(hear(&gateway, heard, 300));
		bare_close(&router);
		bare_close(&gateway);
		bare_close(&controller);
		bare_close(&spy);
		stop();
	}
}

static void a_stranger_gets_and_gives_nothing(void)
{
	start();
	struct bare gateway = bare_open("gateway"), controller = bare_open("call-controller");
	subscribe(&gateway, "rt.");
	join(&controller, "rt.u.1", &gateway);
	struct bus_keys keys;
	char *server = vp_strf("%s/server.pub", kit_keys());
	KIT_CHECK(bus_key_read(server, "public-key", keys.server) == 0);
	free(server);
	KIT_CHECK(zmq_curve_keypair(keys.public, keys.secret) == 0);
	struct bare unknown = bare_with(&keys), keyless = bare_with(NULL);
	subscribe(&unknown, "rt.");
	subscribe(&keyless, "rt.");
	char heard[256];
	for (int i = 0; i < 50; i++) {
		say(&unknown, "rt.u.666");
		say(&keyless, "rt.u.666");
		KIT_CHECK(!hear(&gateway, heard, 10), "%s", heard);
	}
	KIT_CHECK(!hear(&gateway, heard, 300), "%s", heard);
	for (int i = 0; i < 20; i++) {
		say(&controller, "rt.u.1");
	}
	KIT_CHECK(hear(&gateway, heard, 1000));
	KIT_CHECK(!hear(&unknown, heard, 300) && !hear(&keyless, heard, 300));
	bare_close(&gateway);
	bare_close(&controller);
	bare_close(&unknown);
	bare_close(&keyless);
	stop();
}

/* The folder is read at most once a second: who was refused tries again, as a service would. */
static struct bare join_with(const struct bus_keys *keys, const char *topic, struct bare *listener)
{
	char heard[256];
	for (int i = 0; i < 50; i++) {
		struct bare speaker = keys ? bare_with(keys) : bare_open("recorder");
		for (int k = 0; k < 4; k++) {
			say(&speaker, topic);
			if (hear(listener, heard, 50)) {
				drain(listener);
				return speaker;
			}
		}
		bare_close(&speaker);
	}
	kit_fail(__FILE__, __LINE__, "join_with", " %s never arrived", topic);
}

/* A fresh connection with the key of the folder's first file gets nothing through. */
static bool is_shut_out(const char *topic, struct bare *listener)
{
	char heard[256];
	struct bare speaker = bare_open("recorder");
	bool arrived = false;
	for (int i = 0; i < 20 && !arrived; i++) {
		say(&speaker, topic);
		arrived = hear(listener, heard, 50);
	}
	bare_close(&speaker);
	return !arrived;
}

static void keys_rotate_while_everything_runs(void)
{
	start();
	struct bare gateway = bare_open("gateway");
	subscribe(&gateway, "ev.");
	struct bus_keys keys;
	char *server = vp_strf("%s/server.pub", kit_keys());
	KIT_CHECK(bus_key_read(server, "public-key", keys.server) == 0);
	KIT_CHECK(zmq_curve_keypair(keys.public, keys.secret) == 0);
	char *second = vp_strf("%s/public/recorder.2.pub", kit_keys());
	char *first = vp_strf("%s/public/recorder.pub", kit_keys());
	FILE *file = fopen(second, "w");
	fprintf(file, "curve\n    public-key = \"%s\"\n", keys.public);
	fclose(file);
	static const char topic[] = "ev.recorder.-.recording.stored";
	struct bare new_one = join_with(&keys, topic, &gateway);
	struct bare old_one = join_with(NULL, topic, &gateway);
	bare_close(&old_one);
	unlink(first);
	int64_t until = vp_mono_us() + 10000000;
	while (!is_shut_out(topic, &gateway)) {
		KIT_CHECK(vp_mono_us() < until, "the old key is out");
		drain(&gateway);
	}
	join(&new_one, "ev.recorder.-.recording.stored", &gateway);
	free(server);
	free(first);
	free(second);
	bare_close(&new_one);
	bare_close(&gateway);
	stop();
}

static void send_noise(struct bare *b, const char *topic)
{
	static uint8_t noise[70000];
	/* a send waits for room, where it would drop */
	KIT_CHECK(zmq_setsockopt(b->pub, ZMQ_XPUB_NODROP, &(int){1}, sizeof(int)) == 0);
	for (int n = 1; n < 12; n++) {
		send_frames(b, topic, n, "", 0);
		send_frames(b, topic, n, "0123456789abcdef", 16);
	}
	for (int i = 0; i < 2000; i++) {
		uint16_t len;
		vp_random(&len, sizeof(len));
		len %= i % 10 ? 300 : sizeof(noise) - 1;
		vp_random(noise, len);
		zmq_send(b->pub, topic, strlen(topic), ZMQ_SNDMORE);
		zmq_send(b->pub, noise, 16, ZMQ_SNDMORE);
		zmq_send(b->pub, noise, 8, ZMQ_SNDMORE);
		zmq_send(b->pub, noise, len, 0);
	}
}

static void on_call(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	(void)arg;
	vp_bus_reply_ok(call, msg->data, msg->len);
}

static void on_reply(const struct vp_bus_reply *reply, void *arg)
{
	*(int *)arg = reply->status;
}

static bool is_set(void *arg)
{
	return *(int *)arg != 0;
}

/* A service of ours that has gone mad: its key is good, its bytes are not. */
static void noise_leaves_forwarder_and_clients_standing(void)
{
	start();
	struct kit_peer peers[2];
	kit_peer_open(&peers[0], kit_endpoints(&forwarder, 1), NULL, "gateway", "g", NULL);
	kit_peer_open(&peers[1], kit_endpoints(&forwarder, 1), NULL, "router", "r", NULL);
	vp_bus_serve(peers[1].bus, "router.echo", on_call, NULL);
	vp_bus_subscribe(peers[0].bus, "rt.");
	kit_pump_ready(peers, 2);
	struct bare mad = bare_open("router"), mad_gateway = bare_open("gateway");
	subscribe(&mad, "cmd.router.mad");
	subscribe(&mad_gateway, "rt.u.mad");
	join(&mad, "rt.u.mad", &mad_gateway);
	join(&mad_gateway, "cmd.router.mad", &mad);
	static const char *const topics[] = {
		"rt.u.1", "hb.router.r", "rpl.g", "ev.router.-.route.x", "hb.router."};
	for (size_t i = 0; i < VP_ARRAY_LEN(topics); i++) {
		send_noise(&mad, topics[i]);
		join(&mad, "rt.u.mad", &mad_gateway); /* behind the noise: it was all taken */
		kit_pump_once(peers, 2, 0);
	}
	send_noise(&mad_gateway, "cmd.router.r");
	join(&mad_gateway, "cmd.router.mad", &mad);
	int status = 0;
	const struct vp_bus_req req = {
		.service = "router", .type = "router.echo", .timeout_ms = 5000};
	KIT_CHECK(vp_bus_request(peers[0].bus, &req, on_reply, &status, NULL) == 0);
	kit_pump(peers, 2, is_set, &status, 6000, "an answer after the noise");
	KIT_CHECK(status == 200, "%d", status);
	KIT_CHECK(kill(forwarder.pid, 0) == 0 && waitpid(forwarder.pid, NULL, WNOHANG) == 0);
	bare_close(&mad);
	bare_close(&mad_gateway);
	kit_peer_close(&peers[0]);
	kit_peer_close(&peers[1]);
	stop();
}

static int connect_raw(int port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	KIT_CHECK(connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	return fd;
}

static void bytes_that_are_no_zeromq_do_no_harm(void)
{
	start();
	for (int i = 0; i < 200; i++) {
		uint8_t noise[512];
		vp_random(noise, sizeof(noise));
		if (i % 2) { /* a greeting of ZMTP 3.1, then noise */
			memcpy(noise, "\xff\0\0\0\0\0\0\0\0\x7f\3\1CURVE", 17);
			memset(noise + 17, 0, 47);
		}
		int fd = connect_raw(i % 3 ? forwarder.pub_port : forwarder.sub_port);
		KIT_CHECK(send(fd, noise, sizeof(noise), MSG_NOSIGNAL) > 0);
		close(fd);
	}
	struct bare gateway = bare_open("gateway"), controller = bare_open("call-controller");
	subscribe(&gateway, "rt.");
	join(&controller, "rt.u.1", &gateway);
	bare_close(&gateway);
	bare_close(&controller);
	stop();
}

static void a_taken_port_is_a_clear_error(void)
{
	start();
	char listen[32];
	snprintf(listen, sizeof(listen), "127.0.0.1:%d", forwarder.pub_port);
	setenv("VOIP_BUS_LISTEN_PUB", listen, 1);
	setenv("VOIP_ENV_FILE", "/dev/null", 1);
	const char *const argv[] = {getenv("VOIP_BUS_BIN"), NULL};
	KIT_CHECK(kit_run(argv) == 1);
	stop();
}

static void beyond_loopback_keys_are_demanded(void)
{
	setenv("VOIP_BUS_LISTEN_PUB", "0.0.0.0:1", 1);
	setenv("VOIP_ENV_FILE", "/dev/null", 1);
	const char *const argv[] = {getenv("VOIP_BUS_BIN"), NULL};
	KIT_CHECK(kit_run(argv) == 1);
}

static mode_t mode_of(const char *dir, const char *file)
{
	char *path = vp_strf("%s/%s", dir, file);
	struct stat st;
	KIT_CHECK(stat(path, &st) == 0, "%s", path);
	free(path);
	return st.st_mode & 0777;
}

static void keys_are_made_once_and_secret(void)
{
	const char *keys = kit_keys(), *program = getenv("VOIP_BUS_BIN");
	char first[BUS_KEY_LEN + 1], again[BUS_KEY_LEN + 1];
	char *router = vp_strf("%s/private/router.key", keys);
	char *public = vp_strf("%s/public/router.pub", keys);
	KIT_CHECK(mode_of(keys, "private") == 0700);
	KIT_CHECK(mode_of(keys, "private/router.key") == 0600);
	KIT_CHECK(mode_of(keys, "private/bus.key") == 0600);
	KIT_CHECK(bus_key_read(router, "secret-key", first) == 0);
	unlink(public);
	KIT_CHECK(kit_run((const char *const[]){program, "--make-keys", keys, NULL}) == 0);
	KIT_CHECK(bus_key_read(router, "secret-key", again) == 0);
	KIT_CHECK(strcmp(first, again) == 0);
	KIT_CHECK(bus_key_read(public, "public-key", again) == 0, "the public half is made good");
	KIT_CHECK(bus_key_read(public, "secret-key", again) == EINVAL, "and has no secret");
	KIT_CHECK(kit_run((const char *const[]){program, "--make-keys", keys, "../x", NULL}) == 1);
	KIT_CHECK(kit_run((const char *const[]){program, "--make-keys", "/proc/x", NULL}) == 1);
	free(router);
	free(public);
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"what a service may not publish goes nowhere",
			what_a_service_may_not_publish_goes_nowhere},
		{"the CLI asks only for what it needs", the_cli_asks_only_for_what_it_needs},
		{"an eavesdropper is thrown out", an_eavesdropper_is_thrown_out},
		{"a stranger gets and gives nothing", a_stranger_gets_and_gives_nothing},
		{"keys rotate while everything runs", keys_rotate_while_everything_runs},
		{"noise leaves forwarder and clients standing",
			noise_leaves_forwarder_and_clients_standing},
		{"bytes that are no ZeroMQ do no harm", bytes_that_are_no_zeromq_do_no_harm},
		{"a taken port is a clear error", a_taken_port_is_a_clear_error},
		{"beyond loopback keys are demanded", beyond_loopback_keys_are_demanded},
		{"keys are made once and secret", keys_are_made_once_and_secret},
	};
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
