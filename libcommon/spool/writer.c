/* Appends frames to a spool file. Frames wait in memory until a flush, so that the packet path
 * makes no system call; a write that fails leaves the file at its last whole frame. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/spool/spool_int.h"

#define FLUSH_BYTES (64 * 1024)
#define BUF_START (4 * 1024) /* holds 200 ms of two G.711 directions */
#define BUF_MAX (FLUSH_BYTES + SPOOL_FRAME_MAX)

struct vp_spool_writer {
	int fd;
	int err; /* the first failure; the file takes nothing after it */
	int64_t written, max_bytes;
	uint8_t *buf;
	size_t len, size;
};

/* Rolls a half-written batch back: whole frames of it may be lost, half ones never stay. */
static int fail(struct vp_spool_writer *w, int err)
{
	w->err = err;
	w->len = 0;
	if (ftruncate(w->fd, w->written) < 0) {
		return err; /* the reader copes with a cut-off frame */
	}
	return err;
}

static int write_all(struct vp_spool_writer *w, const uint8_t *p, size_t len)
{
	size_t done = 0;
	while (done < len) {
		ssize_t n = write(w->fd, p + done, len - done);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return fail(w, n < 0 ? errno : EIO);
		}
		done += (size_t)n;
	}
	w->written += (int64_t)len;
	return 0;
}

static int reserve(struct vp_spool_writer *w, size_t need)
{
	size_t size = w->size ? w->size : BUF_START;
	while (size < w->len + need) {
		size *= 2;
	}
	size = size > BUF_MAX ? BUF_MAX : size;
	if (size == w->size) {
		return 0;
	}
	uint8_t *buf = realloc(w->buf, size);
	if (!buf) {
		return ENOMEM;
	}
	w->buf = buf;
	w->size = size;
	return 0;
}

static int write_header(struct vp_spool_writer *w, struct vp_uuid call_id)
{
	uint8_t h[SPOOL_HEADER_SIZE] = SPOOL_MAGIC;
	memcpy(h + SPOOL_AT_CALL, call_id.b, sizeof(call_id.b));
	spool_put64(h + SPOOL_AT_START, vp_time_us());
	spool_put64(h + SPOOL_AT_START_MONO, vp_mono_us());
	return write_all(w, h, sizeof(h));
}

static void append(struct vp_spool_writer *w, const struct vp_spool_frame *f)
{
	uint8_t *p = w->buf + w->len;
	spool_put16(p, f->len);
	p[SPOOL_AT_KIND] = (uint8_t)f->kind;
	p[SPOOL_AT_CHANNEL] = f->channel;
	spool_put32(p + SPOOL_AT_RTP_TS, f->rtp_ts);
	spool_put64(p + SPOOL_AT_TIME, f->mono_us);
	if (f->len) {
		memcpy(p + SPOOL_FRAME_SIZE, f->payload, f->len);
	}
	w->len += SPOOL_FRAME_SIZE + f->len;
}

int vp_spool_create_limited(
	struct vp_spool_writer **ret, const char *path, struct vp_uuid call_id, int64_t max_bytes)
{
	struct vp_spool_writer *w = calloc(1, sizeof(*w));
	if (!w) {
		return ENOMEM;
	}
	w->max_bytes = max_bytes;
	w->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	int err = w->fd < 0 ? errno : write_header(w, call_id);
	if (err) {
		vp_spool_destroy(w);
		return err;
	}
	*ret = w;
	return 0;
}

int vp_spool_create(struct vp_spool_writer **ret, const char *path, struct vp_uuid call_id)
{
	return vp_spool_create_limited(ret, path, call_id, VP_SPOOL_MAX_BYTES);
}

int vp_spool_put(struct vp_spool_writer *w, const struct vp_spool_frame *frame)
{
	if (w->err) {
		return w->err;
	}
	if (frame->len > VP_SPOOL_MAX_PAYLOAD || frame->channel > 1) {
		return EINVAL;
	}
	size_t need = SPOOL_FRAME_SIZE + frame->len;
	size_t end_room = frame->kind == VP_SPOOL_END ? 0 : SPOOL_FRAME_SIZE;
	if (w->written + (int64_t)(w->len + need + end_room) > w->max_bytes) {
		return EFBIG;
	}
	int err = reserve(w, need);
	if (err) {
		return err;
	}
	append(w, frame);
	return w->len >= FLUSH_BYTES ? vp_spool_flush(w) : 0;
}

int vp_spool_flush(struct vp_spool_writer *w)
{
	if (w->err || !w->len) {
		return w->err;
	}
	int err = write_all(w, w->buf, w->len);
	if (!err) {
		w->len = 0;
	}
	return err;
}

int vp_spool_finish(struct vp_spool_writer *w)
{
	struct vp_spool_frame end = {.kind = VP_SPOOL_END, .mono_us = vp_mono_us()};
	int err = vp_spool_put(w, &end);
	if (!err) {
		err = vp_spool_flush(w);
	}
	if (!err && fsync(w->fd) < 0) {
		err = errno;
	}
	vp_spool_destroy(w);
	return err;
}

struct vp_spool_writer *vp_spool_destroy(struct vp_spool_writer *w)
{
	if (w) {
		vp_spool_flush(w);
		if (w->fd >= 0) {
			close(w->fd);
		}
		free(w->buf);
		free(w);
	}
	return NULL;
}
