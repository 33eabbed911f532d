/* voip webhook list, replay: the ledger of what carriers told us (table webhook_inbox). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/cli.h"
#include "tools/voip/db.h"

enum { LIST_DEFAULT = 50, LIST_MAX = 1000 };

/* $1 since (an interval like '2 hours', or a time), $2 provider (id or name), $3 state, $4 kind, $5
 * external id, $6 limit. By organisation, so that the primary key gives the order. */
static const char list_sql[] =
	"select w.id, to_char(to_timestamp(w.ms / 1000.0) at time zone 'UTC', "
	"'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), p.name, coalesce(p.driver, ''), w.kind, "
	"w.external_id, octet_length(w.body), w.state, w.replays "
	"from voip.orgs o cross join lateral (select *, ('x' || left(replace(i.id::text, '-', ''), "
	"12))::bit(48)::bigint as ms from voip.webhook_inbox i where i.org_id = o.id "
	"and ($1::timestamptz is null or i.id >= voip.uuid7_floor($1)) "
	"and ($2::text is null or i.provider_id in (select id from voip.providers "
	"where org_id = o.id and (id::text = $2 or name = $2))) "
	"and ($3::text is null or i.state = $3) and ($4::text is null or i.kind = $4) "
	"and ($5::text is null or i.external_id = $5) order by i.id desc limit $6) w "
	"left join voip.providers p on p.org_id = o.id and p.id = w.provider_id "
	"order by w.id desc limit $6";
enum { ID, AT, PROVIDER, DRIVER, KIND, EXTERNAL, SIZE, STATE, REPLAYS };

static void print_rows(const struct vp_db_result *res, void *arg)
{
	size_t n = vp_db_rows(res);

	(void)arg;
	for (size_t row = 0; row < n; row++) {
		bool again = strcmp(vp_db_text(res, row, STATE), "replay") == 0;

		printf("%s  %s  %-12s %-7s %-20s %-36s %6lld B", vp_db_text(res, row, ID),
			vp_db_text(res, row, AT), vp_db_text(res, row, PROVIDER),
			vp_db_text(res, row, DRIVER), vp_db_text(res, row, KIND),
			vp_db_text(res, row, EXTERNAL), (long long)vp_db_int(res, row, SIZE));
		if (again || vp_db_int(res, row, REPLAYS) > 0) {
			printf("  %s, replayed %lld times", again ? "waits for replay" : "done",
				(long long)vp_db_int(res, row, REPLAYS));
		}
		putchar('\n');
	}
	if (n == 0) {
		puts("no webhooks");
	}
}

/* "2h", "15m", "3d": that long ago; else a time as PostgreSQL reads it. */
static char *since_sql_time(struct tool_db *db, const char *text, int *ret_err)
{
	char *end;
	long number = strtol(text, &end, 10);
	const char *unit = strcmp(end, "m") == 0   ? "minutes"
			   : strcmp(end, "h") == 0 ? "hours"
			   : strcmp(end, "d") == 0 ? "days"
						   : NULL;
	VP_CLEANUP(vp_freep)
	char *interval = unit && number > 0 ? vp_strf("%ld %s", number, unit) : NULL;

	return tool_db_text(db,
		interval ? "select (now() - $1::interval)::text" : "select $1::timestamptz::text",
		VP_PARAMS(VP_P_TEXT(interval ? interval : text)), ret_err);
}

static int run_list(const struct cli_cmd *cmd, int argc, char **argv)
{
	const char *since = NULL, *provider = NULL, *state = NULL, *kind = NULL, *external = NULL;
	long limit = LIST_DEFAULT;
	const struct cli_opt opts[] = {{"since", CLI_TEXT, &since, 0, 0},
		{"provider", CLI_TEXT, &provider, 0, 0}, {"state", CLI_TEXT, &state, 0, 0},
		{"kind", CLI_TEXT, &kind, 0, 0}, {"call", CLI_TEXT, &external, 0, 0},
		{"limit", CLI_NUMBER, &limit, 1, LIST_MAX}};
	VP_CLEANUP(vp_freep) char *since_time = NULL;
	int err = 0;

	if (!cli_parse(cmd, opts, VP_ARRAY_LEN(opts), argc, argv, NULL)) {
		return CLI_USAGE;
	}
	if (state && strcmp(state, "done") != 0 && strcmp(state, "replay") != 0) {
		return cli_failf(
			"The states are done and replay.", "there is no state '%s'", state);
	}
	struct tool_db *db = tool_db_open();
	if (!db) {
		return CLI_FAILED;
	}
	if (since) {
		since_time = since_sql_time(db, since, &err);
	}
	if (!err) {
		err = tool_db_query(db, list_sql,
			VP_PARAMS(VP_P_TEXT(since_time), VP_P_TEXT(provider), VP_P_TEXT(state),
				VP_P_TEXT(kind), VP_P_TEXT(external), VP_P_INT(limit)),
			print_rows, NULL);
	}
	tool_db_close(db);
	return err ? CLI_FAILED : CLI_OK;
}

static void count_rows(const struct vp_db_result *res, void *arg)
{
	*(size_t *)arg = vp_db_rows(res);
}

static int run_replay(const struct cli_cmd *cmd, int argc, char **argv)
{
	const char *word;
	struct vp_uuid id;
	size_t found = 0;

	word = cli_parse_word(cmd, NULL, 0, argc, argv);
	if (!word) {
		return CLI_USAGE;
	}
	if (!vp_uuid_parse(word, &id)) {
		return cli_failf("`voip webhook list` shows them in its first column.",
			"'%s' is no id of a webhook", word);
	}
	struct tool_db *db = tool_db_open();
	if (!db) {
		return CLI_FAILED;
	}
	int err = tool_db_query(db,
		"update voip.webhook_inbox w set state = 'replay' from voip.orgs o "
		"where w.org_id = o.id and w.id = $1 returning w.id",
		VP_PARAMS(VP_P_UUID(id)), count_rows, &found);
	tool_db_close(db);
	if (err) {
		return CLI_FAILED;
	}
	if (found == 0) {
		return cli_failf("They are kept 14 days; `voip webhook list` shows them.",
			"there is no webhook %s", word);
	}
	puts("webhook-ingest tells it again within a second");
	return CLI_OK;
}

const struct cli_cmd cmd_webhook_list = {
	.name = "webhook list",
	.args = "[--since 2h] [--provider NAME] [--kind KIND] [--call ID] [--state replay] "
		"[--limit N]",
	.summary = "Show what carriers told us, newest first",
	.help = "  --since TIME      15m, 2h, 3d ago, or a time such as 2026-11-26T08:00Z\n"
		"  --provider NAME   of one provider, by name or id\n"
		"  --kind KIND       status, recording, voice ...; call.hangup ... for Telnyx\n"
		"  --call ID         of one call of the carrier (CallSid, call_control_id)\n"
		"  --state STATE     done, or replay: those that wait to be told again\n"
		"  --limit N         at most so many (default 50, 1000 at most)\n",
	.example = "voip webhook list --since 1h --kind recording",
	.run = run_list,
};

const struct cli_cmd cmd_webhook_replay = {
	.name = "webhook replay",
	.args = "ID",
	.summary = "Tell one of them to the other services again",
	.help = "The event goes out once more under a new number. What it would change is changed "
		"by\n"
		"the usual rules: a call that has ended stays as it is.\n",
	.example = "voip webhook replay 019a5f0e-0000-7000-8000-000000000000",
	.run = run_replay,
};
