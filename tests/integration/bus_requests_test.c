/* Requests, presence and live hints through a real forwarder. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tests/integration/bus_kit.h"
#include "tests/lib/child.h"

#define NODES_MAX 3
#define REPLIES_MAX 512

static struct kit_forwarder forwarder;
/* a gateway that asks, and routers that answer */
static struct kit_peer peers[1 + NODES_MAX];
#define GATEWAY (&peers[0])

static struct {
	int calls;                /* how often the handler ran */
	struct vp_bus_call *held; /* a call that waits for its answer */
	struct vp_bus *bus;
} node[NODES_MAX];

static struct seen {
	int calls, status;
	char error[64], data[64];
} seen[REPLIES_MAX];
static int n_seen;

static void on_reply(const struct vp_bus_reply *reply, void *arg)
{
	struct seen *s = arg;
	s->calls++;
	s->status = reply->status;
	vp_strcopy(s->error, sizeof(s->error), reply->error);
	KIT_CHECK(reply->len < sizeof(s->data));
	if (reply->len > 0) {
		memcpy(s->data, reply->data, reply->len);
	}
	n_seen++;
}

/* "router.echo" answers at once with its node and a count, "router.hold" when the test says so. */
static void on_echo(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	intptr_t i = (intptr_t)arg;
	char text[64];
	int len = snprintf(text, sizeof(text), "%s/%d/%.*s", vp_bus_node(node[i].bus),
		++node[i].calls, (int)msg->len, (const char *)msg->data);
	vp_bus_reply_ok(call, text, (size_t)len);
}

static void on_hold(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	intptr_t i = (intptr_t)arg;
	(void)msg;
	node[i].calls++;
	node[i].held = call;
}

static void on_refuse(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	vp_bus_reply_error(call, 403, "destination_forbidden", "This country is not allowed.");
}

static void open_node(intptr_t i)
{
	char name[16];
	snprintf(name, sizeof(name), "r%d", (int)i);
	kit_peer_open(&peers[1 + i], kit_endpoints(&forwarder, 1), NULL, "router", name, NULL);
	node[i].bus = peers[1 + i].bus;
	KIT_CHECK(vp_bus_serve(node[i].bus, "router.echo", on_echo, (void *)i) == 0);
	KIT_CHECK(vp_bus_serve(node[i].bus, "router.hold", on_hold, (void *)i) == 0);
	KIT_CHECK(vp_bus_serve(node[i].bus, "router.refuse", on_refuse, (void *)i) == 0);
	KIT_CHECK(vp_bus_serve(node[i].bus, "router.echo", on_echo, (void *)i) == EEXIST);
}

static void count_node(const char *name, unsigned load, unsigned capacity, void *arg)
{
	(void)name;
	(void)load;
	KIT_CHECK(capacity == 100);
	++*(int *)arg;
}

static int wanted_nodes;

static bool sees_nodes(void *arg)
{
	int n = 0;
	(void)arg;
	vp_bus_nodes(GATEWAY->bus, "router", count_node, &n);
	return n == wanted_nodes;
}

static void open_all(int nodes)
{
	forwarder.curve = true;
	kit_forwarder_start(&forwarder);
	kit_peer_open(GATEWAY, kit_endpoints(&forwarder, 1), NULL, "gateway", "g", NULL);
	for (int i = 0; i < nodes; i++) {
		open_node(i);
	}
	kit_pump_ready(peers, 1 + NODES_MAX);
	wanted_nodes = nodes;
	kit_pump(peers, 1 + NODES_MAX, sees_nodes, NULL, 5000, "the routers are known");
}

static void close_all(void)
{
	for (int i = 0; i <= NODES_MAX; i++) {
		kit_peer_close(&peers[i]);
	}
	kit_forwarder_kill(&forwarder);
}

static struct vp_bus_op *ask(struct seen *s, struct vp_bus_req req)
{
	struct vp_bus_op *op = NULL;
	req.service = req.service ? req.service : "router";
	req.type = req.type ? req.type : "router.echo";
	req.data = "hi";
	req.len = 2;
	int before = n_seen;
	KIT_CHECK(vp_bus_request(GATEWAY->bus, &req, on_reply, s, &op) == 0);
	KIT_CHECK(n_seen == before, "never from inside the call");
	return op;
}

static bool has_seen(void *arg)
{
	return n_seen >= (int)(intptr_t)arg;
}

