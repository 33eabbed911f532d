/* The database goes and comes back while webhooks arrive: what was answered is there, once, in
 * order; what could not be kept was not answered 2xx. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tests/integration/webhook/world.h"
#include "tests/lib/child.h"

#define STATUS "/voip/webhook/twilio/status"
#define VOICE "/voip/webhook/twilio/voice"

static char pg_dir[128], pg_port[16], *pg_tool;

static void pg(const char *verb)
{
	KIT_CHECK(kit_run((const char *const[]){pg_tool, verb, pg_dir, pg_port, NULL}) == 0);
}

static void make(enum world_router router)
{
	char url[128];
	pg_tool = vp_strf("%s/tools/dev/pg", getenv("RINGMAIN_SOURCE_DIR"));
	snprintf(pg_dir, sizeof(pg_dir), "%s/pg", kit_dir());
	snprintf(pg_port, sizeof(pg_port), "%d", kit_free_port());
	kit_hold_database(pg_tool, pg_dir);
	pg("start");
	snprintf(url, sizeof(url), "postgresql://postgres@127.0.0.1:%s/postgres", pg_port);
	world_make(url, router);
}

static void end(void)
{
	world_end();
	pg("stop");
	free(pg_tool);
}

/* Event n of its call; the status of the answer. */
static int send_status(int n, int filler)
{
	char *fields = vp_strf("CallSid=CA%08d&CallStatus=ringing&SequenceNumber=%d&Filler=%0*d",
		n / 4, n % 4, filler, 0);
	struct answer answer = world_twilio(WORLD_TOKEN, WORLD_SID, STATUS, fields);
	int status = answer.status;
	wire_free(&answer);
	free(fields);
	return status;
}

/* The gauge is set each second. */
static void await_spool(bool full)
{
	int64_t until = vp_mono_us() + 10000000;
	while ((world_metric("voip_webhook_spool_bytes") > 0) != full) {
		KIT_CHECK(vp_mono_us() < until, "the spool is %s", full ? "empty" : "not empty");
		world_turn(50);
	}
}

static void only_sleep(int ms)
{
	poll(NULL, 0, ms);
}

/* A request of another process; waitpid tells 0 when it was answered 200. */
static pid_t send_aside(int n)
{
	fflush(stdout);
	pid_t pid = child_fork();
	if (pid == 0) {
		wire_turn = only_sleep;
		_exit(send_status(n, 1) == 200 ? 0 : 1);
	}
	return pid;
}

static void webhooks_are_spooled_while_the_database_is_away(void)
{
	int n = 0;
	make(WORLD_ROUTER_ANSWERS);
	world.reply.action = "hangup";
	for (; n < 8; n++) {
		KIT_CHECK(send_status(n, 1) == 200);
	}
	world_await_events(8);
	pg("stop");
	int64_t slowest = 0;
	for (; n < 40; n++) {
		int64_t began = vp_mono_us();
		KIT_CHECK(send_status(n, 1) == 200);
		int64_t took = vp_mono_us() - began;
		slowest = took > slowest ? took : slowest;
	}
	KIT_CHECK(slowest < 2000000, "%lld us", (long long)slowest);
	/* a call that comes now hears what router says, as ever */
	struct answer answer =
		world_twilio(WORLD_TOKEN, WORLD_SID, VOICE, "CallSid=CAv&From=%2B1555&To=%2B1666");
	KIT_CHECK(answer.status == 200 && strstr(answer.body, "<Hangup/>"), "%s", answer.body);
	wire_free(&answer);
	/* and duplicates are answered from memory */
	for (int i = 0; i < n; i += 7) {
		KIT_CHECK(send_status(i, 1) == 200);
	}
	KIT_CHECK(world_metric("voip_webhook_spooled_total") >= 33);
	await_spool(true);
	pg("start");
	world_await_events(41);
	world_await_number("select count(*) from webhook_inbox", 41);
	/* in order: an event's number grows with its place in the stream of arrivals */
	KIT_CHECK(world_sql("select count(*) from (select lag(i.external_id || i.id) over (order "
			    "by e.stream, "
			    "e.seq) as before, i.external_id || i.id as now from event_log e join "
			    "webhook_inbox i "
			    "on i.id::text = e.subject where e.type = 'provider.event' and i.kind "
			    "= 'status') x "
			    "where before > now") == 0);
	kit_pump_for(world.peers, 2, 500);
	KIT_CHECK(world.events == 41, "%u", world.events);
	await_spool(false);
	end();
}

static void a_killed_process_leaves_its_spool_to_the_next(void)
{
	make(WORLD_ROUTER_AWAY);
	KIT_CHECK(send_status(0, 1) == 200);
	pg("stop");
	for (int n = 1; n < 30; n++) {
		KIT_CHECK(send_status(n, 1) == 200);
	}
	world_stop_ingest(SIGKILL);
	/* started without a database it knows no keys: it believes nobody, and lets carriers wait
	 */
	world_fork_ingest();
	kit_await_port(world.port);
	pid_t waiting = send_aside(30);
	struct answer ready = wire_ask(world.admin, "GET", "/readyz", NULL, NULL);
	KIT_CHECK(ready.status == 503);
	wire_free(&ready);
	pg("start");
	world_await_events(31);
	world_await_number("select count(*) from webhook_inbox", 31);
	int status;
	KIT_CHECK(waitpid(waiting, &status, 0) == waiting && status == 0);
	KIT_CHECK(send_status(29, 1) == 200);
	KIT_CHECK(send_status(30, 1) == 200);
	kit_pump_for(world.peers, 2, 500);
	KIT_CHECK(world.events == 31, "%u", world.events);
	end();
}

static void a_full_spool_is_a_503_and_no_loss(void)
{
	int good = 0, n = 0;
	make(WORLD_ROUTER_AWAY);
	pg("stop");
	int status = 200; /* 1 MiB holds seven of these */
	for (; n < 40 && status == 200; n++) {
		status = send_status(n, 140000);
		good += status == 200;
	}
	KIT_CHECK(status == 503 && good >= 5 && good < 10, "%d after %d", status, good);
	KIT_CHECK(world_metric("voip_webhook_unavailable_total") >= 1);
	pg("start");
	world_await_events((unsigned)good);
	KIT_CHECK(send_status(n - 1, 140000) == 200, "it is sent again, and taken");
	world_await_events((unsigned)good + 1);
	world_await_number("select count(*) from webhook_inbox", good + 1);
	end();
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"webhooks are spooled while the database is away",
			webhooks_are_spooled_while_the_database_is_away},
		{"a killed process leaves its spool to the next",
			a_killed_process_leaves_its_spool_to_the_next},
		{"a full spool is a 503 and no loss", a_full_spool_is_a_503_and_no_loss},
	};
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
