#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/doctor.h"
#include "tools/voip/secret_rows.h"
#include "tools/voip/vault.h"

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
	/* Twilio and Telnyx carry calls by their APIs */
	long without = count(d,
		"select count(*) from voip.providers p where is_active and driver = 'sip' and not "
		"exists "
		"(select from voip.trunks t where t.org_id = p.org_id and t.provider_id = p.id "
		"and t.is_active and t.host <> '')");

	if (active <= 0) {
		doctor_fault(d, "`voip setup --interactive` makes one.",
			"No active VoIP provider configured");
	} else if (without != 0) {
		doctor_fault(d, "`voip provider add sip` gives it one.",
			"the active provider has no trunk");
	} else {
		doctor_ok(d, "%ld active, %ld trunks to dial through", active, trunks);
	}
}

struct sealed {
	struct tool_vault *vault;
	unsigned opened, shut, old;
};

static int open_each(const struct secret_row *row, void *arg)
{
	struct sealed *sealed = arg;
	char *plain = NULL;
	size_t len = 0;
	int err = tool_vault_unseal(sealed->vault, row->org, row->context, row->text, &plain, &len);

	vp_secret_free(plain, len);
	sealed->opened += err == 0;
	sealed->shut += err == ENOKEY || err == EBADMSG;
	sealed->old += strncmp(row->text, "v1.", 3) == 0;
	return err == ENOKEY || err == EBADMSG ? 0 : err;
}

/* Opens each of them: what is shut is found now and not when a call needs it. */
void doctor_secrets(struct doctor *d)
{
	struct sealed sealed = {.vault = tool_vault_open(d->db)};
	int err = sealed.vault ? secret_rows_each(d->db, "_%", open_each, &sealed) : 0;

	if (!sealed.vault) {
		doctor_fault(d, "`voip init-secrets DIR` makes DIR/kek; VOIP_KEK_FILE names it.",
			"the key file cannot be used");
	} else if (err) {
		doctor_fault(d, NULL, "the secrets cannot be read: %s", strerror(err));
	} else if (sealed.shut > 0) {
		doctor_fault(d,
			"Bring back the key file they were sealed with, or type the passwords "
			"again.",
			"%u stored secrets cannot be opened with this key file", sealed.shut);
	} else if (sealed.old > 0) {
		doctor_hint(d, "`voip keys rotate` gives them data keys.",
			"%u stored secrets open, %u still sealed by the key file itself",
			sealed.opened, sealed.old);
	} else if (doctor_private(d, getenv("VOIP_KEK_FILE"))) {
		doctor_ok(d, "%u stored secrets open", sealed.opened);
	}
	tool_vault_close(sealed.vault);
}