static void wait_for(int n, int max_ms)
{
	kit_pump(peers, 1 + NODES_MAX, has_seen, (void *)(intptr_t)n, max_ms, "the answers");
}

static void ask_and_wait(struct seen *s, struct vp_bus_req req)
{
	ask(s, req);
	wait_for(n_seen + 1, 8000);
	KIT_CHECK(s->calls == 1);
}

static void requests_are_answered_and_spread(void)
{
	open_all(3);
	for (int i = 0; i < 300; i++) {
		ask(&seen[i], (struct vp_bus_req){0});
	}
	wait_for(300, 5000);
	for (int i = 0; i < 300; i++) {
		KIT_CHECK(seen[i].status == 200 && seen[i].calls == 1);
		KIT_CHECK(strstr(seen[i].data, "/hi"), "%s", seen[i].data);
	}
	for (int i = 0; i < 3; i++) {
		KIT_CHECK(node[i].calls == 100, "node %d had %d", i, node[i].calls);
	}
	struct seen refused = {0};
	ask_and_wait(&refused, (struct vp_bus_req){.type = "router.refuse"});
	KIT_CHECK(refused.status == 403 && strcmp(refused.error, "destination_forbidden") == 0);
	struct seen unknown = {0};
	ask_and_wait(&unknown, (struct vp_bus_req){.type = "router.nonsense"});
	KIT_CHECK(unknown.status == 501);
	close_all();
}

static void a_sticky_key_stays_with_its_node_while_that_lives(void)
{
	open_all(3);
	char first[3][8];
	int used = 0;
	for (int k = 0; k < 60; k++) {
		char key[16];
		snprintf(key, sizeof(key), "key-%d", k);
		for (int i = 0; i < 3; i++) {
			struct seen s = {0};
			ask_and_wait(&s, (struct vp_bus_req){.sticky = key});
			snprintf(first[i], sizeof(first[i]), "%.2s", s.data);
			KIT_CHECK(strncmp(s.data, first[0], 2) == 0);
		}
	}
	for (int i = 0; i < 3; i++) {
		used += node[i].calls >= 30; /* of 180: keys spread */
	}
	KIT_CHECK(used == 3, "%d %d %d", node[0].calls, node[1].calls, node[2].calls);
	vp_bus_set_load(node[0].bus, 0, true);
	kit_pump_for(peers, 1 + NODES_MAX, 300);
	int before = node[0].calls;
	for (int k = 0; k < 30; k++) {
		char key[16];
		struct seen s = {0};
		snprintf(key, sizeof(key), "key-%d", k);
		ask_and_wait(&s, (struct vp_bus_req){.sticky = key});
	}
	KIT_CHECK(node[0].calls == before, "a draining node gets nothing new");
	struct seen named = {0};
	ask_and_wait(&named, (struct vp_bus_req){.node = "r0"});
	KIT_CHECK(strncmp(named.data, "r0", 2) == 0, "unless it is named");
	close_all();
}

static void a_loaded_node_is_spared(void)
{
	open_all(2);
	vp_bus_set_load(node[0].bus, 90, false);
	vp_bus_set_load(node[1].bus, 10, false);
	kit_pump_for(peers, 1 + NODES_MAX, 1300);
	for (int i = 0; i < 40; i++) {
		ask(&seen[i], (struct vp_bus_req){0});
	}
	wait_for(40, 5000);
	KIT_CHECK(node[0].calls == 0 && node[1].calls == 40);
	close_all();
}

static void nobody_there_is_503_at_once(void)
{
	open_all(1);
	kit_pump_for(peers, 2, 1600);
	int64_t start = vp_mono_us();
	struct seen none = {0}, named = {0};
	ask_and_wait(&none, (struct vp_bus_req){.service = "recorder", .timeout_ms = 8000});
	ask_and_wait(&named, (struct vp_bus_req){.node = "nobody", .timeout_ms = 8000});
	KIT_CHECK(vp_mono_us() - start < 4000000, "not only at the deadline");
	KIT_CHECK(none.status == 503 && strcmp(none.error, "unavailable") == 0);
	KIT_CHECK(named.status == 503 && strcmp(named.error, "unavailable") == 0);
	close_all();
}

static void a_request_waits_for_a_service_that_is_just_starting(void)
{
	kit_forwarder_start(&forwarder);
	kit_peer_open(GATEWAY, kit_endpoints(&forwarder, 1), NULL, "gateway", "g", NULL);
	struct seen s = {0};
	ask(&s, (struct vp_bus_req){.timeout_ms = 5000}); /* before anything is connected */
	kit_pump_for(peers, 1, 400);
	open_node(0);
	wait_for(1, 5000);
	KIT_CHECK(s.status == 200, "%d %s", s.status, s.error);
	close_all();
}

