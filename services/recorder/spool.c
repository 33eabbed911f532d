#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
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
enum {
	QUIET_S = 60,      /* a file without end frame that did not grow so long is complete */
	FORSAKEN_S = 3600, /* ... and after that, even when its call never ended in the database */
	GROWING_POLL_S = 10,
	URGENT_POLL_MS = 300,
	CALL_POLL_S = 15,
	BUSY_POLL_S = 10,    /* another recorder has it */
	ORPHAN_POLL_S = 300, /* no such call: it is kept for a human */
	RETRY_FIRST_S = 30,  /* of encoding, doubling */
	REASK_FIRST_S = 2,   /* of the database */
	SUSPECT_FIRST_S =
		2, /* work on it never came to an end: the others go first; times how often */
	RETRY_LONGEST_S = 600,
};

int spool_create(struct spool **ret, struct recorder *recorder, const char *name)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (!s) {
		return ENOMEM;
	}
	s->recorder = recorder;
	s->lock_fd = -1;
	s->met_us = vp_mono_us();
	int n = snprintf(s->path, sizeof(s->path), "%s/%s", recorder->cfg->spool_dir, name);
	if (n < 0 || n >= (int)sizeof(s->path)) {
		free(s);
		return ENAMETOOLONG;
	}
	*ret = s;
	return 0;
}

static void unlock(struct spool *s)
{
	if (s->lock_fd >= 0) {
		close(s->lock_fd); /* the lock goes with it */
		s->lock_fd = -1;
	}
}

struct spool *spool_destroy(struct spool *s)
{
	if (s) {
		vp_db_cancel(s->asking);
		unlock(s);
		free(s->encoded.peaks);
		free(s);
	}
	return NULL;
}

static void wait_us(struct spool *s, int64_t us)
{
	unlock(s);
	s->state = SPOOL_WAITING;
	s->due_us = vp_mono_us() + us;
}

static void say(const struct spool *s, char call[VP_UUID_TEXT_SIZE])
{
	vp_uuid_text(s->look.call_id, call);
}

/* The work is done, or there was none. */
static void delete_spool(struct spool *s)
{
	if (unlink(s->path) != 0 && errno != ENOENT) {
		vp_log(ERROR, "spool.undeletable", VP_KV_STR("file", s->path), VP_KV_ERR(errno));
		wait_us(s, RETRY_LONGEST_S * SECOND_US);
		return;
	}
	unlock(s);
	s->state = SPOOL_GONE;
}

/* Trying again would give the same: the file keeps its bytes under another name for a human. */
static void set_aside(struct spool *s, const char *why)
{
	char *aside = vp_strf("%s.bad", s->path);

	vp_metric_add(s->recorder->metrics.set_aside, 1);
	vp_log(ERROR, "spool.set_aside", VP_KV_STR("file", s->path), VP_KV_STR("why", why));
	if (!aside || rename(s->path, aside) != 0) {
		vp_log(ERROR, "spool.undeletable", VP_KV_STR("file", s->path), VP_KV_ERR(errno));
		wait_us(s, RETRY_LONGEST_S * SECOND_US);
	} else {
		unlock(s);
		s->state = SPOOL_GONE;
	}
	free(aside);
}

static void try_again(struct spool *s, const char *what, int err, int64_t s_wait)
{
	char call[VP_UUID_TEXT_SIZE];

	for (unsigned i = 0; i < s->attempts && s_wait < RETRY_LONGEST_S; i++) {
		s_wait *= 2;
	}
	s_wait = s_wait < RETRY_LONGEST_S ? s_wait : RETRY_LONGEST_S;
	s->attempts++;
	say(s, call);
	vp_metric_add(s->recorder->metrics.retried, 1);
	vp_log(WARN, what, VP_KV_STR("call", call), VP_KV_ERR(err),
		VP_KV_INT("attempts", s->attempts), VP_KV_INT("again_in_s", s_wait));
	wait_us(s, s_wait * SECOND_US);
}

static void encoding_failed(struct spool *s, int err)
{
	struct recorder *r = s->recorder;

	s->record.attempts = s->attempts + 1;
	(void)record_failed(r->db, &s->record, storage_explain(err));
	if (err == ENODATA) {
		set_aside(s, storage_explain(err));
		return;
	}
	if (storage_is_full_error(err)) {
		storage_set_full(r, true);
	}
	try_again(s, "recording.failed", err, RETRY_FIRST_S);
}

