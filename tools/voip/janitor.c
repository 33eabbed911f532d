/* voip janitor: partitions ahead of time, and rows that nobody reads any more. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "libcommon/base/base.h"
#include "tools/voip/cli.h"
#include "tools/voip/db.h"

enum { LOOP_S = 3600, CALLS_MONTHS = 24, EVENTS_DAYS = 14 };

struct chore {
	const char *what;
	const char *sql; /* $1 months that calls are kept, $2 days that events are kept */
};

static const struct chore chores[] = {
	{"partitions made",
		"select coalesce(sum(voip.ensure_partitions(((now() at time zone 'UTC')::date "
		"+ make_interval(months => m))::date)), 0), $1::int, $2::int from "
		"generate_series(0, 2) m"},
	{"partitions of old calls dropped",
		"select voip.drop_partitions('calls', d) + voip.drop_partitions('call_legs', d) "
		"+ voip.drop_partitions('audit_log', d), $2::int "
		"from (select ((now() at time zone 'UTC')::date - make_interval(months => "
		"$1::int))::date "
		"as d) as day"},
	{"partitions of old events dropped", "select voip.drop_partitions('event_log', (now() at "
					     "time zone 'UTC')::date - $2::int), $1::int"},
	{"sessions ended",
		"with gone as (delete from voip.sessions where expires_at < now() returning 1) "
		"select count(*), $1::int, $2::int from gone"},
	{"tickets forgotten",
		"with gone as (delete from voip.used_tickets where expires_at < now() returning 1) "
		"select count(*), $1::int, $2::int from gone"},
	{"dial keys forgotten", "with gone as (delete from voip.call_dial_keys where created_at < "
				"now() - interval '1 day' "
				"returning 1) select count(*), $1::int, $2::int from gone"},
	/* by organisation, so that the primary key finds them */
	{"webhooks forgotten",
		"with gone as (delete from voip.webhook_inbox w using voip.orgs o where w.org_id = "
		"o.id and w.id < voip.uuid7_floor(now() - make_interval(days => $2::int)) "
		"returning 1) "
		"select count(*), $1::int from gone"},
	{"carriers' commands forgotten",
		"with gone as (delete from voip.provider_commands where created_at < now() - "
		"interval '30 days' returning 1) select count(*), $1::int, $2::int from gone"},
	/* as long as the calls that they name */
	{"carriers' ids forgotten",
		"with gone as (delete from voip.call_external_ids where created_at < now() - "
		"make_interval(months => $1::int) returning 1) select count(*), $2::int from gone"},
	/* a stream's rows live in the partition of the month it began in */
	{"streams closed", "with gone as (delete from voip.streams where started_at < now() "
			   "- make_interval(days => $2::int + 32) returning 1) select count(*), "
			   "$1::int from gone"},
	{"cursors forgotten", "with gone as (delete from voip.consumer_cursors where stream < "
			      "voip.uuid7_floor(now() "
			      "- make_interval(days => $2::int + 32)) returning 1) select "
			      "count(*), $1::int from gone"},
	{"nodes forgotten",
		"with gone as (delete from voip.nodes where last_seen < now() - interval '1 day' "
		"returning 1) select count(*), $1::int, $2::int from gone"},
};

static void take_count(const struct vp_db_result *res, void *arg)
{
	long *count = arg;

	*count = vp_db_rows(res) ? (long)vp_db_int(res, 0, 0) : 0;
}

static int clean(struct tool_db *db, long months, long days)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(chores); i++) {
		long count = 0;
		int err = tool_db_query(db, chores[i].sql,
			VP_PARAMS(VP_P_INT(months), VP_P_INT(days)), take_count, &count);

		if (err) {
			return err;
		}
		if (count > 0) {
			printf("%ld %s\n", count, chores[i].what);
		}
	}
	fflush(stdout);
	return 0;
}

/* False: told to stop. SIGTERM is blocked and waited for, so that none is missed. */
static bool sleep_until_next(const sigset_t *stop)
{
	struct timespec hour = {.tv_sec = LOOP_S};

	return sigtimedwait(stop, NULL, &hour) < 0;
}

static int run(const struct cli_cmd *cmd, int argc, char **argv)
{
	bool loop = false, once = false;
	long months = CALLS_MONTHS, days = EVENTS_DAYS;
	const struct cli_opt opts[] = {{"loop", CLI_FLAG, &loop, 0, 0},
		{"once", CLI_FLAG, &once, 0, 0}, {"calls-months", CLI_NUMBER, &months, 1, 1200},
		{"events-days", CLI_NUMBER, &days, 1, 3650}};
	struct tool_db *db;
	sigset_t stop;
	int err;

	if (!cli_parse(cmd, opts, VP_ARRAY_LEN(opts), argc, argv, NULL)) {
		return CLI_USAGE;
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	db = tool_db_open();
	if (!db) {
		return CLI_FAILED;
	}
	do {
		err = clean(db, months, days);
	} while (loop && sleep_until_next(&stop));
	tool_db_close(db);
	return err ? CLI_FAILED : CLI_OK;
}

const struct cli_cmd cmd_janitor = {
	.name = "janitor",
	.args = "[--once | --loop] [--calls-months N] [--events-days N]",
	.summary = "Make partitions ahead, drop old ones, delete dead rows",
	.help = "Run it daily, or with --loop as a service (each hour). Its role is "
		"voip_janitor.\n\n"
		"  --calls-months N   how long calls and the audit log are kept (default 24)\n"
		"  --events-days N    how long bus events are kept, whole months only (default "
		"14)\n",
	.example = "voip janitor --once",
	.run = run,
};