static void no_forwarder_is_503_at_the_deadline(void)
{
	forwarder.pub_port = kit_free_port();
	forwarder.sub_port = kit_free_port();
	kit_peer_open(GATEWAY, kit_endpoints(&forwarder, 1), NULL, "gateway", "g", NULL);
	struct seen s = {0};
	int64_t start = vp_mono_us();
	ask_and_wait(&s, (struct vp_bus_req){.timeout_ms = 700});
	KIT_CHECK(s.status == 503);
	KIT_CHECK(vp_mono_us() - start >= 700000 && vp_mono_us() - start < 1000000);
	KIT_CHECK(!vp_bus_ready(GATEWAY->bus));
	close_all();
}

static void no_answer_is_504_at_the_deadline_and_a_late_one_is_dropped(void)
{
	open_all(1);
	struct seen s = {0};
	int64_t start = vp_mono_us();
	ask_and_wait(&s, (struct vp_bus_req){.type = "router.hold", .timeout_ms = 1500});
	KIT_CHECK(s.status == 504 && strcmp(s.error, "timeout") == 0);
	KIT_CHECK(vp_mono_us() - start >= 1500000 && vp_mono_us() - start < 1800000);
	KIT_CHECK(node[0].calls == 1, "three sends, one call: %d", node[0].calls);
	vp_bus_reply_ok(node[0].held, "late", 4);
	kit_pump_for(peers, 2, 300);
	KIT_CHECK(s.calls == 1);
	close_all();
}

static void a_repeat_gets_the_same_answer_without_the_handler(void)
{
	open_all(1);
	struct vp_uuid org = vp_uuid_new(), other_org = vp_uuid_new();
	struct seen a = {0}, b = {0}, c = {0}, d = {0};
	ask_and_wait(&a, (struct vp_bus_req){.idempotency_key = "k1", .org = org});
	ask_and_wait(&b, (struct vp_bus_req){.idempotency_key = "k1", .org = org});
	KIT_CHECK(node[0].calls == 1 && strcmp(a.data, b.data) == 0);
	ask_and_wait(&c, (struct vp_bus_req){.idempotency_key = "k1", .org = other_org});
	ask_and_wait(&d, (struct vp_bus_req){.idempotency_key = "k2", .org = org});
	KIT_CHECK(node[0].calls == 3, "another organisation or key is another request");
	struct seen error[2] = {0};
	for (int i = 0; i < 2; i++) {
		ask_and_wait(&error[i],
			(struct vp_bus_req){
				.type = "router.refuse", .idempotency_key = "k3", .org = org});
		KIT_CHECK(error[i].status == 403 &&
			  strcmp(error[i].error, "destination_forbidden") == 0);
	}
	close_all();
}

static void a_key_may_be_used_again_after_not_now(void)
{
	open_all(1);
	struct vp_uuid org = vp_uuid_new();
	struct seen a = {0};
	struct vp_bus_req req = {.type = "router.hold", .idempotency_key = "k", .org = org};
	ask(&a, req);
	ask(&seen[0], req);
	kit_pump_for(peers, 2, 200);
	vp_bus_reply_error(node[0].held, 503, "unavailable", "Not yet.");
	wait_for(2, 3000);
	KIT_CHECK(a.status == 503 && seen[0].status == 503 && node[0].calls == 1, "one work");
	ask(&seen[1], req);
	kit_pump_for(peers, 2, 200);
	KIT_CHECK(node[0].calls == 2, "the third time it is done");
	vp_bus_reply_ok(node[0].held, "done", 4);
	wait_for(3, 3000);
	KIT_CHECK(seen[1].status == 200);
	close_all();
}

static void repeats_during_the_work_all_get_its_answer(void)
{
	open_all(1);
	struct vp_uuid org = vp_uuid_new();
	for (int i = 0; i < 5; i++) {
		ask(&seen[i], (struct vp_bus_req){
				      .type = "router.hold", .idempotency_key = "k", .org = org});
	}
	kit_pump_for(peers, 2, 400); /* the resends have happened too */
	KIT_CHECK(n_seen == 0 && node[0].calls == 1);
	vp_bus_reply_ok(node[0].held, "done", 4);
	wait_for(5, 3000);
	for (int i = 0; i < 5; i++) {
		KIT_CHECK(seen[i].calls == 1 && strcmp(seen[i].data, "done") == 0);
	}
	close_all();
}

