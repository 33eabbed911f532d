#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/db/db.h"
#include "proto/recording.pb-c.h"
#include "services/recorder/encode.h"
#include "services/recorder/records.h"

struct vp_uuid record_id_of(int64_t time_us, const void *seed, size_t len)
{
	uint8_t digest[VP_SHA256_SIZE];
	struct vp_uuid id = vp_uuid_floor(time_us); /* its time, version and variant */

	vp_sha256(seed, len, digest);
	id.b[6] |= digest[0] & 0x0f;
	id.b[7] = digest[1];
	id.b[8] |= digest[2] & 0x3f;
	memcpy(&id.b[9], &digest[3], sizeof(id.b) - 9);
	return id;
}

struct vp_uuid record_id(struct vp_uuid call, int64_t start_us)
{
	struct {
		struct vp_uuid call;
		int64_t start_us;
	} seed = {call, start_us};

	return record_id_of(start_us, &seed, sizeof(seed));
}

void record_key(char ret_key[RECORD_KEY_SIZE], struct vp_uuid call, const char *name)
{
	time_t started = (time_t)(vp_uuid_time_us(call) / 1000000);
	struct tm tm;

	gmtime_r(&started, &tm);
	snprintf(ret_key, RECORD_KEY_SIZE, "%04d/%02d/%s", (tm.tm_year + 1900) % 10000,
		tm.tm_mon + 1, name);
}

/* The organisation is not known yet, and the key of calls begins with it: one probe for each. */
static const char find_sql[] =
	"select c.org_id, c.user_id, c.ended_at is not null, c.answered_at is not null,"
	" coalesce(r.state in ('stored', 'deleted'), false), coalesce(r.unfinished, 0)"
	" from orgs o join calls c on c.org_id = o.id and c.id = $1"
	" left join recordings r on r.org_id = c.org_id and r.id = $2";

static void on_found(int err, const struct vp_db_result *res, void *arg)
{
	struct record_query *query = arg;
	struct record_found found = {0};

	if (!err && vp_db_rows(res) > 0) {
		found.call_known = true;
		found.org = vp_db_uuid(res, 0, 0);
		found.user = vp_db_is_null(res, 0, 1) ? (struct vp_uuid){0} : vp_db_uuid(res, 0, 1);
		found.call_ended = vp_db_bool(res, 0, 2);
		found.call_answered = vp_db_bool(res, 0, 3);
		found.finished = vp_db_bool(res, 0, 4);
		found.unfinished = (unsigned)vp_db_int(res, 0, 5);
	}
	query->h(err, err ? NULL : &found, query->arg);
}

int record_find(struct vp_db *db, struct vp_uuid call, struct vp_uuid id,
	struct record_query *query, struct vp_db_op **ret_op)
{
	return vp_db_query(
		db, find_sql, VP_PARAMS(VP_P_UUID(call), VP_P_UUID(id)), on_found, query, ret_op);
}

static struct vp_db_param user_param(const struct record *record)
{
	return vp_uuid_is_nil(record->user) ? VP_P_NULL() : VP_P_UUID(record->user);
}

int record_write(struct vp_db *db, struct vp_db_tx *tx, int err, vp_db_written_h *h, void *arg)
{
	if (!err) {
		err = vp_db_write(db, tx, h, arg);
	}
	if (err) {
		vp_db_tx_destroy(tx);
	}
	return err;
}

/* open and failed differ in state and error, and in what becomes of the count. */
#define STATE_SQL(unfinished)                                                                      \
	"insert into recordings (org_id, id, call_id, user_id, state, disk, format, spool_path,"   \
	" spool_node, attempts, error, started_at, created_at, updated_at, unfinished)"            \
	" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, " unfinished ")"    \
	" on conflict (org_id, id) do update set state = excluded.state,"                          \
	" user_id = excluded.user_id, spool_path = excluded.spool_path,"                           \
	" spool_node = excluded.spool_node, attempts = excluded.attempts,"                         \
	" error = excluded.error, updated_at = excluded.updated_at,"                               \
	" unfinished = (recordings.unfinished + 1) * excluded.unfinished"                          \
	" where recordings.state in ('open', 'failed') returning id"
#define STATE_PARAMS(r, state, why)                                                                \
	VP_PARAMS(VP_P_UUID((r)->org), VP_P_UUID((r)->id), VP_P_UUID((r)->call), user_param(r),    \
		VP_P_TEXT(state), VP_P_TEXT((r)->disk), VP_P_TEXT((r)->format),                    \
		VP_P_TEXT((r)->spool), VP_P_TEXT((r)->node), VP_P_INT((r)->attempts),              \
		VP_P_TEXT(why), VP_P_TIME((r)->started_us), VP_P_TIME(vp_time_us()))

int record_open(struct vp_db *db, const struct record *r, vp_db_result_h *h, void *arg,
	struct vp_db_op **ret_op)
{
	return vp_db_query(db, STATE_SQL("1"), STATE_PARAMS(r, "open", ""), h, arg, ret_op);
}

int record_failed(struct vp_db *db, const struct record *r, const char *why)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx ? vp_db_tx_add(tx, STATE_SQL("0"), STATE_PARAMS(r, "failed", why)) : ENOMEM;

	return record_write(db, tx, err, NULL, NULL);
}

