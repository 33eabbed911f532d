#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/doctor.h"

static long count(struct doctor *d, const char *sql)
{
	int err;
	VP_CLEANUP(vp_freep) char *text = tool_db_text(d->db, sql, NULL, 0, &err);

	return text ? strtol(text, NULL, 10) : -1;
}

static long files_to_apply(void)
{
	const char *path = getenv("VOIP_MIGRATIONS");
	DIR *dir = opendir(path && *path ? path : "migrations");
	struct dirent *entry;
	long n = 0;

	if (!dir) {
		return -1;
	}
	while ((entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		n += len > 4 && strcmp(entry->d_name + len - 4, ".sql") == 0;
	}
	closedir(dir);
	return n;
}

void doctor_schema(struct doctor *d)
{
	long wanted = files_to_apply();
	long applied =
		count(d, "select case when to_regclass('voip.schema_migrations') is null then 0 "
			 "else (xpath('/row/n/text()', query_to_xml('select count(*) as n from "
			 "voip.schema_migrations', false, true, '')))[1]::text::int end");

	if (applied <= 0) {
		doctor_fault(d, "Run `voip migrate`.", "the tables are missing");
	} else if (wanted > applied) {
		doctor_fault(d, "Run `voip migrate`.", "%ld of %ld migrations are applied", applied,
			wanted);
	} else {
		doctor_ok(d, "%ld migrations applied", applied);
	}
}

void doctor_partitions(struct doctor *d)
{
	long missing = count(d,
		"select count(*) from (select 'voip.' || t || to_char(now() at time zone 'UTC' + "
		"m, '_YYYYMM') "
		"as p from unnest(array['calls', 'call_legs', 'event_log', 'audit_log']) t, "
		"unnest(array[interval '0', interval '1 month']) m) as wanted where to_regclass(p) "
		"is null");

	if (missing != 0) {
		doctor_fault(d,
			"Run `voip janitor` daily: without a partition no call can be stored.",
			"%ld partitions of this and the next month are missing", missing);
	} else {
		doctor_ok(d, "this and the next month have partitions");
	}
}

void doctor_users(struct doctor *d)
{
	long n = count(
		d, "select count(*) from voip.users where is_active and password_hash is not null");

	if (n <= 0) {
		doctor_fault(d, "`voip user add you@example.com --role admin` makes one.",
			"nobody can sign in");
	} else {
		doctor_ok(d, "%ld users can sign in", n);
	}
}

void doctor_provider(struct doctor *d)
{
	long active = count(d, "select count(*) from voip.providers where is_active");
	long trunks = count(d,
		"select count(*) from voip.trunks t join voip.providers p on p.org_id = t.org_id "
		"and p.id = t.provider_id where p.is_active and t.is_active and t.host <> ''");

	if (active <= 0) {
		doctor_fault(
			d, "`voip provider add` makes one.", "No active VoIP provider configured");
	} else if (trunks <= 0) {
		doctor_fault(d, "`voip provider add sip` gives it one.",
			"the active provider has no trunk");
	} else {
		doctor_ok(d, "%ld active, %ld trunks to dial through", active, trunks);
	}
}

struct sealed {
	struct vp_keyring *ring;
	unsigned opened, shut;
};

static void open_each(const struct vp_db_result *res, void *arg)
{
	struct sealed *sealed = arg;

	for (size_t i = 0; i < vp_db_rows(res); i++) {
		char *plain = NULL;
		size_t len = 0;

		if (vp_unseal(sealed->ring, vp_db_text(res, i, 0), vp_db_text(res, i, 1), &plain,
			    &len) == 0) {
			vp_secret_free(plain, len);
			sealed->opened++;
		} else {
			sealed->shut++;
		}
	}
}

void doctor_secrets(struct doctor *d)
{
	const char *path = getenv("VOIP_KEK_FILE");
	struct sealed sealed = {0};
	int err = path ? vp_keyring_load(&sealed.ring, path) : 0;

	if (!path || err) {
		doctor_fault(d, "`voip init-secrets DIR` makes DIR/kek; VOIP_KEK_FILE names it.",
			path ? "the key file %s cannot be used: %s"
			     : "VOIP_KEK_FILE is not set%s%s",
			path ? path : "", path ? strerror(err) : "");
		return;
	}
	tool_db_query(d->db,
		"select 'trunks/secret/' || id, secret from voip.trunks where secret <> '' union "
		"all "
		"select 'providers/config/' || id, config from voip.providers where config <> ''",
		NULL, 0, open_each, &sealed);
	vp_keyring_destroy(sealed.ring);
	if (sealed.shut > 0) {
		doctor_fault(d,
			"Bring back the key file they were sealed with, or type the passwords "
			"again.",
			"%u stored secrets cannot be opened with this key file", sealed.shut);
	} else {
		doctor_ok(d, "%u stored secrets open", sealed.opened);
	}
}
