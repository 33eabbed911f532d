/* The file is there: a worker checks it and makes the recording of it, as of a spool; then the row
 * and the event. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/recorder/fetch.h"
#include "services/recorder/recorder.h"
#include "services/recorder/render_sound.h"
#include "services/recorder/storage.h"
#include "services/recorder/store.h"

enum { WHY_SIZE = 200, MS_PER_S = 1000 };

static void name_object(const struct fetch *f, unsigned attempts, char *name, size_t size)
{
	char id[VP_UUID_TEXT_SIZE], claim[16] = "";

	vp_uuid_text(f->row.id, id);
	if (attempts > 1) {
		snprintf(claim, sizeof(claim), "-%u", attempts);
	}
	snprintf(name, size, "%s%s.%s", id, claim,
		sound_format_word((enum sound_format)f->recorder->cfg->format));
}

void fetch_name_parts(struct fetch *f)
{
	const struct store_ops *ops = f->recorder->store->ops;
	char id[VP_UUID_TEXT_SIZE];

	vp_uuid_text(f->row.id, id);
	for (unsigned i = 1; i <= f->row.attempts; i++) {
		snprintf(f->part_name, sizeof(f->part_name), "%s-%u.carrier", id, i);
		name_object(f, i, f->record_name, sizeof(f->record_name));
		if (i < f->row.attempts) { /* begin() takes away what is there */
			char path[PATH_MAX];
			(void)ops->begin(f->recorder->store, f->part_name, path);
			(void)ops->begin(f->recorder->store, f->record_name, path);
		}
	}
}

/* A process that ended between the file and its row left one. */
static void forget_earlier(const struct fetch *f)
{
	struct store *store = f->recorder->store;
	char name[sizeof(f->record_name)], key[RECORD_KEY_SIZE];

	for (unsigned i = 1; i < f->row.attempts; i++) {
		name_object(f, i, name, sizeof(name));
		record_key(key, f->row.call, name);
		store->ops->forget(store, key);
	}
}

static void run(struct pool_task *task, const atomic_bool *stop)
{
	struct fetch *f = (struct fetch *)task;
	struct sound_look look;
	struct encode_cfg cfg = {.store = f->recorder->store,
		.format = (enum sound_format)f->recorder->cfg->format,
		.render = render_sound,
		.path = f->part,
		/* the leg that was recorded comes first; ours have the agent left */
		.swap = strcmp(f->row.leg, "customer") == 0,
		.name = f->record_name,
		.key = f->key};

	patience_length(f->said_ms, &cfg.min_ms, &cfg.max_ms);
	f->work_err = sound_look(f->part, &look);
	if (!f->work_err) {
		cfg.sample_rate = look.sample_rate;
		f->work_err = encode_run(&cfg, stop, &f->encoded);
	}
}

static void work_failed(struct fetch *f, int err)
{
	char why[WHY_SIZE];

	switch (err) {
	case EBADMSG:
	case ENODATA:
		fetch_failed(f, PATIENCE_STUBBORN, 0,
			"What came is no sound file that could be decoded.");
		break;
	case ERANGE:
		snprintf(why, sizeof(why), "The file has %u s of sound, the carrier says %lld s.",
			f->encoded.duration_ms / MS_PER_S, (long long)(f->said_ms / MS_PER_S));
		fetch_failed(f, PATIENCE_STUBBORN, 0, why);
		break;
	case EOVERFLOW: fetch_failed(f, PATIENCE_FINAL, 0, "It is longer than 12 hours."); break;
	default:
		storage_set_full(f->recorder, storage_is_full_error(err));
		fetch_failed(f, PATIENCE_PASSING, 0, storage_explain(err));
	}
}

static void on_stored(int err, void *arg)
{
	struct fetch *f = arg;
	struct recorder *r = f->recorder;
	char call[VP_UUID_TEXT_SIZE];

	vp_uuid_text(f->row.call, call);
	if (err) {
		/* of a unit that failed nothing is there, so nobody needs the file */
		r->store->ops->forget(r->store, f->key);
	}
	if (err == EINVAL) {
		vp_log(WARN, "carrier_recording.taken_over", VP_KV_STR("call", call),
			VP_KV_INT("attempts", f->row.attempts));
		fetch_done(f);
		return;
	}
	if (err) {
		fetch_failed(f, PATIENCE_PASSING, 0, "The database does not answer.");
		return;
	}
	forget_earlier(f);
	vp_metric_add(r->metrics.stored, 1);
	vp_metric_add(r->metrics.seconds, f->encoded.duration_ms / MS_PER_S);
	vp_metric_add(r->metrics.carrier_stored, 1);
	vp_metric_add(r->metrics.carrier_bytes, (int64_t)f->bytes);
	vp_log(INFO, "recording.stored", VP_KV_STR("call", call),
		VP_KV_STR("driver", f->row.driver),
		VP_KV_INT("duration_ms", f->encoded.duration_ms),
		VP_KV_INT("bytes", (int64_t)f->encoded.bytes),
		VP_KV_INT("fetched_bytes", (int64_t)f->bytes));
	fetch_done(f);
}

static void on_made(struct pool_task *task)
{
	struct fetch *f = (struct fetch *)task;
	struct recorder *r = f->recorder;
	int err;

	if (f->work_err) {
		work_failed(f, f->work_err);
		return;
	}
	storage_set_full(r, false);
	vp_metric_observe(r->metrics.encode_seconds, (double)(vp_mono_us() - f->began_us) / 1e6);
	err = record_stored(r->db, r->bus, &f->record, &f->encoded, on_stored, f);
	if (err) {
		fetch_failed(f, PATIENCE_PASSING, 0, "The database does not answer.");
	}
}

static void on_begun(int err, const struct vp_db_result *res, void *arg)
{
	struct fetch *f = arg;

	f->asking = NULL;
	if (!err && vp_db_rows(res) > 0) {
		f->began_us = vp_mono_us();
		pool_start(f->recorder->pool, &f->task);
		return;
	}
	pool_leave(f->recorder->pool, &f->task);
	if (err) {
		fetch_failed(f, PATIENCE_PASSING, 0, "The database does not answer.");
	} else {
		fetch_done(f); /* another recorder has it */
	}
}

/* That the work begins is written first: if it takes the process with it, the next one knows. */
static void on_place(struct pool_task *task)
{
	struct fetch *f = (struct fetch *)task;

	if (carrier_row_begin(f->recorder->db, &f->row, on_begun, f, &f->asking)) {
		pool_leave(f->recorder->pool, task);
		fetch_failed(f, PATIENCE_PASSING, 0, "The database does not answer.");
	}
}

void fetch_store(struct fetch *f)
{
	struct recorder *r = f->recorder;

	close(f->fd);
	f->fd = -1;
	record_key(f->key, f->row.call, f->record_name);
	f->record = (struct record){.org = f->row.org,
		.id = f->row.id,
		.call = f->row.call,
		.user = f->row.user,
		.disk = r->store->ops->disk,
		.key = f->key,
		.format = sound_format_word((enum sound_format)r->cfg->format),
		.node = f->row.node,
		.attempts = f->row.attempts,
		.claimed = true,
		.started_us = f->started_us,
		.due_us = r->cfg->carrier_delete ? vp_time_us() : 0};
	f->task.begin = on_place;
	f->task.run = run;
	f->task.done = on_made;
	f->task.alone = f->row.unfinished > 0;
	pool_submit(r->pool, &f->task);
}
