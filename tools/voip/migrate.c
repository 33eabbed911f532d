/* voip migrate: dbmate runs the files; then what depends on the day and the place. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tools/voip/cli.h"
#include "tools/voip/db.h"

/* The whole run gives up rather than queue behind a long transaction, with everybody queueing
 * behind it. */
#define PG_OPTIONS "-c lock_timeout=10s -c statement_timeout=10min"
enum { MONTHS_AHEAD = 2, PAUSE_MS = 200 };

/* In a checkout the program is in build/tools/voip. */
static char *beside(const char *relative)
{
	VP_CLEANUP(vp_freep) char *own = cli_own_dir();
	VP_CLEANUP(vp_freep) char *path = own ? vp_strf("%s/../../../%s", own, relative) : NULL;

	return path && access(path, F_OK) == 0 ? VP_TAKE(path) : NULL;
}

static char *find_dbmate(void)
{
	const char *set = getenv("VOIP_DBMATE");
	char *path;

	if (set && *set) {
		return strdup(set);
	}
	path = beside("tools/node/node_modules/.bin/dbmate");
	return path ? path : strdup("dbmate");
}

static char *find_migrations(void)
{
	const char *set = getenv("VOIP_MIGRATIONS");
	char *path;

	if (set && *set) {
		return strdup(set);
	}
	path = beside("migrations");
	return path ? path : strdup("/usr/share/voip/migrations");
}

/* dbmate wants TLS unless told otherwise; libpq found out whether there is any. */
static char *dbmate_url(const char *url, bool tls)
{
	return vp_strf("%s%c%ssearch_path=voip", url, strchr(url, '?') ? '&' : '?',
		strstr(url, "sslmode=") ? ""
		: tls                   ? "sslmode=require&"
					: "sslmode=disable&");
}

/* By the environment: an argument would show the password in the list of processes. */
static int run_with_url(char *const argv[], const char *url)
{
	VP_CLEANUP(cli_wipe) char *password = cli_secret("VOIP_DB_PASSWORD");
	int status;

	setenv("DATABASE_URL", url, 1);
	setenv("PGOPTIONS", PG_OPTIONS, 1);
	if (password) {
		setenv("PGPASSWORD", password, 1);
	}
	status = cli_run(argv);
	if (password) {
		unsetenv("PGPASSWORD");
	}
	unsetenv("PGOPTIONS");
	unsetenv("DATABASE_URL");
	return status;
}

/* Files that are applied; -1: not known. */
static long applied(struct tool_db *db)
{
	int err;
	VP_CLEANUP(vp_freep)
	char *count = tool_db_text(db,
		"select case when to_regclass('voip.schema_migrations') is null then 0 "
		"else (xpath('/row/n/text()', query_to_xml('select count(*) as n from "
		"voip.schema_migrations', false, true, '')))[1]::text::int end",
		NULL, 0, &err);

	return count ? strtol(count, NULL, 10) : -1;
}

/* dbmate takes no lock: of two at the same time one fails at each file. It tries again as long as
 * the other gets on, and once more. */
static int run_beside_others(struct tool_db *db, char *const argv[], const char *url)
{
	long before;
	int status, standstills = 0;

	do {
		before = applied(db);
		status = run_with_url(argv, url);
		if (status > 0) {
			poll(NULL, 0, PAUSE_MS);
			standstills += applied(db) == before;
		}
	} while (status > 0 && standstills < 2);
	return status;
}

static int run_dbmate(struct tool_db *db, const char *verb, const char *url)
{
	VP_CLEANUP(vp_freep) char *dbmate = find_dbmate();
	VP_CLEANUP(vp_freep) char *dir = find_migrations();
	char *const argv[] = {
		dbmate, "--no-dump-schema", "--migrations-dir", dir, (char *)verb, NULL};
	int status;

	if (!dbmate || !dir) {
		return CLI_FAILED;
	}
	status = run_beside_others(db, argv, url);
	if (status < 0) {
		return cli_failf("npm install dbmate (its package carries the binary), or name it "
				 "in VOIP_DBMATE.",
			"'%s' cannot be run", dbmate);
	}
	return status == 0
		       ? CLI_OK
		       : cli_failf("Its message is above. Nothing of the failed file was applied.",
				 "dbmate %s failed on the files in %s", verb, dir);
}

static int set_passwords(struct tool_db *db)
{
	VP_CLEANUP(cli_wipe) char *password = cli_secret("VOIP_DB_ROLE_PASSWORD");
	int fault = password ? 0 : errno;
	VP_CLEANUP(cli_wipe) char *verifier = password ? tool_db_scram(password) : NULL;

	if (!password) {
		return fault;
	}
	if (!verifier) {
		return ENOTCONN;
	}
	return tool_db_query(db, "select voip.set_role_passwords($1)",
		VP_PARAMS(VP_P_TEXT(verifier)), NULL, NULL);
}

static int after_migration(struct tool_db *db)
{
	int err = tool_db_query(db,
		"select voip.ensure_partitions(((now() at time zone 'UTC')::date "
		"+ make_interval(months => m))::date) from generate_series(-1, $1::int) m",
		VP_PARAMS(VP_P_INT(MONTHS_AHEAD)), NULL, NULL);

	if (!err) {
		err = tool_db_query(db, "select voip.apply_role_settings()", NULL, 0, NULL, NULL);
	}
	return err ? err : set_passwords(db);
}

static int migrate(struct tool_db *db, const char *verb)
{
	int err;
	VP_CLEANUP(vp_freep)
	char *tls = tool_db_text(
		db, "select ssl from pg_stat_ssl where pid = pg_backend_pid()", NULL, 0, &err);
	VP_CLEANUP(vp_freep) char *url = dbmate_url(cli_db_url(), tls && tls[0] == 't');
	int status = err || !url ? CLI_FAILED : run_dbmate(db, verb, url);

	if (status != CLI_OK || strcmp(verb, "up") != 0) {
		return status;
	}
	if (after_migration(db) != 0) {
		return CLI_FAILED;
	}
	puts("The database is up to date.");
	return CLI_OK;
}

static int run(const struct cli_cmd *cmd, int argc, char **argv)
{
	bool down = false, show = false;
	const struct cli_opt opts[] = {
		{"down", CLI_FLAG, &down, 0, 0}, {"status", CLI_FLAG, &show, 0, 0}};
	struct tool_db *db;
	int status;

	if (!cli_parse(cmd, opts, VP_ARRAY_LEN(opts), argc, argv, NULL)) {
		return CLI_USAGE;
	}
	db = tool_db_open();
	if (!db) {
		return CLI_FAILED;
	}
	status = migrate(db, show ? "status" : down ? "down" : "up");
	tool_db_close(db);
	return status;
}

const struct cli_cmd cmd_migrate = {
	.name = "migrate",
	.args = "[--status | --down]",
	.summary = "Bring the database up to date",
	.help = "Runs the files of migrations/ that are new (dbmate), makes the partitions of the "
		"next\n"
		"months, and sets the services' roles up. VOIP_DB_URL is the owner of the "
		"database. With\n"
		"VOIP_DB_ROLE_PASSWORD (or ..._FILE) the roles get that password; without it the "
		"server\n"
		"must trust them.\n\n"
		"  --status   which files are applied\n"
		"  --down     undo the last file (loses its data)\n",
	.example = "VOIP_DB_URL=postgresql://postgres@127.0.0.1/ringmain voip migrate",
	.run = run,
};