static void a_forwarder_killed_under_a_request_costs_a_repeat(void)
{
	open_all(1);
	for (int round = 0; round < 5; round++) {
		struct seen s = {0};
		int before = node[0].calls;
		kit_forwarder_kill(&forwarder);
		ask(&s, (struct vp_bus_req){.node = "r0", .timeout_ms = 6000});
		kit_forwarder_start(&forwarder);
		wait_for(n_seen + 1, 8000);
		KIT_CHECK(node[0].calls <= before + 1, "handled at most once");
		KIT_CHECK(s.status == 200 || s.status == 504, "%d %s", s.status, s.error);
		kit_pump_ready(peers, 2);
	}
	close_all();
}

static void a_cancelled_request_never_calls_back(void)
{
	open_all(1);
	struct seen s = {0}, t = {0};
	struct vp_bus_op *op = ask(&s, (struct vp_bus_req){.timeout_ms = 500});
	vp_bus_cancel(op);
	vp_bus_cancel(NULL);
	op = ask(&t, (struct vp_bus_req){.type = "router.hold", .timeout_ms = 300});
	kit_pump_for(peers, 2, 100);
	vp_bus_cancel(op);
	kit_pump_for(peers, 2, 600);
	KIT_CHECK(s.calls + t.calls == 0);
	kit_pump_for(peers, 2, 1600);
	s = (struct seen){0};
	op = ask(&s, (struct vp_bus_req){.node = "nobody"}); /* it has failed already, unreported */
	vp_bus_cancel(op);
	kit_pump_for(peers, 2, 100);
	KIT_CHECK(s.calls == 0);
	close_all();
}

static void on_again(const struct vp_bus_reply *reply, void *arg)
{
	int *left = arg;
	KIT_CHECK(reply->status == 503 || reply->status == 200);
	const struct vp_bus_req req = {
		.service = reply->status == 200 ? "recorder" : "router", .type = "router.echo"};
	if (--*left > 0) {
		KIT_CHECK(vp_bus_request(GATEWAY->bus, &req, on_again, arg, NULL) == 0);
	} else {
		n_seen++;
	}
}

static void a_handler_may_ask_again(void)
{
	open_all(1);
	kit_pump_for(peers, 2, 1600);
	int left = 101;
	on_again(&(struct vp_bus_reply){.status = 503}, &left);
	wait_for(1, 5000);
	close_all();
}

static struct vp_bus_op *siblings[3];

/* All three have failed and wait to be reported; the first that is drops the others. */
static void on_first_of_three(const struct vp_bus_reply *reply, void *arg)
{
	KIT_CHECK(reply->status == 503);
	for (intptr_t i = 0; i < 3; i++) {
		if (i != (intptr_t)arg) {
			vp_bus_cancel(siblings[i]);
		}
	}
	n_seen++;
}

static void a_handler_may_cancel_what_failed_beside_it(void)
{
	open_all(1);
	kit_pump_for(peers, 2, 1600); /* until the gateway is sure who is there */
	const struct vp_bus_req req = {
		.service = "router", .type = "router.echo", .node = "nobody"};
	for (intptr_t i = 0; i < 3; i++) {
		KIT_CHECK(vp_bus_request(GATEWAY->bus, &req, on_first_of_three, (void *)i,
				  &siblings[i]) == 0);
	}
	wait_for(1, 1000);
	kit_pump_for(peers, 2, 100);
	KIT_CHECK(n_seen == 1);
	close_all();
}

/* --- presence --- */

static char lost[64];

static void on_lost(const char *service, const char *name, void *arg)
{
	(void)arg;
	snprintf(lost, sizeof(lost), "%s/%s", service, name);
}

static bool somebody_is_lost(void *arg)
{
	(void)arg;
	return lost[0] != '\0';
}

static void a_good_bye_is_known_at_once(void)
{
	open_all(2);
	vp_bus_on_node_lost(GATEWAY->bus, on_lost, NULL);
	kit_peer_close(&peers[1]);
	kit_pump(peers, 1 + NODES_MAX, somebody_is_lost, NULL, 500, "the good-bye");
	KIT_CHECK(strcmp(lost, "router/r0") == 0);
	close_all();
}

