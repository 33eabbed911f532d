/* The file is there: a worker checks it and makes the recording of it, as of a spool; then the row
 * and the event. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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
#define SECOND_US 1000000LL

/* "2026/11/<recording>.ogg": a call may have several. */
static void name_object(struct fetch *f)
{
	char id[VP_UUID_TEXT_SIZE];
	const char *format = sound_format_word((enum sound_format)f->recorder->cfg->format);
	time_t started = (time_t)(vp_uuid_time_us(f->row.call) / SECOND_US);
	struct tm tm;

	vp_uuid_text(f->row.id, id);
	gmtime_r(&started, &tm);
	snprintf(f->record_name, sizeof(f->record_name), "%s.%s", id, format);
	snprintf(f->key, sizeof(f->key), "%04d/%02d/%s", (tm.tm_year + 1900) % 10000, tm.tm_mon + 1,
		f->record_name);
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

	if (err) {
		fetch_failed(f, PATIENCE_PASSING, 0, "The database does not answer.");
		return;
	}
	vp_uuid_text(f->row.call, call);
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

void fetch_store(struct fetch *f)
{
	struct recorder *r = f->recorder;

	close(f->fd);
	f->fd = -1;
	name_object(f);
	f->record = (struct record){.org = f->row.org,
		.id = f->row.id,
		.call = f->row.call,
		.user = f->row.user,
		.disk = r->store->ops->disk,
		.key = f->key,
		.format = sound_format_word((enum sound_format)r->cfg->format),
		.started_us = f->started_us,
		.due_us = r->cfg->carrier_delete ? vp_time_us() : 0};
	f->began_us = vp_mono_us();
	f->task.run = run;
	f->task.done = on_made;
	pool_submit(r->pool, &f->task);
}