/* What people should know of it, though it is stored. */
static const char *note_of(const struct encoded *e)
{
	if (e->render.damaged) {
		return "the spool was damaged; the recording ends there";
	}
	return e->render.one_channel ? "the carrier has both sides in one channel" : "";
}

/* What the claim of another has taken over is refused by the column, and with it the whole unit and
 * its event. The key is this claim's alone, so a unit that is repeated is let through. */
static int change_claimed(struct vp_db_tx *tx, const struct record *r, const struct encoded *e)
{
	static const char sql[] =
		"update recordings set state = case when (spool_node = $15 and attempts = $16"
		" and state in ('open', 'failed')) or (state = 'stored' and object_key = $4)"
		" then 'stored' end, disk = $3, object_key = $4, format = $5, bytes = $6,"
		" sha256 = $7, duration_ms = $8, peaks = $9, spool_path = '', spool_node = '',"
		" error = $10, started_at = $11, stored_at = $12, updated_at = $12, due_at = $13,"
		" user_id = $14, unfinished = 0 where org_id = $1 and id = $2";

	return vp_db_tx_add(tx, sql,
		VP_PARAMS(VP_P_UUID(r->org), VP_P_UUID(r->id), VP_P_TEXT(r->disk),
			VP_P_TEXT(r->key), VP_P_TEXT(r->format), VP_P_INT((int64_t)e->bytes),
			VP_P_BYTES(e->sha256, sizeof(e->sha256)), VP_P_INT(e->duration_ms),
			VP_P_BYTES(e->peaks, e->peaks_len), VP_P_TEXT(note_of(e)),
			VP_P_TIME(r->started_us), VP_P_TIME(vp_time_us()), VP_P_TIME(r->due_us),
			user_param(r), VP_P_TEXT(r->node), VP_P_INT(r->attempts)));
}

static int add_row(struct vp_db_tx *tx, const struct record *r, const struct encoded *e)
{
	static const char sql[] =
		"insert into recordings (org_id, id, call_id, user_id, state, disk, object_key,"
		" format, bytes, sha256, duration_ms, channels, peaks, attempts, error, started_at,"
		" stored_at, created_at, updated_at, due_at)"
		" values ($1, $2, $3, $4, 'stored', $5, $6, $7, $8, $9, $10, 2, $11, $12, $13, $14,"
		" $15, $15, $15, $16)"
		" on conflict (org_id, id) do update set state = 'stored',"
		" user_id = excluded.user_id, disk = excluded.disk,"
		" object_key = excluded.object_key, format = excluded.format,"
		" bytes = excluded.bytes, sha256 = excluded.sha256,"
		" duration_ms = excluded.duration_ms, peaks = excluded.peaks, spool_path = '',"
		" spool_node = '', attempts = excluded.attempts, error = excluded.error,"
		" started_at = excluded.started_at, stored_at = excluded.stored_at,"
		" updated_at = excluded.updated_at, due_at = excluded.due_at, unfinished = 0"
		" where recordings.state <> 'deleted'";

	return vp_db_tx_add(tx, sql,
		VP_PARAMS(VP_P_UUID(r->org), VP_P_UUID(r->id), VP_P_UUID(r->call), user_param(r),
			VP_P_TEXT(r->disk), VP_P_TEXT(r->key), VP_P_TEXT(r->format),
			VP_P_INT((int64_t)e->bytes), VP_P_BYTES(e->sha256, sizeof(e->sha256)),
			VP_P_INT(e->duration_ms), VP_P_BYTES(e->peaks, e->peaks_len),
			VP_P_INT(r->attempts), VP_P_TEXT(note_of(e)), VP_P_TIME(r->started_us),
			VP_P_TIME(vp_time_us()), VP_P_TIME(r->due_us)));
}

static int add_event(
	struct vp_bus *bus, struct vp_db_tx *tx, const struct record *r, const struct encoded *e)
{
	char id[VP_UUID_TEXT_SIZE], call[VP_UUID_TEXT_SIZE], user[VP_UUID_TEXT_SIZE] = "";
	Ringmain__V1__RecordingStored stored = RINGMAIN__V1__RECORDING_STORED__INIT;

	vp_uuid_text(r->id, id);
	vp_uuid_text(r->call, call);
	if (!vp_uuid_is_nil(r->user)) {
		vp_uuid_text(r->user, user);
	}
	stored.recording_id = id;
	stored.call_id = call;
	stored.user_id = user;
	stored.duration_ms = e->duration_ms;
	stored.bytes = e->bytes;
	stored.format = (char *)r->format;

	size_t len = ringmain__v1__recording_stored__get_packed_size(&stored);
	VP_CLEANUP(vp_freep) uint8_t *data = malloc(len);
	if (!data) {
		return ENOMEM;
	}
	ringmain__v1__recording_stored__pack(&stored, data);
	struct vp_event event = {
		.type = "recording.stored", .org = r->org, .subject = id, .data = data, .len = len};
	return vp_bus_emit(bus, tx, &event);
}

int record_stored(struct vp_db *db, struct vp_bus *bus, const struct record *record,
	const struct encoded *encoded, vp_db_written_h *h, void *arg)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = !tx               ? ENOMEM
		  : record->claimed ? change_claimed(tx, record, encoded)
				    : add_row(tx, record, encoded);

	if (!err) {
		err = add_event(bus, tx, record, encoded);
	}
	return record_write(db, tx, err, h, arg);
}