static void a_killed_node_is_lost_after_six_seconds_and_its_requests_fail(void)
{
	kit_forwarder_start(&forwarder);
	pid_t pid = child_fork();
	if (pid == 0) {
		open_node(0);
		for (;;) {
			kit_pump_once(&peers[1], 1, 50);
		}
	}
	kit_peer_open(GATEWAY, kit_endpoints(&forwarder, 1), NULL, "gateway", "g", NULL);
	vp_bus_on_node_lost(GATEWAY->bus, on_lost, NULL);
	wanted_nodes = 1;
	kit_pump(peers, 1, sees_nodes, NULL, 5000, "the router is known");
	struct seen s = {0};
	ask(&s, (struct vp_bus_req){.type = "router.hold", .timeout_ms = 20000});
	kit_pump_for(peers, 1, 200);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	int64_t start = vp_mono_us();
	wait_for(1, 8000);
	KIT_CHECK(s.status == 503 && strcmp(s.error, "node_lost") == 0);
	KIT_CHECK(vp_mono_us() - start > 5000000, "not before it is certain");
	KIT_CHECK(strcmp(lost, "router/r0") == 0);
	close_all();
}

static void a_silent_bus_kills_nobody(void)
{
	open_all(2);
	vp_bus_on_node_lost(GATEWAY->bus, on_lost, NULL);
	kit_forwarder_kill(&forwarder);
	kit_pump_for(peers, 1 + NODES_MAX, 8000);
	KIT_CHECK(!vp_bus_ready(GATEWAY->bus));
	kit_forwarder_start(&forwarder);
	kit_pump_ready(peers, 1 + NODES_MAX);
	kit_pump_for(peers, 1 + NODES_MAX, 2000);
	KIT_CHECK(!somebody_is_lost(NULL), "%s", lost);
	KIT_CHECK(sees_nodes(NULL));
	close_all();
}

/* --- live hints --- */

static int hints;
static char last_hint[64];

static void on_hint(const struct vp_bus_msg *msg, void *arg)
{
	(void)arg;
	hints++;
	vp_strcopy(last_hint, sizeof(last_hint), msg->topic);
	KIT_CHECK(strcmp(msg->type, "call.changed") == 0);
	KIT_CHECK(msg->len == 1 && msg->data[0] == 'x');
}

static bool a_hint_came(void *arg)
{
	return hints > *(int *)arg;
}

static void tell(const char *topic)
{
	const struct vp_event event = {.type = "call.changed", .data = "x", .len = 1};
	KIT_CHECK(vp_bus_publish(node[0].bus, topic, &event) == 0);
}

static void live_hints_follow_counted_subscriptions(void)
{
	open_all(1);
	vp_bus_on_live(GATEWAY->bus, on_hint, NULL);
	KIT_CHECK(vp_bus_subscribe(GATEWAY->bus, "rt.u.1") == 0);
	KIT_CHECK(vp_bus_subscribe(GATEWAY->bus, "rt.u.1") == 0);
	KIT_CHECK(vp_bus_subscribe(GATEWAY->bus, "ev.") == EINVAL);
	KIT_CHECK(vp_bus_publish(GATEWAY->bus, "cmd.router.r0", &(struct vp_event){.type = "a"}) ==
		  EINVAL);
	vp_bus_unsubscribe(GATEWAY->bus, "rt.u.9"); /* never taken */
	kit_pump_for(peers, 2, 200);
	for (int round = 0; round < 2; round++) {
		int before = hints;
		tell("rt.u.2");
		tell("rt.u.1");
		kit_pump(peers, 2, a_hint_came, &before, 2000, "a hint");
		KIT_CHECK(hints == before + 1 && strcmp(last_hint, "rt.u.1") == 0);
		vp_bus_unsubscribe(GATEWAY->bus, "rt.u.1"); /* once is not enough */
		kit_pump_for(peers, 2, 200);
	}
	int before = hints;
	tell("rt.u.1");
	kit_pump_for(peers, 2, 300);
	KIT_CHECK(hints == before, "left as often as taken");
	close_all();
}

