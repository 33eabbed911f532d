/* Recordings: rows, and their files when the CRM's storage folder is at hand. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "libcommon/base/base.h"
#include "tools/voip/cli.h"
#include "tools/voip/import/audio.h"
#include "tools/voip/import/import.h"
#include "tools/voip/import/value.h"

#define INPUT                                                                                      \
	"with input as (select * from jsonb_to_recordset($2::jsonb) as r (id uuid, call_id uuid, " \
	"user_id uuid, state text, object_key text, format text, bytes bigint, sha256 text, "      \
	"duration_ms int, error text, at timestamptz))"

/* A file that was missing once and is there now makes its recording whole; nothing else changes. */
static const struct lot_sql sql = {INPUT
	" select count(*) from voip.recordings r join input i on r.org_id = $1 and r.id = i.id "
	"where not (r.state = 'failed' and i.state = 'stored')",
	INPUT
	", made as (insert into voip.recordings as r (org_id, id, call_id, user_id, state, "
	"object_key, format, bytes, sha256, duration_ms, channels, error, started_at, stored_at, "
	"created_at, updated_at) "
	"select $1, id, call_id, user_id, state, coalesce(object_key, ''), format, "
	"coalesce(bytes, 0), decode(sha256, 'hex'), duration_ms, 1, coalesce(error, ''), at, "
	"case state when 'stored' then at end, at, at from input order by id "
	"on conflict (org_id, id) do update set state = excluded.state, "
	"object_key = excluded.object_key, bytes = excluded.bytes, sha256 = excluded.sha256, "
	"error = excluded.error, stored_at = excluded.stored_at, updated_at = excluded.updated_at "
	"where r.state = 'failed' and excluded.state = 'stored' returning id) "
	"select count(*) from made"};

static const char *cell(const struct source_row *recording, const char *column)
{
	return source_cell(SOURCE_RECORDINGS, recording, column);
}

static const char *format_of(const struct source_row *recording)
{
	static const char *const formats[] = {"mp3", "wav", "ogg"};
	const char *format = cell(recording, "format"), *path = cell(recording, "path");
	const char *dot = path ? strrchr(path, '.') : NULL;

	for (size_t i = 0; i < VP_ARRAY_LEN(formats); i++) {
		if ((dot && strcasecmp(dot + 1, formats[i]) == 0) ||
			(!dot && format && strcasecmp(format, formats[i]) == 0)) {
			return formats[i];
		}
	}
	return NULL;
}

/* Why it stays behind; NULL: it comes over. */
static const char *left_reason(struct import *im, const struct source_row *recording)
{
	const struct source_row *call =
		source_find(im->source, SOURCE_CALLS, cell(recording, "call_id"));
	const char *path = cell(recording, "path"), *disk = cell(recording, "disk");

	if (!call || !call->comes) {
		return "its call does not come over";
	}
	if (!path) {
		return "without a path";
	}
	if (strstr(path, "://")) {
		return "lies at the provider, behind a URL: fetch it there before the account is "
		       "closed";
	}
	if (disk && strcasecmp(disk, "local") != 0 && strcasecmp(disk, "public") != 0) {
		return "lies on another disk than local: recordings are kept on the local disk so "
		       "far";
	}
	if (!format_of(recording)) {
		return "neither mp3, wav nor ogg";
	}
	return im->files ? NULL : "where its file is was not said (--files DIR)";
}

/* Laravel's disks begin at storage/app, or at storage/app/public and storage/app/private. */
static int look_for(struct import *im, const char *path, const char **ret_folder)
{
	static const char *const folders[] = {"", "/private", "/public"};
	static char found[4096];
	int first = 0;

	for (size_t i = 0; i < VP_ARRAY_LEN(folders); i++) {
		int err;

		snprintf(found, sizeof(found), "%s%s", im->files, folders[i]);
		err = audio_look(found, path);
		if (!err) {
			*ret_folder = found;
			return 0;
		}
		first = i == 0 ? err : first;
	}
	return first;
}

static void put_state(json_t *row, const char *state, const char *error)
{
	row_text(row, "state", state);
	row_text(row, "error", error);
}

