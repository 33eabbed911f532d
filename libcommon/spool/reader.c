/* Reads a spool file frame by frame. The bytes may be cut off anywhere (a crash) or still grow (a
 * live call): the end is the last whole frame, and a later call looks again. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "libcommon/spool/spool_int.h"

#define READ_BYTES (64 * 1024)
#define START_MIN_US 946684800000000LL  /* 2000 */
#define START_MAX_US 4102444800000000LL /* 2100 */

struct vp_spool_reader {
	int fd;
	bool ended; /* an end frame was read: nothing counts after it */
	size_t pos, len;
	uint8_t buf[READ_BYTES];
};

/* Makes at least need bytes readable at pos: 0, ENODATA when the file has less, or an errno. */
static int fill(struct vp_spool_reader *r, size_t need)
{
	if (r->len - r->pos >= need) {
		return 0;
	}
	memmove(r->buf, r->buf + r->pos, r->len - r->pos);
	r->len -= r->pos;
	r->pos = 0;
	while (r->len < need) {
		ssize_t n = read(r->fd, r->buf + r->len, sizeof(r->buf) - r->len);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return n < 0 ? errno : ENODATA;
		}
		r->len += (size_t)n;
	}
	return 0;
}

static bool kind_is_known(uint8_t kind)
{
	return kind <= VP_SPOOL_OPUS || (kind >= VP_SPOOL_PAUSE && kind <= VP_SPOOL_END);
}

/* A clock that nobody has: such a file is damaged, and no row could ever hold its time. */
static bool times_make_sense(const struct vp_spool_info *info)
{
	return info->start_us >= START_MIN_US && info->start_us < START_MAX_US &&
	       info->start_mono_us >= 0 && info->start_mono_us < START_MAX_US;
}

static int read_header(struct vp_spool_reader *r, struct vp_spool_info *info)
{
	int err = fill(r, SPOOL_HEADER_SIZE);
	if (err) {
		return err == ENODATA ? EBADMSG : err;
	}
	if (memcmp(r->buf, SPOOL_MAGIC, strlen(SPOOL_MAGIC)) != 0) {
		return EBADMSG;
	}
	memcpy(info->call_id.b, r->buf + SPOOL_AT_CALL, sizeof(info->call_id.b));
	info->start_us = spool_get64(r->buf + SPOOL_AT_START);
	info->start_mono_us = spool_get64(r->buf + SPOOL_AT_START_MONO);
	if (!times_make_sense(info)) {
		return EBADMSG;
	}
	r->pos = SPOOL_HEADER_SIZE;
	return 0;
}

int vp_spool_open(struct vp_spool_reader **ret, const char *path, struct vp_spool_info *ret_info)
{
	struct vp_spool_reader *r = calloc(1, sizeof(*r));
	if (!r) {
		return ENOMEM;
	}
	struct vp_spool_info info;
	r->fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = r->fd < 0 ? errno : read_header(r, &info);
	if (err) {
		vp_spool_close(r);
		return err;
	}
	*ret_info = info;
	*ret = r;
	return 0;
}

int vp_spool_next(struct vp_spool_reader *r, struct vp_spool_frame *ret_frame)
{
	int err = r->ended ? ENODATA : fill(r, SPOOL_FRAME_SIZE);
	if (err) {
		return err;
	}
	const uint8_t *p = r->buf + r->pos;
	uint16_t len = spool_get16(p);
	if (len > VP_SPOOL_MAX_PAYLOAD || !kind_is_known(p[SPOOL_AT_KIND]) ||
		p[SPOOL_AT_CHANNEL] > 1) {
		return EBADMSG;
	}
	err = fill(r, (size_t)SPOOL_FRAME_SIZE + len);
	if (err) {
		return err;
	}
	p = r->buf + r->pos; /* fill may have moved it */
	*ret_frame = (struct vp_spool_frame){
		.kind = p[SPOOL_AT_KIND],
		.channel = p[SPOOL_AT_CHANNEL],
		.len = len,
		.rtp_ts = spool_get32(p + SPOOL_AT_RTP_TS),
		.mono_us = spool_get64(p + SPOOL_AT_TIME),
		.payload = p + SPOOL_FRAME_SIZE,
	};
	r->pos += (size_t)SPOOL_FRAME_SIZE + len;
	r->ended = ret_frame->kind == VP_SPOOL_END;
	return 0;
}

struct vp_spool_reader *vp_spool_close(struct vp_spool_reader *r)
{
	if (r) {
		if (r->fd >= 0) {
			close(r->fd);
		}
		free(r);
	}
	return NULL;
}
