/* The recording tap's file: media appends, recorder reads. It survives the death of either.
 *
 * File: 64-byte header, then frames, little endian.
 *   header: "RMSPOOL1" | call id (16) | start, Unix us (i64) | start, monotonic us (i64) | zeros
 *   frame:  u16 payload length | u8 kind | u8 channel (0 agent, 1 customer) | u32 RTP timestamp
 *           | i64 time, monotonic us | payload
 * kind: 0 PCMU, 1 PCMA, 2 Opus (48 kHz clock) audio, 16 pause, 17 resume, 18 end (clean end of
 * the call; a file without it was cut off by a crash and ends at its last whole frame).
 * Limits: payload 1500 bytes; a file VP_SPOOL_MAX_BYTES (then recording stops with an event). */
#ifndef VP_SPOOL_H
#define VP_SPOOL_H
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"

#define VP_SPOOL_MAX_BYTES (2LL << 30)
#define VP_SPOOL_MAX_PAYLOAD 1500
enum vp_spool_kind {
	VP_SPOOL_PCMU = 0,
	VP_SPOOL_PCMA = 1,
	VP_SPOOL_OPUS = 2,
	VP_SPOOL_PAUSE = 16,
	VP_SPOOL_RESUME = 17,
	VP_SPOOL_END = 18,
};
struct vp_spool_frame {
	enum vp_spool_kind kind;
	uint8_t channel;
	uint16_t len;
	uint32_t rtp_ts;
	int64_t mono_us;
	const uint8_t *payload;
};

/* Writer: frames are gathered in memory and written by vp_spool_flush (call it about each 200 ms;
 * put also flushes when 64 KiB wait). One thread. */
struct vp_spool_writer;
int vp_spool_create(struct vp_spool_writer **ret, const char *path, struct vp_uuid call_id);
int vp_spool_put(
	struct vp_spool_writer *w, const struct vp_spool_frame *frame); /* EFBIG, ENOSPC, EIO */
int vp_spool_flush(struct vp_spool_writer *w);
/* Writes the end frame, flushes, fsyncs, closes, frees. */
int vp_spool_finish(struct vp_spool_writer *w);
/* Closes without end frame. */
struct vp_spool_writer *vp_spool_destroy(struct vp_spool_writer *w);

/* Reader. */
struct vp_spool_reader;
struct vp_spool_info {
	struct vp_uuid call_id;
	int64_t start_us;
	int64_t start_mono_us;
};
/* EBADMSG: no spool file, or its header cannot be true. */
int vp_spool_open(struct vp_spool_reader **ret, const char *path, struct vp_spool_info *ret_info);
/* 0 and a frame; ENODATA at the end (also of a cut-off file); EBADMSG when bytes make no sense. */
int vp_spool_next(struct vp_spool_reader *r, struct vp_spool_frame *ret_frame);
struct vp_spool_reader *vp_spool_close(struct vp_spool_reader *r);
#endif
