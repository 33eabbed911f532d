/* See disk.h. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/disk.h"

#define MAX_WAITING (64L << 20) /* bytes that a stalled disk may pile up before recordings end */
#define CHUNK_START 4096

enum job_kind { JOB_OPEN, JOB_FRAMES, JOB_CLOSE, JOB_STOP };

struct chunk {
	size_t len, size;
	uint8_t data[]; /* struct vp_spool_frame without its pointer, payload; again */
};

struct job {
	struct job *next;
	enum job_kind kind;
	struct md_tap *tap;
	struct chunk *chunk;
	uint64_t token;
};

struct md_tap {
	struct md_disk *disk;
	struct vp_uuid call_id;
	char *path;
	struct chunk *chunk;            /* the worker's */
	atomic_bool dead;               /* nothing more is kept: it failed */
	struct vp_spool_writer *writer; /* from here on the disk thread's */
	bool told;
};

struct md_disk {
	struct md_disk_handlers h;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct job *head, **tail;
	atomic_long waiting;
};

static void push(struct md_disk *d, struct job *job)
{
	pthread_mutex_lock(&d->lock);
	*d->tail = job;
	d->tail = &job->next;
	pthread_cond_signal(&d->some);
	pthread_mutex_unlock(&d->lock);
}

static struct job *pop(struct md_disk *d)
{
	pthread_mutex_lock(&d->lock);
	while (!d->head) {
		pthread_cond_wait(&d->some, &d->lock);
	}
	struct job *job = d->head;
	d->head = job->next;
	if (!d->head) {
		d->tail = &d->head;
	}
	pthread_mutex_unlock(&d->lock);
	return job;
}

static void fail(struct md_tap *tap, int err)
{
	atomic_store(&tap->dead, true);
	if (!tap->told) {
		tap->told = true;
		tap->disk->h.failed(tap->call_id, err, tap->disk->h.arg);
	}
}

static int write_chunk(struct md_tap *tap, const struct chunk *chunk)
{
	for (size_t at = 0; at < chunk->len;) {
		struct vp_spool_frame frame;
		memcpy(&frame, chunk->data + at, sizeof(frame));
		frame.payload = chunk->data + at + sizeof(frame);
		at += sizeof(frame) + frame.len;
		int err = vp_spool_put(tap->writer, &frame);
		if (err) {
			return err;
		}
	}
	return vp_spool_flush(tap->writer);
}

static void do_open(struct md_tap *tap, uint64_t token)
{
	int err = vp_spool_create(&tap->writer, tap->path, tap->call_id);
	if (err) {
		atomic_store(&tap->dead, true);
		tap->told = true; /* by the reply */
	}
	tap->disk->h.opened(token, err, tap->disk->h.arg);
}

static void do_frames(struct md_tap *tap, const struct chunk *chunk)
{
	int err = tap->writer && !tap->told ? write_chunk(tap, chunk) : 0;
	if (err) {
		fail(tap, err);
	} else if (atomic_load(&tap->dead)) {
		fail(tap, ENOBUFS);
	}
}

static void do_close(struct md_tap *tap)
{
	int err = tap->writer ? vp_spool_finish(tap->writer) : 0;
	if (err && !tap->told) {
		fail(tap, err);
	}
	free(tap->path);
	free(tap);
}

static void *disk_main(void *arg)
{
	struct md_disk *d = arg;
	for (bool stop = false; !stop;) {
		struct job *job = pop(d);
		switch (job->kind) {
		case JOB_OPEN: do_open(job->tap, job->token); break;
		case JOB_FRAMES:
			do_frames(job->tap, job->chunk);
			atomic_fetch_sub(&d->waiting, (long)job->chunk->size);
			free(job->chunk);
			break;
		case JOB_CLOSE: do_close(job->tap); break;
		case JOB_STOP: stop = true; break;
		}
		free(job);
	}
	return NULL;
}