static void with_two_forwarders_a_hint_comes_once(void)
{
	struct kit_forwarder two[2] = {0};
	kit_forwarder_start(&two[0]);
	kit_forwarder_start(&two[1]);
	kit_peer_open(GATEWAY, kit_endpoints(two, 2), NULL, "gateway", "g", NULL);
	kit_peer_open(&peers[1], kit_endpoints(two, 2), NULL, "router", "r0", NULL);
	node[0].bus = peers[1].bus;
	vp_bus_on_live(GATEWAY->bus, on_hint, NULL);
	KIT_CHECK(vp_bus_subscribe(GATEWAY->bus, "rt.") == 0);
	kit_pump_ready(peers, 2);
	kit_pump_for(peers, 2, 1000); /* both ways stand */
	for (int i = 0; i < 1000; i++) {
		tell("rt.u.1");
		kit_pump_once(peers, 2, 0);
	}
	kit_pump_for(peers, 2, 500);
	KIT_CHECK(hints == 1000, "%d", hints);
	close_all();
	kit_forwarder_kill(&two[0]);
	kit_forwarder_kill(&two[1]);
}

static void wrong_settings_are_refused(void)
{
	struct vp_bus *bus = NULL;
	static const char *const bad[] = {"", "nonsense", "127.0.0.1:1", "127.0.0.1:1+",
		"127.0.0.1:0+5", "127.0.0.1:5+70000", ":1+2", "127.0.0.1:1+2x"};
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		const struct vp_bus_cfg cfg = {
			.endpoints = bad[i], .service = "router", .node = "n"};
		KIT_CHECK(vp_bus_create(&bus, &cfg) != 0, "%s", bad[i]);
	}
	const struct vp_bus_cfg cases[] = {
		{.endpoints = NULL, .service = "router", .node = "n"},
		{.endpoints = "127.0.0.1:1+2", .service = "rou.ter", .node = "n"},
		{.endpoints = "127.0.0.1:1+2", .service = "router", .node = ""},
		{.endpoints = "127.0.0.1:1+2", .service = "router", .node = NULL},
		{.endpoints = "127.0.0.1:1+2",
			.service = "router",
			.node = "n",
			.cert = "/nonexistent",
			.server_key = "/nonexistent"},
		{.endpoints = "127.0.0.1:1+2",
			.service = "router",
			.node = "n",
			.cert = "/etc/passwd",
			.server_key = "/etc/passwd"},
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		KIT_CHECK(vp_bus_create(&bus, &cases[i]) != 0, "case %zu", i);
	}
	KIT_CHECK(bus == NULL);
	KIT_CHECK(vp_bus_destroy(NULL) == NULL);
	const struct vp_bus_cfg good = {
		.endpoints = "tcp://[::1]:1+2, localhost:3+4", .service = "router", .node = "n"};
	KIT_CHECK(vp_bus_create(&bus, &good) == 0);
	const struct vp_bus_req req = {.service = "no service", .type = "a.b"};
	KIT_CHECK(vp_bus_request(bus, &req, on_reply, NULL, NULL) == EINVAL);
	bus = vp_bus_destroy(bus);
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"requests are answered and spread", requests_are_answered_and_spread},
		{"a sticky key stays with its node while that lives",
			a_sticky_key_stays_with_its_node_while_that_lives},
		{"a loaded node is spared", a_loaded_node_is_spared},
		{"nobody there is 503 at once", nobody_there_is_503_at_once},
		{"a request waits for a service that is just starting",
			a_request_waits_for_a_service_that_is_just_starting},
		{"no forwarder is 503 at the deadline", no_forwarder_is_503_at_the_deadline},
		{"no answer is 504 at the deadline and a late one is dropped",
			no_answer_is_504_at_the_deadline_and_a_late_one_is_dropped},
		{"a repeat gets the same answer without the handler",
			a_repeat_gets_the_same_answer_without_the_handler},
		{"a_key_may_be_used_again_after_not_now", a_key_may_be_used_again_after_not_now},
		{"repeats during the work all get its answer",
			repeats_during_the_work_all_get_its_answer},
		{"a forwarder killed under a request costs a repeat",
			a_forwarder_killed_under_a_request_costs_a_repeat},
		{"a cancelled request never calls back", a_cancelled_request_never_calls_back},
		{"a handler may ask again", a_handler_may_ask_again},
		{"a handler may cancel what failed beside it",
			a_handler_may_cancel_what_failed_beside_it},
		{"a good-bye is known at once", a_good_bye_is_known_at_once},
		{"a killed node is lost after six seconds and its requests fail",
			a_killed_node_is_lost_after_six_seconds_and_its_requests_fail},
		{"a silent bus kills nobody", a_silent_bus_kills_nobody},
		{"live hints follow counted subscriptions",
			live_hints_follow_counted_subscriptions},
		{"with two forwarders a hint comes once", with_two_forwarders_a_hint_comes_once},
		{"wrong settings are refused", wrong_settings_are_refused},
	};
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
