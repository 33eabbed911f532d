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

void spool_wait(struct spool *s, int64_t us)
{
	unlock(s);
	s->state = SPOOL_WAITING;
	s->due_us = vp_mono_us() + us;
}

static void say(const struct spool *s, char call[VP_UUID_TEXT_SIZE])
{
	vp_uuid_text(s->look.call_id, call);
}

void spool_delete(struct spool *s)
{
	if (unlink(s->path) != 0 && errno != ENOENT) {
		vp_log(ERROR, "spool.undeletable", VP_KV_STR("file", s->path), VP_KV_ERR(errno));
		spool_wait(s, RETRY_LONGEST_S * SECOND_US);
		return;
	}
	unlock(s);
	s->state = SPOOL_GONE;
}

void spool_set_aside(struct spool *s, const char *why)
{
	char *aside = vp_strf("%s.bad", s->path);

	vp_metric_add(s->recorder->metrics.set_aside, 1);
	vp_log(ERROR, "spool.set_aside", VP_KV_STR("file", s->path), VP_KV_STR("why", why));
	if (!aside || rename(s->path, aside) != 0) {
		vp_log(ERROR, "spool.undeletable", VP_KV_STR("file", s->path), VP_KV_ERR(errno));
		spool_wait(s, RETRY_LONGEST_S * SECOND_US);
	} else {
		unlock(s);
		s->state = SPOOL_GONE;
	}
	free(aside);
}

void spool_try_again(struct spool *s, const char *what, int err, int64_t s_wait)
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
	spool_wait(s, s_wait * SECOND_US);
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
		spool_try_again(s, "recording.unasked", err, SPOOL_REASK_S);
	} else if (!found->call_known) {
		vp_log(WARN, "spool.orphan", VP_KV_STR("call", call), VP_KV_STR("file", s->path));
		spool_wait(s, ORPHAN_POLL_S * SECOND_US);
	} else if (!found->call_ended && quiet_s(s) < FORSAKEN_S) {
		spool_wait(s, s->urgent ? URGENT_POLL_MS * 1000LL : CALL_POLL_S * SECOND_US);
	} else if (found->finished) {
		spool_delete(s); /* killed between the commit and this */
	} else if (!s->look.has_audio || (found->call_ended && !found->call_answered)) {
		vp_metric_add(s->recorder->metrics.without_audio, 1);
		spool_delete(s);
	} else {
		spool_encode(s, found);
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
		spool_wait(s, BUSY_POLL_S * SECOND_US);
		return;
	}
	s->record.id = record_id(s->look.call_id, s->look.start_us);
	s->query = (struct record_query){on_found, s};
	s->state = SPOOL_ASKING;
	int err = record_find(r->db, s->look.call_id, s->record.id, &s->query, &s->asking);
	if (err) {
		spool_try_again(s, "recording.unasked", err, SPOOL_REASK_S);
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
		spool_set_aside(s, "it is no spool file");
	} else if (err && err != EBADMSG) {
		spool_try_again(s, "spool.unreadable", err, SPOOL_RETRY_S);
	} else if (err || (!s->look.ended && quiet_s(s) < QUIET_S)) {
		spool_wait(s, s->urgent ? URGENT_POLL_MS * 1000LL : GROWING_POLL_S * SECOND_US);
	} else {
		ask(s);
	}
}
