/* voip import-laravel */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/announce.h"
#include "tools/voip/cli.h"
#include "tools/voip/import/dump.h"
#include "tools/voip/import/import.h"
#include "tools/voip/import/secrets.h"
#include "tools/voip/organisation.h"

enum { KEEP_MONTHS = 24, KEEP_MONTHS_MAX = 1200 };

static const struct {
	import_group *bring;
	enum source_id id;
} groups[] = {{import_users, SOURCE_USERS}, {import_accounts, SOURCE_ACCOUNTS},
	{import_persons, SOURCE_PERSONS}, {import_leads, SOURCE_LEADS},
	{import_deals, SOURCE_DEALS}, {import_providers, SOURCE_PROVIDERS},
	{import_trunks, SOURCE_TRUNKS}, {import_routes, SOURCE_ROUTES},
	{import_calls, SOURCE_CALLS}, {import_recordings, SOURCE_RECORDINGS}};

static int read_dump(struct import *im, const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	struct dump_fault fault = {0};
	int err = file ? source_read(&im->source, file, &fault) : errno;

	if (file && file != stdin) {
		fclose(file);
	}
	if (err && fault.sentence[0] && fault.line) {
		cli_failf("Make it with `mysqldump --default-character-set=utf8mb4 DATABASE > "
			  "dump.sql`.",
			"%s, line %zu: %s", path, fault.line, fault.sentence);
	} else if (err) {
		cli_failf("Make it with `mysqldump --default-character-set=utf8mb4 DATABASE > "
			  "dump.sql`.",
			"%s: %s", path, fault.sentence[0] ? fault.sentence : strerror(err));
	}
	return err;
}

/* The first moment of the oldest month that `voip janitor` keeps. */
static int64_t oldest_kept(int64_t now_us, long months)
{
	time_t now = (time_t)(now_us / 1000000);
	struct tm tm;

	gmtime_r(&now, &tm);
	tm.tm_mday = 1;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mon -= (int)months;
	return (int64_t)timegm(&tm) * 1000000;
}

/* Rows that are no group's: bytes that were no text, ids that came twice. */
static void say_common(struct report *report, const struct source_table *table)
{
	for (size_t i = 0; i < table->n_cleaned; i++) {
		report_say(
			report, REPORT_REPAIRED, -1, "bytes that are no UTF-8 text were replaced");
	}
	for (size_t i = 0; i < table->n_doubled; i++) {
		report_say(report, REPORT_LEFT, -1, "an id that another row of the dump has");
	}
	for (size_t i = 0; i < table->n_nameless; i++) {
		report_say(report, REPORT_LEFT, -1, "without an id");
	}
}

static int bring_all(struct import *im)
{
	int err = calls_mark_doubles(im);

	err = err ? err : import_refer(im);
	for (size_t i = 0; i < VP_ARRAY_LEN(groups) && !err; i++) {
		const struct source_table *table = source_table(im->source, groups[i].id);
		struct report *report = NULL;

		if (table->present) {
			err = groups[i].bring(im, &report);
		}
		if (report && !err) {
			say_common(report, table);
			report_print(report, stdout);
		}
		report_destroy(report);
	}
	if (err == ENOMEM) {
		cli_fail("memory is out", NULL);
	}
	return err;
}

static int run_import(struct import *im, const char *org_name)
{
	int err;

	im->db = tool_db_open();
	if (!im->db) {
		return CLI_FAILED;
	}
	err = organisation_find(im->db, org_name, &im->org, im->region);
	if (!err) {
		printf("%s\n\n", im->dry ? "Dry run: nothing is written. A real run does this:"
					 : "Bringing over:");
		err = bring_all(im);
	}
	if (!err) {
		printf("\n%s\n", im->dry ? "Nothing was written. Without --dry-run it is done."
					 : "Done. A second run changes nothing.");
		if (!im->dry) {
			announce_config(im->org, "providers", im->org);
		}
	} else {
		fputs(im->dry ? ""
			      : "      What is written already stays; a next run goes on from "
				"there.\n",
			stderr);
	}
	tool_db_close(im->db);
	return err ? CLI_FAILED : CLI_OK;
}

static void forget(struct import *im)
{
	secrets_forget(im);
	free(im->phones);
	source_free(im->source);
}

/* Times of the dump are read in this zone by mktime(). */
static bool set_zone(const char *zone)
{
	VP_CLEANUP(vp_freep) char *path = vp_strf("/usr/share/zoneinfo/%s", zone);

	if (!path || strstr(zone, "..") || zone[0] == '/' || access(path, R_OK) != 0) {
		cli_failf("Use a name like Europe/Berlin, or leave it out for UTC.",
			"there is no time zone '%s' on this machine", zone);
		return false;
	}
	setenv("TZ", zone, 1);
	tzset();
	return true;
}

static int run(const struct cli_cmd *cmd, int argc, char **argv)
{
	struct import im = {.keep_months = KEEP_MONTHS, .now_us = vp_time_us()};
	const char *org = NULL, *key_file = NULL, *zone = "UTC";
	const char *word;
	const struct cli_opt opts[] = {{"dry-run", CLI_FLAG, &im.dry, 0, 0},
		{"everyone", CLI_FLAG, &im.everyone, 0, 0}, {"org", CLI_TEXT, &org, 0, 0},
		{"app-key-file", CLI_TEXT, &key_file, 0, 0}, {"files", CLI_TEXT, &im.files, 0, 0},
		{"timezone", CLI_TEXT, &zone, 0, 0},
		{"calls-months", CLI_NUMBER, &im.keep_months, 1, KEEP_MONTHS_MAX}};
	int status = CLI_FAILED;

	word = cli_parse_word(cmd, opts, VP_ARRAY_LEN(opts), argc, argv);
	if (!word) {
		return CLI_USAGE;
	}
	if (!set_zone(zone)) {
		return CLI_USAGE;
	}
	im.oldest_us = oldest_kept(im.now_us, im.keep_months);
	im.store = getenv("VOIP_RECORDING_DIR");
	if (vp_crypto_init() == 0 && read_dump(&im, word) == 0 &&
		secrets_keys(&im, key_file) == 0) {
		status = run_import(&im, org);
	}
	forget(&im);
	return status;
}

const struct cli_cmd cmd_import_laravel = {
	.name = "import-laravel",
	.args = "DUMP.sql [--dry-run] [options]",
	.summary = "Bring over the Laravel package's providers, routes, history and contacts",
	.help = "DUMP.sql is what `mysqldump` or `mariadb-dump` wrote of the CRM's database (`-`: "
		"standard\n"
		"input). Start with --dry-run: it says what comes over, what is repaired, what "
		"stays behind\n"
		"and why; the real run does just that. It may be repeated: what is here stays as "
		"it is.\n\n"
		"  --dry-run            write nothing\n"
		"  --app-key-file FILE  APP_KEY of the CRM, or its whole .env; else it is asked "
		"for.\n"
		"                       It opens the providers' settings and is not kept\n"
		"  --files DIR          the CRM's storage/app folder, for recordings\n"
		"  --everyone           all users, persons, leads and deals, also those without a "
		"call\n"
		"  --calls-months N     how old calls may be (default 24, as `voip janitor` keeps "
		"them)\n"
		"  --timezone ZONE      of the times in the dump (default UTC, as mysqldump "
		"writes)\n"
		"  --org NAME           when there are several organisations\n",
	.example = "voip import-laravel crm.sql --app-key-file /var/www/crm/.env --dry-run",
	.run = run,
};
