/* bench-webhooks RESULT.json: what a verified, deduplicated and durably committed webhook costs, in
 * CPU of the service and of PostgreSQL, and how long a carrier waits. With BENCH_NODE_PORT and
 * BENCH_NODE_PID the same bodies go to a peer (Express with Twilio's validator and pg), whose
 * PostgreSQL's process is BENCH_NODE_POSTGRES. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/signature.h"
#include "tests/integration/webhook/world.h"
#include "tools/bench/webhooks/carrier.h"
#include "tools/bench/webhooks/load.h"
#include "tools/bench/webhooks/measure.h"

#define CONNS 64
#define PEER_TOKEN "0123456789abcdef0123456789abcdef"
#define ROUNDS_MAX 16
#define BENCH_SECONDS_MAX 3600

struct target {
	const char *name;
	int port;
	pid_t pid, postgres;
	struct carrier carrier;
	uint64_t next;
};

struct figures {
	double rps, server_us, pg_us, p50_ms, p99_ms;
};

static json_t *rows;
static const char *result_path;
static unsigned seconds = 5, rounds = 3;

static void row(const char *name, double value, const char *unit, double goal)
{
	printf("%-66s %9.*f %-4s", name, value < 100 ? 2 : 0, value, unit);
	json_t *one = json_pack("{s:s,s:f,s:s}", "name", name, "value", value, "unit", unit);
	if (goal > 0) {
		printf(" %9.2f", goal);
		json_object_set_new(one, "goal", json_real(goal));
	}
	putchar('\n');
	fflush(stdout);
	json_array_append_new(rows, one);
}

static size_t next_request(uint64_t *ret_id, char text[LOAD_REQUEST_MAX], void *arg)
{
	struct target *target = arg;
	*ret_id = target->next++;
	return carrier_request(&target->carrier, *ret_id / 4, (unsigned)(*ret_id % 4), text);
}

static struct figures measure(struct target *target, double rate, int wanted)
{
	struct load_result result;
	double server = measure_tree_us(target->pid), pg = measure_tree_us(target->postgres);
	load_run(&(struct load_cfg){.port = target->port,
			 .conns = CONNS,
			 .rate = rate,
			 .last_us = seconds * 1000000LL,
			 .next = next_request,
			 .arg = target},
		&result);
	server = measure_tree_us(target->pid) - server;
	pg = measure_tree_us(target->postgres) - pg;
	double n = (double)(result.good + result.bad);
	KIT_CHECK(result.broken == 0 && (wanted == 200 ? result.bad : result.good) == 0 && n > 0,
		"%s: %llu good, %llu bad, %llu broken", target->name,
		(unsigned long long)result.good, (unsigned long long)result.bad,
		(unsigned long long)result.broken);
	return (struct figures){.rps = n / result.seconds,
		.server_us = server / n,
		.pg_us = pg / n,
		.p50_ms = result.p50_ms,
		.p99_ms = result.p99_ms};
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

/* By turns, so that a noisy minute meets all; the median of each figure. Of a given rate the waits
 * count, and one stall of the disk is a p99: twice as many rounds. */
static void measure_all(struct target *targets, size_t n, double rate, struct figures *ret)
{
	static double all[8][5][2 * ROUNDS_MAX];
	const unsigned turns = rate > 0 ? 2 * rounds - 1 : rounds;
	for (unsigned round = 0; round < turns; round++) {
		for (size_t i = 0; i < n; i++) {
			const struct figures f =
				measure(&targets[i], rate, targets[i].carrier.wrong ? 401 : 200);
			const double one[] = {f.rps, f.server_us, f.pg_us, f.p50_ms, f.p99_ms};
			for (size_t k = 0; k < VP_ARRAY_LEN(one); k++) {
				all[i][k][round] = one[k];
			}
		}
	}
	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct figures){median(all[i][0], turns), median(all[i][1], turns),
			median(all[i][2], turns), median(all[i][3], turns),
			median(all[i][4], turns)};
	}
}

static void show(const char *name, const char *load, const struct figures *f)
{
	const struct {
		const char *what, *unit;
		double value;
	} list[] = {{"requests", "/s", f->rps}, {"CPU of the service", "us", f->server_us},
		{"CPU of PostgreSQL", "us", f->pg_us}, {"p50", "ms", f->p50_ms},
		{"p99", "ms", f->p99_ms}};
	for (size_t i = 0; i < VP_ARRAY_LEN(list); i++) {
		char text[96];
		snprintf(text, sizeof(text), "%s, %s: %s", name, load, list[i].what);
		row(text, list[i].value, list[i].unit, 0);
	}
}

static pid_t our_postgres(void)
{
	return measure_parent((pid_t)world_sql("select pid from pg_stat_activity where "
					       "application_name = 'voip-webhook-ingest' limit 1"));
}

static struct vp_twilio_key *key_of(const char *token)
{
	struct vp_twilio_key *key;
	KIT_CHECK(vp_twilio_key_create(&key, token) == 0);
	return key;
}

