/* Request and reply between two processes: through the forwarder and back. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tests/integration/bus_kit.h"
#include "tools/bench/bus/bench_bus.h"

#define REQUESTS_MAX 50000

static struct kit_peer gateway;
static double delays[REQUESTS_MAX];
static int64_t asked_us[REQUESTS_MAX];
static int n_asked, n_answered, n_total;

static void on_echo(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	(void)arg;
	vp_bus_reply_ok(call, msg->data, msg->len);
}

static void callee(const char *endpoints)
{
	struct kit_peer peer;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	kit_peer_open(&peer, endpoints, NULL, "router", "r", NULL);
	vp_bus_serve(peer.bus, "router.echo", on_echo, NULL);
	for (;;) {
		kit_pump_once(&peer, 1, 1000);
	}
}

static void ask_one(void);

static void on_reply(const struct vp_bus_reply *reply, void *arg)
{
	intptr_t i = (intptr_t)arg;
	KIT_CHECK(reply->status == 200, "%d %s", reply->status, reply->error);
	delays[i] = (double)(vp_mono_us() - asked_us[i]);
	n_answered++;
	if (n_asked < n_total) {
		ask_one();
	}
}

static void ask_one(void)
{
	static const char data[200];
	const struct vp_bus_req req = {.service = "router",
		.type = "router.echo",
		.timeout_ms = 10000,
		.data = data,
		.len = sizeof(data)};
	intptr_t i = n_asked++;
	asked_us[i] = vp_mono_us();
	KIT_CHECK(vp_bus_request(gateway.bus, &req, on_reply, (void *)i, NULL) == 0);
}

static bool all_answered(void *arg)
{
	(void)arg;
	return n_answered == n_total;
}

static void ask(int outstanding, int total, pid_t callee_pid)
{
	n_asked = n_answered = 0;
	n_total = total;
	double cpu = cpu_self_us(), cpu_callee = cpu_of_us(callee_pid);
	int64_t start = vp_mono_us();
	for (int i = 0; i < outstanding; i++) {
		ask_one();
	}
	kit_pump(&gateway, 1, all_answered, NULL, 120000, "all answers");
	double took = (double)(vp_mono_us() - start);
	cpu = cpu_self_us() - cpu;
	cpu_callee = cpu_of_us(callee_pid) - cpu_callee;
	const struct {
		const char *name;
		double value;
		const char *unit;
	} figures[] = {
		{"requests", total / took * 1e6, "1/s"},
		{"round trip p50", percentile(delays, (size_t)total, 0.5), "us"},
		{"round trip p99", percentile(delays, (size_t)total, 0.99), "us"},
		{"asker CPU", cpu / total, "us/request"},
		{"callee CPU", cpu_callee / total, "us/request"},
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(figures); i++) {
		char *name = vp_strf("request, %d outstanding: %s", outstanding, figures[i].name);
		row(name, figures[i].value, figures[i].unit);
		free(name);
	}
}

static void count_node(const char *node, unsigned load, unsigned capacity, void *arg)
{
	(void)node;
	(void)load;
	(void)capacity;
	++*(int *)arg;
}

static bool callee_is_there(void *arg)
{
	int n = 0;
	(void)arg;
	vp_bus_nodes(gateway.bus, "router", count_node, &n);
	return n == 1;
}

void bench_ask(const char *endpoints)
{
	pid_t pid = fork();
	if (pid == 0) {
		callee(endpoints);
	}
	kit_peer_open(&gateway, endpoints, NULL, "gateway", "g", NULL);
	kit_pump_ready(&gateway, 1);
	kit_pump(&gateway, 1, callee_is_there, NULL, 10000, "the callee");
	ask(1, 10000, pid);
	ask(50, REQUESTS_MAX, pid);
	kit_peer_close(&gateway);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
