/* Durable events: with forwarders killed, subscribers stopped and the database restarted, nothing
 * is lost, nothing comes twice, and order holds per producer. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/metrics/metrics.h"
#include "tests/integration/bus_kit.h"
#include "tests/lib/child.h"

#define PRODUCERS 2
#define EVENTS_MAX 12000
#define SLOW_MS 60000 /* under TSan on a busy machine; a second otherwise */

/* What one consumer saw; lives in shared memory, since some consumers are processes. */
struct ledger {
	int last[PRODUCERS]; /* highest number seen */
	int disorder, doubled;
	unsigned char seen[PRODUCERS][EVENTS_MAX];
};

static struct ledger *make_ledger(void)
{
	struct ledger *ledger = mmap(
		NULL, sizeof(*ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	KIT_CHECK(ledger != MAP_FAILED);
	return ledger;
}

static void on_changed(const struct vp_bus_msg *msg, void *arg)
{
	struct ledger *ledger = arg;
	int producer = msg->subject[0] - '0', n = atoi(msg->subject + 2);
	KIT_CHECK(producer >= 0 && producer < PRODUCERS && n >= 1 && n < EVENTS_MAX);
	KIT_CHECK(msg->len == 5 && memcmp(msg->data, "hello", 5) == 0);
	KIT_CHECK(strcmp(msg->traceparent, "00-aa-bb-01") == 0);
	KIT_CHECK(strncmp(msg->source, "/call-controller/p", 18) == 0, "%s", msg->source);
	ledger->doubled += ledger->seen[producer][n];
	ledger->seen[producer][n] = 1;
	ledger->disorder += n != ledger->last[producer] + 1;
	ledger->last[producer] = n;
}

static int emitted[PRODUCERS];

static void on_written(int err, void *arg)
{
	(void)arg;
	KIT_CHECK(err == 0, "a unit failed: %s", strerror(err));
}

static void emit(struct kit_peer *peer, int producer)
{
	char subject[32];
	snprintf(subject, sizeof(subject), "%d:%d", producer, ++emitted[producer]);
	const struct vp_event event = {.type = "call.changed",
		.org = vp_uuid_new(),
		.subject = subject,
		.traceparent = "00-aa-bb-01",
		.data = "hello",
		.len = 5};
	struct vp_db_tx *tx = vp_db_tx_create();
	KIT_CHECK(vp_db_tx_add(tx, "select 1", NULL, 0) == 0);
	KIT_CHECK(vp_bus_emit(peer->bus, tx, &event) == 0);
	KIT_CHECK(vp_db_write(peer->db, tx, on_written, NULL) == 0);
}

static bool complete(void *arg)
{
	const struct ledger *ledger = arg;
	return ledger->last[0] >= emitted[0] && ledger->last[1] >= emitted[1];
}

static void check_ledger(const struct ledger *ledger)
{
	for (int p = 0; p < PRODUCERS; p++) {
		int missing = 0;
		for (int n = 1; n <= emitted[p]; n++) {
			missing += !ledger->seen[p][n];
		}
		KIT_CHECK(missing == 0, "%d of %d lost", missing, emitted[p]);
	}
	KIT_CHECK(ledger->doubled == 0, "%d doubled", ledger->doubled);
	KIT_CHECK(ledger->disorder == 0, "%d out of order", ledger->disorder);
}

/* Emits at a rate while others act by the clock. */
static void publish(struct kit_peer *peers, size_t n, int total, int per_second,
	void (*act)(int64_t elapsed_ms))
{
	int64_t start = vp_mono_us();
	int done = 0;
	while (done < total) {
		int64_t elapsed = vp_mono_us() - start;
		while (done < total && done * 1000000LL / per_second <= elapsed) {
			emit(&peers[0], 0);
			emit(&peers[1], 1);
			done++;
		}
		if (act) {
			act(elapsed / 1000);
		}
		kit_pump_once(peers, n, 1);
	}
}

static struct kit_forwarder forwarders[2];
static struct kit_peer peers[4]; /* two producers, a named and an unnamed consumer */
static struct ledger *ledgers[2];

static void open_producers(const char *endpoints, const char *url)
{
	kit_peer_open(&peers[0], endpoints, url, "call-controller", "p0", NULL);
	kit_peer_open(&peers[1], endpoints, url, "call-controller", "p1", NULL);
}

static void open_consumer(int i, const char *endpoints, const char *url, const char *name)
{
	char node[16];
	snprintf(node, sizeof(node), "c%d", i);
	if (!ledgers[i]) {
		ledgers[i] = make_ledger();
	}
	kit_peer_open(&peers[2 + i], endpoints, url, "recorder", node, name);
	KIT_CHECK(vp_bus_on_event(peers[2 + i].bus, "call.changed", on_changed, ledgers[i]) == 0);
}

static void start_forwarders(bool curve)
{
	for (int i = 0; i < 2; i++) {
		forwarders[i].curve = curve;
		kit_forwarder_start(&forwarders[i]);
	}
}

static void open_all(const char *url)
{
	const char *endpoints = kit_endpoints(forwarders, 2);
	open_producers(endpoints, url);
	open_consumer(0, endpoints, url, "named");
	open_consumer(1, endpoints, url, NULL);
	kit_pump_ready(peers, 4);
}

static void close_all(void)
{
	for (int i = 3; i >= 0; i--) {
		kit_peer_close(&peers[i]);
	}
	for (int i = 0; i < 2; i++) {
		kit_forwarder_kill(&forwarders[i]);
	}
}

static void expect_all(int max_ms)
{
	kit_pump(peers, 4, complete, ledgers[0], max_ms, "the named consumer has all");
	kit_pump(peers, 4, complete, ledgers[1], max_ms, "the unnamed consumer has all");
	check_ledger(ledgers[0]);
	check_ledger(ledgers[1]);
}

static void everything_arrives_once_and_in_order(void)
{
	const char *url = kit_db_make(NULL);
	start_forwarders(true);
	open_all(url);
	publish(peers, 4, 2000, 2000, NULL);
	expect_all(SLOW_MS);
	KIT_CHECK(kit_db_number("select count(*) from event_log") == 4000);
	KIT_CHECK(kit_db_number("select count(*) from streams") == 2);
	close_all();
	KIT_CHECK(kit_db_number("select count(*) from streams where closed_at is not null and "
				"last_seq = 2000") == 2,
		"an orderly end closes the stream");
	kit_db_drop();
}

static void kill_forwarders(int64_t ms)
{
	static int step;
	if (step == 0 && ms > 500) {
		kit_forwarder_kill(&forwarders[0]);
	} else if (step == 1 && ms > 1500) {
		kit_forwarder_start(&forwarders[0]);
	} else if (step == 2 && ms > 2500) {
		kit_forwarder_kill(&forwarders[0]);
		kit_forwarder_kill(&forwarders[1]);
	} else if (step == 3 && ms > 4500) {
		kit_forwarder_start(&forwarders[1]);
	} else if (step == 4 && ms > 5000) {
		kit_forwarder_start(&forwarders[0]);
	} else {
		return;
	}
	step++;
}

static void killed_forwarders_lose_and_double_nothing(void)
{
	const char *url = kit_db_make(NULL);
	start_forwarders(true);
	open_all(url);
	publish(peers, 4, 6000, 1000, kill_forwarders);
	expect_all(SLOW_MS);
	close_all();
	kit_db_drop();
}

static void kill_the_only_one(int64_t ms)
{
	static int64_t last;
	if (ms - last > 700) {
		kit_forwarder_kill(&forwarders[0]);
		kit_forwarder_start(&forwarders[0]);
		last = ms;
	}
}

static void one_forwarder_killed_again_and_again_loses_nothing(void)
{
	const char *url = kit_db_make(NULL);
	kit_forwarder_start(&forwarders[0]);
	const char *endpoints = kit_endpoints(forwarders, 1);
	open_producers(endpoints, url);
	open_consumer(0, endpoints, url, "named");
	open_consumer(1, endpoints, url, NULL);
	kit_pump_ready(peers, 4);
	publish(peers, 4, 4000, 800, kill_the_only_one);
	expect_all(SLOW_MS);
	close_all();
	kit_db_drop();
}

/* A consumer in a process of its own, until it is killed. */
static pid_t fork_consumer(
	const char *endpoints, const char *url, struct ledger *ledger, int *ready)
{
	pid_t pid = child_fork();
	if (pid != 0) {
		return pid;
	}
	struct kit_peer peer;
	kit_peer_open(&peer, endpoints, url, "recorder", "stopped", "stopped");
	vp_bus_on_event(peer.bus, "call.changed", on_changed, ledger);
	for (;;) {
		kit_pump_once(&peer, 1, 50);
		*ready = vp_bus_ready(peer.bus);
	}
}

static pid_t victim;

static void stop_the_victim(int64_t ms)
{
	static int step;
	if (step == 0 && ms > 500) {
		kill(victim, SIGSTOP);
		step++;
	} else if (step == 1 && ms > 8500) { /* the forwarders hang up on it after 6 s */
		kill(victim, SIGCONT);
		step++;
	}
}

static bool is_set(void *arg)
{
	return *(volatile int *)arg != 0;
}

static void a_stopped_subscriber_catches_up(void)
{
	const char *url = kit_db_make(NULL);
	start_forwarders(false);
	ledgers[0] = make_ledger();
	int *ready = (int *)make_ledger();
	const char *endpoints = kit_endpoints(forwarders, 2);
	victim = fork_consumer(endpoints, url, ledgers[0], ready);
	open_producers(endpoints, url);
	kit_pump_ready(peers, 2);
	kit_pump(peers, 2, is_set, ready, 10000, "the consumer is ready");
	publish(peers, 2, 5000, 500, stop_the_victim);
	int64_t start = vp_mono_us();
	kit_pump(peers, 2, complete, ledgers[0], 10000, "the stopped consumer has all");
	printf("# caught up %lld ms after the last event\n",
		(long long)(vp_mono_us() - start) / 1000);
	check_ledger(ledgers[0]);
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	close_all();
	kit_db_drop();
}

static void a_consumer_that_was_away_gets_what_it_missed(void)
{
	const char *url = kit_db_make(NULL);
	start_forwarders(false);
	open_all(url);
	publish(peers, 4, 500, 1000, NULL);
	expect_all(5000);
	kit_pump_for(peers, 4, 1500); /* its cursor is saved each second */
	kit_peer_close(&peers[2]);
	kit_peer_close(&peers[3]);
	publish(peers, 2, 1500, 3000, NULL); /* more than one replay's rows */
	while (vp_db_write_backlog(peers[0].db) + vp_db_write_backlog(peers[1].db) > 0) {
		kit_pump_once(peers, 2, 10);
	}
	const char *endpoints = kit_endpoints(forwarders, 2);
	open_consumer(0, endpoints, url, "named");
	open_consumer(1, endpoints, url, NULL);
	kit_pump_ready(peers, 4);
	KIT_CHECK(complete(ledgers[0]), "ready means that it has caught up");
	check_ledger(ledgers[0]);
	KIT_CHECK(ledgers[1]->last[0] == 500, "one without a name starts at now");
	close_all();
	kit_db_drop();
}

static void a_new_consumer_sees_the_last_hour_and_no_more(void)
{
	const char *url = kit_db_make(NULL);
	start_forwarders(false);
	const char *endpoints = kit_endpoints(forwarders, 2);
	open_producers(endpoints, url);
	kit_pump_ready(peers, 2);
	publish(peers, 2, 10, 1000, NULL);
	while (vp_db_write_backlog(peers[0].db) + vp_db_write_backlog(peers[1].db) > 0) {
		kit_pump_once(peers, 2, 10);
	}
	/* a stream of yesterday, whose events a new consumer has no business with */
	KIT_CHECK(kit_db_number(
			  "with old as (select uuid7_floor(now() - interval '20 hours') as id), "
			  "s as (insert into streams (stream, service, node_id) "
			  "select id, 'call-controller', 'y' from old), "
			  "e as (insert into event_log (stream, seq, org_id, id, type, at, data) "
			  "select id, 1, id, id, 'call.changed', now(), '\\x00' from old) "
			  "select 1") == 1);
	open_consumer(0, endpoints, url, "named");
	kit_pump_ready(peers, 3);
	KIT_CHECK(complete(ledgers[0]));
	check_ledger(ledgers[0]);
	kit_pump_for(peers, 3, 1500);
	KIT_CHECK(kit_db_number("select count(*) from consumer_cursors") == 3,
		"the old stream counts as read");
	close_all();
	kit_db_drop();
}

static int failed_units;

static void on_failed(int err, void *arg)
{
	(void)arg;
	KIT_CHECK(err == EINVAL, "%d", err);
	failed_units++;
}

static void a_failed_unit_holds_nobody_up(void)
{
	const char *url = kit_db_make(NULL);
	start_forwarders(false);
	open_all(url);
	emit(&peers[0], 0);
	for (int i = 0; i < 3; i++) { /* numbers are given, the units fail */
		struct vp_db_tx *tx = vp_db_tx_create();
		const struct vp_event event = {.type = "call.changed", .subject = "0:9"};
		KIT_CHECK(vp_bus_emit(peers[0].bus, tx, &event) == 0);
		KIT_CHECK(vp_db_tx_add(tx, "select 1/0", NULL, 0) == 0);
		KIT_CHECK(vp_db_write(peers[0].db, tx, on_failed, NULL) == 0);
	}
	/* and one is given up before it was written */
	struct vp_db_tx *tx = vp_db_tx_create();
	const struct vp_event event = {.type = "call.changed", .subject = "0:9"};
	KIT_CHECK(vp_bus_emit(peers[0].bus, tx, &event) == 0);
	vp_db_tx_destroy(tx);
	emit(&peers[0], 0);
	int64_t start = vp_mono_us();
	expect_all(2000);
	KIT_CHECK(failed_units == 3);
	KIT_CHECK(vp_mono_us() - start < 1500000, "the hole is filled, not waited for");
	KIT_CHECK(kit_db_number("select count(*) from event_log where type = 'bus.void'") == 4);
	close_all();
	kit_db_drop();
}

static bool skipped_one(void *arg)
{
	(void)arg;
	return vp_metric_value(vp_counter("voip_bus_skipped_total", "", NULL)) > 0;
}

static void a_row_that_is_gone_is_skipped_and_counted(void)
{
	const char *url = kit_db_make(NULL);
	start_forwarders(false);
	open_all(url);
	kit_peer_close(&peers[2]);
	publish(peers, 2, 20, 1000, NULL);
	while (vp_db_write_backlog(peers[0].db) + vp_db_write_backlog(peers[1].db) > 0) {
		kit_pump_once(peers, 2, 10);
	}
	kit_db_number("delete from event_log where seq = 7");
	open_consumer(0, kit_endpoints(forwarders, 2), url, "named");
	kit_pump(peers, 3, complete, ledgers[0], 30000, "the rest");
	KIT_CHECK(skipped_one(NULL));
	KIT_CHECK(ledgers[0]->disorder == 2 && ledgers[0]->doubled == 0);
	close_all();
	kit_db_drop();
}

static void a_lost_tail_is_found_by_the_next_heartbeat(void)
{
	const char *url = kit_db_make(NULL);
	start_forwarders(false);
	open_all(url);
	emit(&peers[0], 0);
	emit(&peers[1], 1);
	expect_all(5000);
	kit_forwarder_kill(&forwarders[0]);
	kit_forwarder_kill(&forwarders[1]);
	kit_pump_for(peers, 4, 300);
	emit(&peers[0], 0);
	emit(&peers[1], 1);
	kit_pump_for(peers, 4, 500);
	kit_forwarder_start(&forwarders[0]);
	kit_forwarder_start(&forwarders[1]);
	expect_all(6000);
	close_all();
	kit_db_drop();
}

/* --- with a database of our own that is killed --- */

static char *pg_dir;
static int pg_port;

static void pg(const char *verb)
{
	char *tool = vp_strf("%s/tools/dev/pg", getenv("RINGMAIN_SOURCE_DIR"));
	char port[16];
	snprintf(port, sizeof(port), "%d", pg_port);
	KIT_CHECK(
		kit_run((const char *const[]){tool, verb, pg_dir, port, NULL}) == 0, "pg %s", verb);
	free(tool);
}

static bool is_dead(int pid)
{
	char path[64], state = 'Z';
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "r");
	if (file) {
		KIT_CHECK(fscanf(file, "%*d %*s %c", &state) == 1);
		fclose(file);
	}
	return state == 'Z'; /* in a container nobody may collect it */
}

static void pg_kill(void)
{
	char *path = vp_strf("%s/data/postmaster.pid", pg_dir);
	FILE *file = fopen(path, "r");
	int pid = 0;
	KIT_CHECK(file && fscanf(file, "%d", &pid) == 1 && pid > 1);
	fclose(file);
	kill(pid, SIGKILL);
	while (!is_dead(pid)) {
		usleep(1000);
	}
	unlink(path); /* or the next one takes the dead for living */
	free(path);
}

static void restart_postgres(int64_t ms)
{
	static int step;
	if (step == 0 && ms > 500) {
		pg("stop");
	} else if (step == 1 && ms > 1500) {
		pg("start");
	} else if (step == 2 && ms > 5000) {
		pg_kill();
	} else if (step == 3 && ms > 6500) {
		pg("start");
	} else {
		return;
	}
	step++;
}

static void a_restarted_database_loses_and_doubles_nothing(void)
{
	pg_dir = vp_strf("%s/pg", kit_dir());
	pg_port = kit_free_port();
	char *tool = vp_strf("%s/tools/dev/pg", getenv("RINGMAIN_SOURCE_DIR"));
	kit_hold_database(tool, pg_dir);
	free(tool);
	pg("start");
	char server[64];
	snprintf(server, sizeof(server), "postgresql://postgres@127.0.0.1:%d/postgres", pg_port);
	const char *url = kit_db_make(server);
	start_forwarders(false);
	open_all(url);
	publish(peers, 4, 4000, 400, restart_postgres);
	expect_all(SLOW_MS);
	KIT_CHECK(kit_db_number("select count(*) from event_log") == 8000);
	KIT_CHECK(kit_db_number("select max(seq) from event_log") == 4000);
	close_all();
	kit_db_drop();
	pg("stop");
	free(pg_dir);
}

static void on_stored(const struct vp_bus_msg *msg, void *arg)
{
	(void)arg;
	KIT_CHECK(strcmp(msg->type, "recording.stored") == 0);
}

static void a_consumer_hears_only_the_owners_of_its_types(void)
{
	const char *url = kit_db_make(NULL);
	start_forwarders(false);
	const char *endpoints = kit_endpoints(forwarders, 2);
	open_producers(endpoints, url);
	kit_peer_open(&peers[2], endpoints, url, "gateway", "g", "named");
	KIT_CHECK(vp_bus_on_event(peers[2].bus, "recording.stored", on_stored, NULL) == 0);
	kit_pump_ready(peers, 3);
	publish(peers, 3, 100, 1000, NULL);
	kit_pump_for(peers, 3, 2500);
	KIT_CHECK(vp_bus_ready(peers[2].bus));
	KIT_CHECK(vp_metric_value(vp_counter(
			  "voip_bus_messages_total", "", "class=\"ev\",direction=\"in\"")) == 0);
	KIT_CHECK(vp_metric_value(vp_counter("voip_bus_gaps_total", "", NULL)) == 0);
	KIT_CHECK(kit_db_number("select count(*) from consumer_cursors") == 0);
	close_all();
	kit_db_drop();
}

static void wrong_use_is_refused(void)
{
	const char *url = kit_db_make(NULL);
	start_forwarders(false);
	struct kit_peer no_db;
	kit_peer_open(&no_db, kit_endpoints(forwarders, 2), NULL, "router", "n", NULL);
	struct vp_db_tx *tx = vp_db_tx_create();
	KIT_CHECK(vp_bus_emit(no_db.bus, tx, &(struct vp_event){.type = "a.b"}) == ENOTSUP);
	KIT_CHECK(vp_bus_on_event(no_db.bus, "a.b", on_changed, NULL) == ENOTSUP);
	kit_peer_close(&no_db);
	kit_peer_open(&peers[0], kit_endpoints(forwarders, 2), url, "router", "n", NULL);
	KIT_CHECK(vp_bus_emit(peers[0].bus, tx, &(struct vp_event){.type = "no type!"}) == EINVAL);
	KIT_CHECK(vp_bus_emit(peers[0].bus, tx, &(struct vp_event){.type = "call.changed"}) ==
		  EACCES);
	static char big[300 << 10];
	const struct vp_event large = {.type = "a.b", .data = big, .len = sizeof(big)};
	KIT_CHECK(vp_bus_emit(peers[0].bus, tx, &large) == EMSGSIZE);
	vp_db_tx_destroy(tx);
	KIT_CHECK(vp_bus_on_event(peers[0].bus, "a.b", on_changed, NULL) == 0);
	KIT_CHECK(vp_bus_on_event(peers[0].bus, "a.b", on_changed, NULL) == EEXIST);
	vp_bus_drain(peers[0].bus);
	KIT_CHECK(vp_bus_on_event(peers[0].bus, "a.c", on_changed, NULL) == EBUSY);
	close_all();
	kit_db_drop();
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"everything arrives once and in order", everything_arrives_once_and_in_order},
		{"killed forwarders lose and double nothing",
			killed_forwarders_lose_and_double_nothing},
		{"one forwarder killed again and again loses nothing",
			one_forwarder_killed_again_and_again_loses_nothing},
		{"a stopped subscriber catches up", a_stopped_subscriber_catches_up},
		{"a consumer that was away gets what it missed",
			a_consumer_that_was_away_gets_what_it_missed},
		{"a new consumer sees the last hour and no more",
			a_new_consumer_sees_the_last_hour_and_no_more},
		{"a failed unit holds nobody up", a_failed_unit_holds_nobody_up},
		{"a row that is gone is skipped and counted",
			a_row_that_is_gone_is_skipped_and_counted},
		{"a lost tail is found by the next heartbeat",
			a_lost_tail_is_found_by_the_next_heartbeat},
		{"a restarted database loses and doubles nothing",
			a_restarted_database_loses_and_doubles_nothing},
		{"a consumer hears only the owners of its types",
			a_consumer_hears_only_the_owners_of_its_types},
		{"wrong use is refused", wrong_use_is_refused},
	};
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