static struct target ours(const char *name, const char *path, struct vp_twilio_key *key, bool wrong)
{
	struct target target = {.name = name,
		.port = world.port,
		.pid = world.ingest,
		.postgres = our_postgres(),
		.carrier = {.url = WORLD_URL,
			.target = path,
			.account_sid = WORLD_SID,
			.key = key,
			.telnyx_seed = world.telnyx_seed,
			.wrong = wrong}};
	carrier_start(&target.carrier);
	return target;
}

static bool peer(struct target *ret, struct vp_twilio_key *key)
{
	const char *port = getenv("BENCH_NODE_PORT"), *pid = getenv("BENCH_NODE_PID");
	const char *postgres = getenv("BENCH_NODE_POSTGRES");
	if (!port || !pid || !postgres) {
		puts("peer not at hand: Express, twilio and pg (set RINGMAIN_PEERS to their "
		     "folder)");
		return false;
	}
	*ret = (struct target){.name = "Express, twilio, pg",
		.port = (int)strtol(port, NULL, 10),
		.pid = (pid_t)strtol(pid, NULL, 10),
		.postgres = (pid_t)strtol(postgres, NULL, 10),
		.carrier = {.url = "https://calls.example.com",
			.target = "/webhooks/twilio/status",
			.account_sid = WORLD_SID,
			.key = key}};
	carrier_start(&ret->carrier);
	return true;
}

static void bench_twilio(struct vp_twilio_key *key, struct vp_twilio_key *peer_key)
{
	struct target targets[2] = {ours("ours", "/voip/webhook/twilio/status", key, false)};
	struct figures closed[2], fixed[2];
	size_t n = 1 + peer(&targets[1], peer_key);
	measure_all(targets, n, 0, closed);
	measure_all(targets, n, 500, fixed);
	for (size_t i = 0; i < n; i++) {
		show(targets[i].name, "64 connections", &closed[i]);
		show(targets[i].name, "500/s", &fixed[i]);
	}
	row("Twilio: CPU of an event, service and PostgreSQL",
		closed[0].server_us + closed[0].pg_us, "us", 44);
	if (n == 2) {
		row("Twilio: the peer's CPU of an event, as a multiple of ours",
			(closed[1].server_us + closed[1].pg_us) /
				(closed[0].server_us + closed[0].pg_us),
			"x", 0);
		row("Twilio at 500/s: p50, share of the peer's", fixed[0].p50_ms / fixed[1].p50_ms,
			"x", 0.7);
		row("Twilio at 500/s: p99, share of the peer's", fixed[0].p99_ms / fixed[1].p99_ms,
			"x", 0.5);
	}
}

static void bench_others(struct vp_twilio_key *key)
{
	struct target telnyx = ours("Telnyx", "/voip/webhook/telnyx", NULL, false);
	struct target wrong = ours("wrong signature", "/voip/webhook/twilio/status", key, true);
	struct figures figures;
	measure_all(&telnyx, 1, 0, &figures);
	show("Telnyx", "64 connections", &figures);
	row("Telnyx: CPU of an event, service and PostgreSQL", figures.server_us + figures.pg_us,
		"us", 90);
	measure_all(&wrong, 1, 0, &figures);
	row("wrong signature: CPU of the service", figures.server_us, "us", 15);
}

static void warm_up(struct vp_twilio_key *key)
{
	struct target target = ours("warm-up", "/voip/webhook/twilio/status", key, false);
	unsigned all = seconds;
	seconds = 1;
	measure(&target, 0, 200);
	seconds = all;
}

static void run(void)
{
	world.no_consumer = true;
	setenv("VOIP_WEBHOOK_URL", WORLD_URL, 1);
	world_make(NULL, WORLD_ROUTER_AWAY);
	struct vp_twilio_key *key = key_of(WORLD_TOKEN), *peer_key = key_of(PEER_TOKEN);
	warm_up(key);
	bench_twilio(key, peer_key);
	bench_others(key);
	json_t *result = json_pack("{s:s,s:o}", "part", "webhooks", "rows", rows);
	KIT_CHECK(json_dump_file(result, result_path, JSON_INDENT(1)) == 0);
	json_decref(result);
	vp_twilio_key_destroy(key);
	vp_twilio_key_destroy(peer_key);
	world_end();
}

static unsigned setting(const char *name, unsigned def, unsigned max)
{
	const char *text = getenv(name);
	unsigned value = text ? (unsigned)strtoul(text, NULL, 10) : def;
	return value < 1 ? 1 : value > max ? max : value;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("bench-webhooks RESULT.json\n", stderr);
		return 2;
	}
	result_path = argv[1];
	rows = json_array();
	seconds = setting("BENCH_SECONDS", 5, 60);
	rounds = setting("BENCH_ROUNDS", 3, ROUNDS_MAX - 1);
	return kit_once(run, BENCH_SECONDS_MAX);
}