int md_disk_create(struct md_disk **ret, const struct md_disk_handlers *handlers)
{
	struct md_disk *d = calloc(1, sizeof(*d));
	if (!d) {
		return ENOMEM;
	}
	d->h = *handlers;
	d->tail = &d->head;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->some, NULL);
	int err = pthread_create(&d->thread, NULL, disk_main, d);
	if (err) {
		pthread_cond_destroy(&d->some);
		pthread_mutex_destroy(&d->lock);
		free(d);
		return err;
	}
	*ret = d;
	return 0;
}

static struct job *new_job(enum job_kind kind, struct md_tap *tap)
{
	struct job *job = calloc(1, sizeof(*job));
	if (job) {
		job->kind = kind;
		job->tap = tap;
	}
	return job;
}

struct md_disk *md_disk_destroy(struct md_disk *disk)
{
	if (disk) {
		struct job *job = new_job(JOB_STOP, NULL);
		vp_assert(job);
		push(disk, job);
		pthread_join(disk->thread, NULL);
		pthread_cond_destroy(&disk->some);
		pthread_mutex_destroy(&disk->lock);
		free(disk);
	}
	return NULL;
}

int md_tap_open(struct md_tap **ret, struct md_disk *disk, struct vp_uuid call_id, const char *path,
	uint64_t token)
{
	struct md_tap *tap = calloc(1, sizeof(*tap));
	struct job *job = tap ? new_job(JOB_OPEN, tap) : NULL;
	char *copy = job ? strdup(path) : NULL;
	if (!copy) {
		free(job);
		free(tap);
		return ENOMEM;
	}
	tap->disk = disk;
	tap->call_id = call_id;
	tap->path = copy;
	job->token = token;
	push(disk, job);
	*ret = tap;
	return 0;
}

static bool make_room(struct md_tap *tap, size_t need)
{
	struct chunk *c = tap->chunk;
	size_t size = c ? c->size : CHUNK_START;
	while (size < (c ? c->len : 0) + need) {
		size *= 2;
	}
	if (c && size == c->size) {
		return true;
	}
	size_t len = c ? c->len : 0;
	c = realloc(c, sizeof(*c) + size);
	if (!c) {
		return false;
	}
	c->len = len;
	c->size = size;
	tap->chunk = c;
	return true;
}

void md_tap_put(struct md_tap *tap, const struct vp_spool_frame *frame)
{
	if (atomic_load_explicit(&tap->dead, memory_order_relaxed) ||
		frame->len > VP_SPOOL_MAX_PAYLOAD || !make_room(tap, sizeof(*frame) + frame->len)) {
		return;
	}
	uint8_t *p = tap->chunk->data + tap->chunk->len;
	memcpy(p, frame, sizeof(*frame));
	if (frame->len) {
		memcpy(p + sizeof(*frame), frame->payload, frame->len);
	}
	tap->chunk->len += sizeof(*frame) + frame->len;
}

void md_tap_flush(struct md_tap *tap)
{
	if (!tap->chunk || !tap->chunk->len) {
		return;
	}
	struct job *job = new_job(JOB_FRAMES, tap);
	if (!job) {
		return;
	}
	long size = (long)tap->chunk->size;
	if (atomic_fetch_add(&tap->disk->waiting, size) > MAX_WAITING) {
		tap->chunk->len =
			0; /* the disk stands still: this recording ends, the call goes on */
		atomic_store(&tap->dead, true);
	}
	job->chunk = VP_TAKE(tap->chunk);
	push(tap->disk, job);
}

struct md_tap *md_tap_close(struct md_tap *tap)
{
	if (tap) {
		md_tap_flush(tap);
		free(tap->chunk);
		tap->chunk = NULL;
		struct job *job = new_job(JOB_CLOSE, tap);
		vp_assert(job);
		push(tap->disk, job);
	}
	return NULL;
}

const char *md_tap_path(const struct md_tap *tap)
{
	return tap->path;
}
