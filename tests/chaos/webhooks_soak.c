/* webhooks_soak [EVENTS RATE KILL_EVERY_S]: a carrier that sends a call's events with duplicates
 * and out of order, and again when it was not answered 2xx, while webhook-ingest and PostgreSQL are
 * killed by turns (kill -9). What was answered must be there, once, and be told, once. As a test it
 * speaks TAP with a short run; F4 of the reliability plan is 100000 2000 5. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/signature.h"
#include "tests/integration/webhook/world.h"
#include "tools/bench/webhooks/carrier.h"
#include "tools/bench/webhooks/load.h"
#include "tests/lib/child.h"

#define DUPLICATES 20 /* one in so many */
#define REORDERED 10
#define DISTANCE 200 /* how far an event moves, at most */
#define CONNS 64
#define EVENTS_OF_A_CALL 4
#define SOAK_SECONDS_MAX 1800

static uint64_t n_events = 6000;
static double rate = 600;
static int64_t kill_every_us = 2000000;

static struct soak {
	struct carrier carrier;
	uint64_t *order, n, at; /* what is sent, in this order */
	uint64_t *again, n_again;
	uint8_t *answered; /* by event: 2xx came */
	uint64_t refused;
	char pg_dir[128];
	int pg_port;
	pid_t pg_starter;
	int64_t kill_us;
	unsigned kills_ingest, kills_pg;
	bool ingest_next;
} soak;

static void shuffle(void)
{
	srand(1);
	soak.order = malloc((n_events + n_events / DUPLICATES + 1) * sizeof(*soak.order));
	for (uint64_t i = 0; i < n_events; i++) {
		soak.order[soak.n++] = i;
		if (i % DUPLICATES == 7) { /* of this one, or of one that came a while ago */
			uint64_t back = (uint64_t)rand() % 3 == 0 ? (uint64_t)rand() % 3000 : 0;
			soak.order[soak.n++] = i > back ? i - back : i;
		}
	}
	for (uint64_t i = 0; i + DISTANCE < soak.n; i++) {
		if (rand() % REORDERED == 0) {
			uint64_t k = i + 1 + (uint64_t)rand() % (DISTANCE - 1),
				 event = soak.order[i];
			soak.order[i] = soak.order[k];
			soak.order[k] = event;
		}
	}
}

static size_t next_request(uint64_t *ret_id, char text[LOAD_REQUEST_MAX], void *arg)
{
	(void)arg;
	if (soak.n_again > 0) {
		*ret_id = soak.again[--soak.n_again];
	} else if (soak.at < soak.n) {
		*ret_id = soak.order[soak.at++];
	} else {
		return 0;
	}
	return carrier_request(&soak.carrier, *ret_id / EVENTS_OF_A_CALL,
		(unsigned)(*ret_id % EVENTS_OF_A_CALL), text);
}

static void answered(uint64_t id, int status, void *arg)
{
	(void)arg;
	if (status >= 200 && status < 300) {
		soak.answered[id] = 1;
	} else {
		soak.refused += status != 0;
		soak.again[soak.n_again++] = id;
	}
}

static bool finished(void *arg)
{
	(void)arg;
	return soak.at == soak.n && soak.n_again == 0;
}

static void kill_ingest(void)
{
	kill(world.ingest, SIGKILL);
	waitpid(world.ingest, NULL, 0);
	soak.kills_ingest++;
	world_fork_ingest();
}

/* Starts again what was killed, once it is gone: pg_ctl takes one that is just dying for one that
 * runs. Its children need a moment, too, to see that their parent is gone. */
static void kill_postgres(void)
{
	char pid_file[192], line[32];
	if (soak.pg_starter > 0 && waitpid(soak.pg_starter, NULL, WNOHANG) == 0) {
		return; /* it is not back yet */
	}
	snprintf(pid_file, sizeof(pid_file), "%s/data/postmaster.pid", soak.pg_dir);
	FILE *file = fopen(pid_file, "r");
	KIT_CHECK(file && fgets(line, sizeof(line), file));
	fclose(file);
	int postmaster = atoi(line);
	KIT_CHECK(postmaster > 1);
	kill(postmaster, SIGKILL);
	soak.kills_pg++;
	fflush(stdout);
	soak.pg_starter = child_fork();
	if (soak.pg_starter == 0) {
		char command[512];
		snprintf(command, sizeof(command),
			"while [ -e /proc/%d ]; do sleep 0.02; done; "
			"until %s/tools/dev/pg start %s %d && pg_isready -q -h 127.0.0.1 -p %d; do "
			"sleep 0.1; done >/dev/null 2>&1",
			postmaster, getenv("RINGMAIN_SOURCE_DIR"), soak.pg_dir, soak.pg_port,
			soak.pg_port);
		execlp("bash", "bash", "-c", command, (char *)NULL);
		_exit(127);
	}
}

static void tick(void *arg)
{
	(void)arg;
	int64_t now = vp_mono_us();
	if (soak.kill_us == 0) {
		soak.kill_us = now + kill_every_us;
	}
	if (now < soak.kill_us || soak.at == soak.n) {
		return;
	}
	soak.kill_us = now + kill_every_us;
	soak.ingest_next = !soak.ingest_next;
	if (soak.ingest_next) {
		kill_ingest();
	} else {
		kill_postgres();
	}
}