static void put_failed(
	const struct source_row *recording, int err, json_t *row, struct report *report)
{
	if (err == ENOENT || err == ENOTDIR) {
		report_say(report, REPORT_NOTE, recording->id,
			"its file is missing: comes over as failed, and whole once the file is "
			"there");
		put_state(
			row, "failed", "The file was missing when the recording was brought over.");
	} else {
		report_say(report, REPORT_NOTE, recording->id,
			"its file cannot be read, or leads out of the folder: comes over as "
			"failed");
		put_state(row, "failed",
			"The file could not be read when the recording was brought over.");
	}
}

/* Copies the file, or in a dry run only looks. 0 or an error after its message. */
static int put_file(struct import *im, const struct source_row *recording, int64_t at, json_t *row,
	struct report *report)
{
	const char *path = cell(recording, "path"), *folder = NULL;
	char when[VP_TIME_TEXT_SIZE], id[VP_UUID_TEXT_SIZE], hex[2 * VP_SHA256_SIZE + 1];
	struct audio audio;
	int err = look_for(im, path, &folder);

	if (err) {
		put_failed(recording, err, row, report);
		return 0;
	}
	put_state(row, "stored", NULL);
	if (im->dry) {
		return 0;
	}
	vp_time_text(at, when);
	vp_uuid_text(recording->uuid, id);
	VP_CLEANUP(vp_freep)
	char *key = vp_strf("%.4s/%.2s/%s.%s", when, when + 5, id, format_of(recording));

	err = key ? audio_copy(folder, path, im->store, key, &audio) : ENOMEM;
	if (err) {
		cli_failf("Is VOIP_RECORDING_DIR writable, and is there room?",
			"recording %lld could not be copied to %s: %s", (long long)recording->id,
			im->store, strerror(err));
		return err;
	}
	vp_hex(audio.sha256, sizeof(audio.sha256), hex);
	row_text(row, "object_key", key);
	row_text(row, "sha256", hex);
	json_object_set_new(row, "bytes", json_integer(audio.bytes));
	return 0;
}

static int take(
	struct import *im, struct source_row *recording, struct lot *lot, struct report *report)
{
	const struct source_row *call =
		source_find(im->source, SOURCE_CALLS, cell(recording, "call_id"));
	const struct source_row *user = calls_user(im, call);
	const int64_t at = vp_uuid_time_us(call->uuid);
	json_t *row;
	int err;

	recording->uuid = value_uuid(im->org, "recording", recording->id, at);
	row = row_create(recording->uuid);
	row_uuid(row, "call_id", call->uuid);
	row_uuid(row, "user_id", user && user->comes ? user->uuid : (struct vp_uuid){0});
	row_text(row, "format", format_of(recording));
	row_time(row, "at", at);
	json_object_set_new(row, "duration_ms",
		json_integer(value_int(cell(recording, "duration"), 0, 7 * 86400, 0) * 1000));
	err = put_file(im, recording, at, row, report);
	if (err) {
		json_decref(row);
		return err;
	}
	lot_add(lot, row);
	return lot->err;
}

/* A real run has to put the files somewhere. */
static int check_store(const struct import *im)
{
	if (im->files && !im->store && !im->dry) {
		cli_fail("where recordings are kept is not said (VOIP_RECORDING_DIR)",
			"Set it to what recorder and gateway have.");
		return EINVAL;
	}
	return 0;
}

int import_recordings(struct import *im, struct report **ret_report)
{
	const struct source_table *table = source_table(im->source, SOURCE_RECORDINGS);
	struct report *report = report_create("recordings", table->n_rows);
	struct lot lot;
	int err = report ? check_store(im) : ENOMEM, lot_err;

	*ret_report = report;
	if (err) {
		return err;
	}
	lot_init(&lot, im, &sql);
	for (size_t i = 0; i < table->n_rows && !err; i++) {
		const char *reason = left_reason(im, table->rows[i]);

		if (reason) {
			report_say(report, REPORT_LEFT, table->rows[i]->id, reason);
		} else {
			err = take(im, table->rows[i], &lot, report);
		}
	}
	lot_err = lot_end(&lot, report);
	return err ? err : lot_err;
}
