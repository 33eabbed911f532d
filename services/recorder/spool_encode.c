/* The work on a spool that is complete: a worker makes the recording, then the row and the event,
 * then the spool goes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/recorder/recorder.h"
#include "services/recorder/spool.h"
#include "services/recorder/storage.h"
#include "services/recorder/store.h"

#define SECOND_US 1000000LL
/* work on it never came to an end: the others go first; times how often */
enum { SUSPECT_FIRST_S = 2 };

static void encoding_failed(struct spool *s, int err)
{
	struct recorder *r = s->recorder;

	s->record.attempts = s->attempts + 1;
	(void)record_failed(r->db, &s->record, storage_explain(err));
	if (err == ENODATA) {
		spool_set_aside(s, storage_explain(err));
		return;
	}
	if (storage_is_full_error(err)) {
		storage_set_full(r, true);
	}
	spool_try_again(s, "recording.failed", err, SPOOL_RETRY_S);
}

static void on_stored(int err, void *arg)
{
	struct spool *s = arg;
	struct recorder *r = s->recorder;
	char call[VP_UUID_TEXT_SIZE];

	if (err) {
		spool_try_again(s, "recording.unsaved", err, SPOOL_REASK_S);
		return;
	}
	vp_uuid_text(s->look.call_id, call);
	vp_metric_add(r->metrics.stored, 1);
	vp_metric_add(r->metrics.seconds, s->encoded.duration_ms / 1000);
	vp_log(INFO, "recording.stored", VP_KV_STR("call", call),
		VP_KV_INT("duration_ms", s->encoded.duration_ms),
		VP_KV_INT("bytes", (int64_t)s->encoded.bytes),
		VP_KV_BOOL("cut_off", s->encoded.render.cut_off),
		VP_KV_BOOL("damaged", s->encoded.render.damaged),
		VP_KV_INT("undecodable", (int64_t)s->encoded.render.undecodable));
	spool_delete(s);
}

static void on_encoded(struct pool_task *task)
{
	struct spool *s = (struct spool *)task;
	struct recorder *r = s->recorder;
	const struct render_result *render = &s->encoded.render;

	if (s->encode_err) {
		encoding_failed(s, s->encode_err);
		return;
	}
	storage_set_full(r, false);
	vp_metric_observe(r->metrics.encode_seconds, (double)(vp_mono_us() - s->began_us) / 1e6);
	vp_metric_add(r->metrics.packets, (int64_t)(render->packets[0] + render->packets[1]));
	vp_metric_add(r->metrics.packets_unusable,
		(int64_t)(render->undecodable + render->out_of_place + render->late));
	s->state = SPOOL_STORING;
	int err = record_stored(r->db, r->bus, &s->record, &s->encoded, on_stored, s);
	if (err) {
		spool_try_again(s, "recording.unsaved", err, SPOOL_REASK_S);
	}
}

static void encode(struct pool_task *task, const atomic_bool *stop)
{
	struct spool *s = (struct spool *)task;
	struct encode_cfg cfg = {.store = s->recorder->store,
		.format = (enum sound_format)s->recorder->cfg->format,
		.render = render_run,
		.path = s->path,
		.sample_rate = s->look.sample_rate,
		.name = s->record_name,
		.key = s->key};

	s->encode_err = encode_run(&cfg, stop, &s->encoded);
}

/* "2026/11/<call>.ogg"; a call that was taped more than once has the recording's id in the later
 * ones. */
static void name_object(struct spool *s)
{
	char call[VP_UUID_TEXT_SIZE], id[VP_UUID_TEXT_SIZE];
	const char *format = sound_format_word((enum sound_format)s->recorder->cfg->format);
	char name[sizeof(s->record_name)];

	vp_uuid_text(s->look.call_id, call);
	vp_uuid_text(s->record.id, id);
	const char *base = strrchr(s->path, '/') + 1;
	bool first = strncmp(base, call, strlen(call)) == 0 &&
		     strcmp(base + strlen(call), ".spool") == 0;
	snprintf(name, sizeof(name), "%s.%s", first ? call : id, format);
	record_key(s->key, s->look.call_id, name);
	snprintf(s->record_name, sizeof(s->record_name), "%s.%s", id, format);
}

static void on_opened(int err, const struct vp_db_result *res, void *arg)
{
	struct spool *s = arg;

	s->asking = NULL;
	if (!err && vp_db_rows(res) > 0) {
		s->began_us = vp_mono_us();
		pool_start(s->recorder->pool, &s->task);
		return;
	}
	pool_leave(s->recorder->pool, &s->task);
	spool_try_again(
		s, "recording.unasked", err, SPOOL_REASK_S); /* without a row it was deleted */
}

/* That the work begins is written first: if it takes the process with it, the next one knows. */
static void on_place(struct pool_task *task)
{
	struct spool *s = (struct spool *)task;
	int err = record_open(s->recorder->db, &s->record, on_opened, s, &s->asking);

	if (err) {
		pool_leave(s->recorder->pool, task);
		spool_try_again(s, "recording.unasked", err, SPOOL_REASK_S);
	}
}

static void give_up(struct spool *s)
{
	char why[160];

	snprintf(why, sizeof(why),
		"The process ended each of %d times that it worked on this, so it is left alone. "
		"Its "
		"spool is kept beside the others as .bad.",
		RECORD_UNFINISHED_MAX);
	(void)record_failed(s->recorder->db, &s->record, why);
	spool_set_aside(s, why);
}

void spool_encode(struct spool *s, const struct record_found *found)
{
	struct recorder *r = s->recorder;

	s->record.org = found->org;
	s->record.user = found->user;
	s->record.call = s->look.call_id;
	s->record.disk = r->store->ops->disk;
	s->record.format = sound_format_word((enum sound_format)r->cfg->format);
	s->record.spool = s->path;
	s->record.node = vp_app_node(r->app);
	s->record.attempts = s->attempts;
	s->record.started_us = s->look.start_us;
	name_object(s);
	s->record.key = s->key;
	if (found->unfinished >= RECORD_UNFINISHED_MAX) {
		give_up(s);
		return;
	}
	int64_t early_us =
		s->met_us + found->unfinished * SUSPECT_FIRST_S * SECOND_US - vp_mono_us();
	if (found->unfinished > 0 && early_us > 0) {
		spool_wait(s, early_us);
		return;
	}
	free(VP_TAKE(s->encoded.peaks));
	s->state = SPOOL_ENCODING;
	s->task.begin = on_place;
	s->task.run = encode;
	s->task.done = on_encoded;
	s->task.alone = found->unfinished > 0;
	pool_submit(r->pool, &s->task);
}