static void on_stored(int err, void *arg)
{
	struct spool *s = arg;
	struct recorder *r = s->recorder;
	char call[VP_UUID_TEXT_SIZE];

	if (err) {
		try_again(s, "recording.unsaved", err, REASK_FIRST_S);
		return;
	}
	say(s, call);
	vp_metric_add(r->metrics.stored, 1);
	vp_metric_add(r->metrics.seconds, s->encoded.duration_ms / 1000);
	vp_log(INFO, "recording.stored", VP_KV_STR("call", call),
		VP_KV_INT("duration_ms", s->encoded.duration_ms),
		VP_KV_INT("bytes", (int64_t)s->encoded.bytes),
		VP_KV_BOOL("cut_off", s->encoded.render.cut_off),
		VP_KV_BOOL("damaged", s->encoded.render.damaged),
		VP_KV_INT("undecodable", (int64_t)s->encoded.render.undecodable));
	delete_spool(s);
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
		try_again(s, "recording.unsaved", err, REASK_FIRST_S);
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
	try_again(s, "recording.unasked", err, REASK_FIRST_S); /* without a row it was deleted */
}

/* That the work begins is written first: if it takes the process with it, the next one knows. */
static void on_place(struct pool_task *task)
{
	struct spool *s = (struct spool *)task;
	int err = record_open(s->recorder->db, &s->record, on_opened, s, &s->asking);

	if (err) {
		pool_leave(s->recorder->pool, task);
		try_again(s, "recording.unasked", err, REASK_FIRST_S);
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
	set_aside(s, why);
}

static void begin_encoding(struct spool *s, const struct record_found *found)
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
		wait_us(s, early_us);
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

static int64_t quiet_s(const struct spool *s)
{
	struct stat st;

	return stat(s->path, &st) == 0 ? time(NULL) - st.st_mtime : 0;
}

static void on_found(int err, const struct record_found *found, void *arg)
{
	struct spool *s = arg;
	char call[VP_UUID_TEXT_SIZE];

	s->asking = NULL;
	say(s, call);
	if (err) {
		try_again(s, "recording.unasked", err, REASK_FIRST_S);
	} else if (!found->call_known) {
		vp_log(WARN, "spool.orphan", VP_KV_STR("call", call), VP_KV_STR("file", s->path));
		wait_us(s, ORPHAN_POLL_S * SECOND_US);
	} else if (!found->call_ended && quiet_s(s) < FORSAKEN_S) {
		wait_us(s, s->urgent ? URGENT_POLL_MS * 1000LL : CALL_POLL_S * SECOND_US);
	} else if (found->finished) {
		delete_spool(s); /* killed between the commit and this */
	} else if (!s->look.has_audio || (found->call_ended && !found->call_answered)) {
		vp_metric_add(s->recorder->metrics.without_audio, 1);
		delete_spool(s);
	} else {
		begin_encoding(s, found);
	}
}

/* False when another process works on it, or it is gone. */
static bool lock(struct spool *s)
{
	struct stat st;

	s->lock_fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool mine = s->lock_fd >= 0 && flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0 &&
		    fstat(s->lock_fd, &st) == 0 && st.st_nlink > 0;
	if (!mine) {
		unlock(s);
	}
	return mine;
}

static void ask(struct spool *s)
{
	struct recorder *r = s->recorder;

	if (!lock(s)) {
		wait_us(s, BUSY_POLL_S * SECOND_US);
		return;
	}
	s->record.id = record_id(s->look.call_id, s->look.start_us);
	s->query = (struct record_query){on_found, s};
	s->state = SPOOL_ASKING;
	int err = record_find(r->db, s->look.call_id, s->record.id, &s->query, &s->asking);
	if (err) {
		try_again(s, "recording.unasked", err, REASK_FIRST_S);
	}
}

void spool_step(struct spool *s, int64_t now_us)
{
	if (s->state != SPOOL_WAITING || now_us < s->due_us ||
		now_us < s->recorder->full_until_us) {
		return;
	}
	int err = spool_look(s->path, &s->look);
	s->looked = !err;
	if (err == ENOENT) {
		s->state = SPOOL_GONE;
	} else if (err == EBADMSG && quiet_s(s) >= QUIET_S) {
		set_aside(s, "it is no spool file");
	} else if (err && err != EBADMSG) {
		try_again(s, "spool.unreadable", err, RETRY_FIRST_S);
	} else if (err || (!s->look.ended && quiet_s(s) < QUIET_S)) {
		wait_us(s, s->urgent ? URGENT_POLL_MS * 1000LL : GROWING_POLL_S * SECOND_US);
	} else {
		ask(s);
	}
}