static void make_postgres(char *url, size_t size)
{
	soak.pg_port = kit_free_port();
	snprintf(soak.pg_dir, sizeof(soak.pg_dir), "%s/pg", kit_dir());
	char *tool = vp_strf("%s/tools/dev/pg", getenv("RINGMAIN_SOURCE_DIR"));
	char *port = vp_strf("%d", soak.pg_port);
	kit_hold_database(tool, soak.pg_dir);
	KIT_CHECK(kit_run((const char *const[]){tool, "start", soak.pg_dir, port, NULL}) == 0);
	snprintf(url, size, "postgresql://postgres@127.0.0.1:%d/postgres", soak.pg_port);
	free(tool);
	free(port);
}

static void await_postgres(void)
{
	int status = 0;
	if (soak.pg_starter > 0) {
		waitpid(soak.pg_starter, &status, 0);
	}
	KIT_CHECK(status == 0, "PostgreSQL did not come back");
}

static void stop_postgres(void)
{
	char *tool = vp_strf("%s/tools/dev/pg", getenv("RINGMAIN_SOURCE_DIR"));
	kit_run((const char *const[]){tool, "stop", soak.pg_dir, "0", NULL});
	free(tool);
}

static void judge(void)
{
	for (uint64_t i = 0; i < n_events; i++) {
		KIT_CHECK(soak.answered[i], "event %llu was never answered", (unsigned long long)i);
	}
	/* what is in the spool goes into the database without anybody asking */
	world_await_number("select count(*) from webhook_inbox", (int64_t)n_events);
	world_await_number(
		"select count(*) from event_log where type = 'provider.event'", (int64_t)n_events);
	KIT_CHECK(world_sql("select count(distinct external_id) from webhook_inbox") ==
		  (int64_t)(n_events + EVENTS_OF_A_CALL - 1) / EVENTS_OF_A_CALL);
	KIT_CHECK(world_sql("select count(distinct subject) from event_log where type = "
			    "'provider.event'") == (int64_t)n_events);
	/* and through the bus: a consumer that begins now sees each once */
	world_consume();
	world_await_events((unsigned)n_events);
	kit_pump_for(world.peers, 2, 1000);
	KIT_CHECK(world.events == n_events, "%u told", world.events);
}

static void run(void)
{
	char url[128];
	struct load_result result;
	make_postgres(url, sizeof(url));
	world.no_consumer = true;
	setenv("VOIP_WEBHOOK_URL", WORLD_URL, 1);
	setenv("VOIP_WEBHOOK_SPOOL_MIB", "64", 1);
	world_make(url, WORLD_ROUTER_AWAY);
	soak.carrier = (struct carrier){.url = WORLD_URL,
		.target = "/voip/webhook/twilio/status",
		.account_sid = WORLD_SID};
	KIT_CHECK(vp_twilio_key_create(&soak.carrier.key, WORLD_TOKEN) == 0);
	carrier_start(&soak.carrier);
	soak.answered = calloc(n_events, 1);
	shuffle();
	soak.again = malloc((soak.n + CONNS) * sizeof(*soak.again));
	load_run(&(struct load_cfg){.port = world.port,
			 .conns = CONNS,
			 .rate = rate,
			 .next = next_request,
			 .answered = answered,
			 .finished = finished,
			 .tick = tick},
		&result);
	await_postgres();
	judge();
	printf("# %llu events, %llu requests in %.1f s; killed: webhook-ingest %u, PostgreSQL %u "
	       "times; "
	       "broken connections %llu, refused %llu; p50 %.1f ms, p99 %.1f ms\n",
		(unsigned long long)n_events, (unsigned long long)(result.good + result.bad),
		result.seconds, soak.kills_ingest, soak.kills_pg, (unsigned long long)result.broken,
		(unsigned long long)soak.refused, result.p50_ms, result.p99_ms);
	printf("# lost 0, told twice 0; voids %lld, spooled and then stored without loss\n",
		(long long)world_sql("select count(*) from event_log where type = 'bus.void'"));
	KIT_CHECK(soak.kills_ingest > 0 && soak.kills_pg > 0);
	vp_twilio_key_destroy(soak.carrier.key);
	free(soak.order);
	free(soak.again);
	free(soak.answered);
	world_end();
	stop_postgres();
}

int main(int argc, char **argv)
{
	if (argc == 4) {
		n_events = strtoull(argv[1], NULL, 10);
		rate = strtod(argv[2], NULL);
		kill_every_us = (int64_t)(strtod(argv[3], NULL) * 1e6);
	} else if (argc != 1) {
		fputs("webhooks_soak [EVENTS RATE KILL_EVERY_S]\n", stderr);
		return 2;
	}
	puts("1..1");
	fflush(stdout);
	if (kit_once(run, SOAK_SECONDS_MAX) != 0) {
		return 1;
	}
	puts("ok 1 - nothing that was answered is lost or told twice");
	return 0;
}
