#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/spool/spool.h"
#include "services/recorder/decode.h"
#include "services/recorder/domain/canvas.h"
#include "services/recorder/domain/timeline.h"
#include "services/recorder/render.h"

enum {
	LOOK_FRAMES = 500, /* some seconds: a call that has Opus has it from the start */
	NARROW_RATE = 8000,
	WIDE_RATE = 16000,
	STEP_MAX_S = 6 * 3600, /* a frame that claims to come later than that is corrupt */
	END_FRAME_BYTES = 16,
};

static bool is_audio(const struct vp_spool_frame *frame)
{
	return frame->kind <= VP_SPOOL_OPUS;
}

/* The end frame has no payload and a zero timestamp; a hint only, a payload could look like it. */
static bool ends_with_end_frame(const char *path)
{
	uint8_t tail[END_FRAME_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	bool read_all = size >= END_FRAME_BYTES &&
			pread(fd, tail, sizeof(tail), size - END_FRAME_BYTES) == END_FRAME_BYTES;

	if (fd >= 0) {
		close(fd);
	}
	static const uint8_t end_head[8] = {0, 0, VP_SPOOL_END};
	return read_all && memcmp(tail, end_head, sizeof(end_head)) == 0;
}

static void close_spool(struct vp_spool_reader **reader)
{
	vp_spool_close(*reader);
}

int spool_look(const char *path, struct spool_look *ret)
{
	VP_CLEANUP(close_spool) struct vp_spool_reader *reader = NULL;
	struct vp_spool_info info;
	struct vp_spool_frame frame;
	int err = vp_spool_open(&reader, path, &info);

	if (err) {
		return err;
	}
	*ret = (struct spool_look){
		.call_id = info.call_id, .start_us = info.start_us, .sample_rate = NARROW_RATE};
	for (unsigned i = 0; i < LOOK_FRAMES && vp_spool_next(reader, &frame) == 0; i++) {
		if (is_audio(&frame) && !ret->has_audio) {
			ret->has_audio = true;
			ret->start_us += frame.mono_us - info.start_mono_us;
		}
		if (frame.kind == VP_SPOOL_OPUS) {
			ret->sample_rate = WIDE_RATE;
		}
	}
	ret->ended = ends_with_end_frame(path);
	return 0;
}

struct side {
	struct render *render;
	unsigned channel;
	struct timeline *timeline;
	struct decoder *decoder;
};

struct render {
	const struct render_cfg *cfg;
	struct render_result result;
	struct vp_spool_reader *reader;
	struct canvas *canvas;
	struct side sides[RENDER_CHANNELS];
	bool started;
	int64_t origin_us,
		now_us; /* monotonic time of the first frame; newest arrival since then */
};

static int on_sound(const int16_t *interleaved, size_t frames, void *arg)
{
	struct render *r = arg;

	r->result.frames += frames;
	return r->cfg->sink(interleaved, frames, r->cfg->arg);
}

static size_t on_placed(const struct timeline_frame *frame, int64_t pos, void *arg)
{
	struct side *side = arg;
	struct render *r = side->render;
	int16_t samples[DECODE_MAX];
	size_t n = decoder_run(side->decoder, frame->kind, frame->payload, frame->len, samples);

	if (n == 0) {
		r->result.undecodable++;
	} else {
		canvas_write(r->canvas, side->channel, pos, samples, n);
	}
	return n;
}

static int open_render(struct render *r)
{
	struct vp_spool_info info;
	int err = vp_spool_open(&r->reader, r->cfg->path, &info);

	if (!err) {
		err = canvas_create(&r->canvas, r->cfg->sample_rate, on_sound, r);
	}
	for (unsigned c = 0; c < RENDER_CHANNELS && !err; c++) {
		struct side *side = &r->sides[c];
		side->render = r;
		side->channel = c;
		err = timeline_create(&side->timeline, r->cfg->sample_rate, on_placed, side);
		if (!err) {
			err = decoder_create(&side->decoder, r->cfg->sample_rate);
		}
	}
	return err;
}

static void close_render(struct render *r)
{
	for (unsigned c = 0; c < RENDER_CHANNELS; c++) {
		timeline_destroy(r->sides[c].timeline);
		decoder_destroy(r->sides[c].decoder);
	}
	canvas_destroy(r->canvas);
	vp_spool_close(r->reader);
}

/* Arrival times only grow; one that leaps is a corrupt frame and must not cost hours of silence. */
static bool is_plausible(const struct render *r, int64_t at_us)
{
	return at_us >= 0 && llabs(at_us - r->now_us) <= STEP_MAX_S * 1000000LL;
}

static void take_audio(struct render *r, const struct vp_spool_frame *frame)
{
	if (!r->started) {
		r->started = true;
		r->origin_us = frame->mono_us;
	}
	int64_t at_us = frame->mono_us - r->origin_us;
	if (!is_plausible(r, at_us)) {
		r->result.out_of_place++;
		return;
	}
	r->now_us = at_us > r->now_us ? at_us : r->now_us;
	r->result.packets[frame->channel]++;

	struct timeline_frame placed = {.kind = (uint8_t)frame->kind,
		.clock = decoder_clock((uint8_t)frame->kind),
		.rtp_ts = frame->rtp_ts,
		.at_us = at_us,
		.len = frame->len,
		.payload = frame->payload};
	timeline_put(r->sides[frame->channel].timeline, &placed);
	for (unsigned c = 0; c < RENDER_CHANNELS; c++) {
		timeline_advance(r->sides[c].timeline, r->now_us);
	}
	canvas_advance(r->canvas, r->now_us * r->cfg->sample_rate / 1000000);
}

static int read_all(struct render *r)
{
	struct vp_spool_frame frame = {0};
	int err;

	while ((err = vp_spool_next(r->reader, &frame)) == 0) {
		if (atomic_load_explicit(r->cfg->stop, memory_order_relaxed)) {
			return ECANCELED;
		}
		if (is_audio(&frame)) {
			take_audio(r, &frame);
		}
		if (canvas_error(r->canvas)) {
			return canvas_error(r->canvas);
		}
	}
	r->result.cut_off = frame.kind != VP_SPOOL_END;
	r->result.damaged = err == EBADMSG;
	return err == ENODATA || err == EBADMSG ? 0 : err;
}

static int finish(struct render *r)
{
	for (unsigned c = 0; c < RENDER_CHANNELS; c++) {
		timeline_flush(r->sides[c].timeline);
		struct timeline_counts counts = timeline_counts(r->sides[c].timeline);
		r->result.duplicate += counts.duplicate;
		r->result.late += counts.late;
		r->result.shifts += counts.shifts;
	}
	return canvas_finish(r->canvas);
}

int render_run(const struct render_cfg *cfg, struct render_result *ret)
{
	struct render r = {.cfg = cfg};
	int err = open_render(&r);

	if (!err) {
		err = read_all(&r);
	}
	if (!err) {
		err = finish(&r);
	}
	close_render(&r);
	if (!err) {
		*ret = r.result;
	}
	return err;
}
