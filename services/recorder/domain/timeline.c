#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/recorder/domain/timeline.h"

enum {
	NEW_STREAM_S = 10, /* a larger step of the timestamp is another stream */
	WAIT_US = 1000000, /* a frame is placed at the latest that long after it came */
	JUMP_US = 400000,  /* arrival and timestamp this far apart are not jitter */
	DRIFT_US = 40000,  /* what drift may add up to before it is taken out */
	DRIFT_WINDOW_US = 5000000,
};

/* A frame that waits, with its payload and its timestamp without wrap-around. */
struct held {
	struct timeline_frame frame;
	int64_t ts;
	uint8_t payload[TIMELINE_PAYLOAD_MAX];
};

struct timeline {
	uint32_t rate;
	timeline_place_h *place;
	void *arg;

	struct held slots[TIMELINE_LOOKAHEAD + 1];
	struct held *line[TIMELINE_LOOKAHEAD +
			  1]; /* the first n wait, ordered by ts; the rest are free */
	size_t n;

	bool open; /* a stream is under way */
	uint8_t kind;
	uint32_t clock, newest_rtp;
	int64_t newest_ts;
	bool anchored; /* of this stream something was placed */
	int64_t anchor_ts, anchor_pos, last_ts;
	int64_t tail; /* where the last placed frame ended, in any stream */

	int64_t slack_min, window_end_us;
	struct timeline_counts counts;
};

static int64_t samples_of_us(const struct timeline *t, int64_t us)
{
	return us * t->rate / 1000000;
}

int timeline_create(struct timeline **ret, uint32_t sample_rate, timeline_place_h *h, void *arg)
{
	struct timeline *t = calloc(1, sizeof(*t));

	if (!t) {
		return ENOMEM;
	}
	t->rate = sample_rate;
	t->place = h;
	t->arg = arg;
	for (size_t i = 0; i < VP_ARRAY_LEN(t->slots); i++) {
		t->line[i] = &t->slots[i];
	}
	*ret = t;
	return 0;
}

struct timeline *timeline_destroy(struct timeline *t)
{
	free(t);
	return NULL;
}

/* After a stall frames come faster than they were spoken; after a pause they come at their pace. */
static bool comes_in_a_burst(const struct timeline *t, const struct held *first)
{
	const struct held *last = t->n ? t->line[t->n - 1] : first;
	int64_t spoken_us = (last->ts - first->ts) * 1000000 / t->clock;
	int64_t arrived_us = last->frame.at_us - first->frame.at_us;

	return spoken_us > 0 && arrived_us < spoken_us * 3 / 4;
}

static void open_window(struct timeline *t, int64_t at_us)
{
	t->slack_min = INT64_MAX;
	t->window_end_us = at_us + DRIFT_WINDOW_US;
}

static void anchor(struct timeline *t, const struct held *held, int64_t pos)
{
	t->anchored = true;
	t->anchor_ts = held->ts;
	t->anchor_pos = pos > t->tail ? pos : t->tail;
	open_window(t, held->frame.at_us);
}

/* The smallest slack of some seconds is free of jitter: what it has moved is drift, or an anchor
 * that itself came late. */
static void watch_drift(struct timeline *t, const struct held *held, int64_t slack)
{
	t->slack_min = slack < t->slack_min ? slack : t->slack_min;
	if (held->frame.at_us < t->window_end_us) {
		return;
	}
	if (llabs(t->slack_min) > samples_of_us(t, DRIFT_US)) {
		t->anchor_pos += t->slack_min;
		t->counts.shifts++;
	}
	open_window(t, held->frame.at_us);
}

static int64_t position(struct timeline *t, const struct held *held)
{
	int64_t arrived = samples_of_us(t, held->frame.at_us);
	int64_t jump = samples_of_us(t, JUMP_US);

	if (!t->anchored) {
		anchor(t, held, arrived);
		return t->anchor_pos;
	}
	int64_t pos = t->anchor_pos + (held->ts - t->anchor_ts) * t->rate / t->clock;
	int64_t slack = arrived - pos; /* how much later it came than it was due */
	if (slack < -jump || (slack > jump && !comes_in_a_burst(t, held))) {
		t->counts.jumps++;
		anchor(t, held, arrived);
		return t->anchor_pos;
	}
	watch_drift(t, held, slack);
	return pos;
}

static void place_first(struct timeline *t)
{
	struct held *held = t->line[0];

	t->n--;
	for (size_t i = 0; i < TIMELINE_LOOKAHEAD; i++) {
		t->line[i] = t->line[i + 1];
	}
	t->line[TIMELINE_LOOKAHEAD] = held;

	int64_t pos = position(t, held);
	t->last_ts = held->ts;
	t->counts.placed++;
	t->tail = pos + (int64_t)t->place(&held->frame, pos, t->arg);
}

void timeline_flush(struct timeline *t)
{
	while (t->n > 0) {
		place_first(t);
	}
}

static bool is_new_stream(const struct timeline *t, const struct timeline_frame *frame)
{
	int64_t step = (int32_t)(frame->rtp_ts - t->newest_rtp);

	return !t->open || frame->kind != t->kind || frame->clock != t->clock ||
	       llabs(step) > (int64_t)NEW_STREAM_S * t->clock;
}

static void begin_stream(struct timeline *t, const struct timeline_frame *frame)
{
	timeline_flush(t);
	t->counts.jumps += t->open;
	t->open = true;
	t->anchored = false;
	t->kind = frame->kind;
	t->clock = frame->clock;
	t->newest_rtp = frame->rtp_ts;
	t->newest_ts = 0;
}

/* Puts a frame into the ordered line; false: its moment is there already, or past. */
static bool insert(struct timeline *t, const struct timeline_frame *frame, int64_t ts)
{
	size_t at = t->n;

	if (t->anchored && ts <= t->last_ts) {
		t->counts.late++;
		return false;
	}
	while (at > 0 && t->line[at - 1]->ts > ts) {
		at--;
	}
	if (at > 0 && t->line[at - 1]->ts == ts) {
		t->counts.duplicate++;
		return false;
	}
	struct held *held = t->line[t->n];
	for (size_t i = t->n; i > at; i--) {
		t->line[i] = t->line[i - 1];
	}
	t->line[at] = held;
	t->n++;
	held->ts = ts;
	held->frame = *frame;
	memcpy(held->payload, frame->payload, frame->len);
	held->frame.payload = held->payload;
	return true;
}

void timeline_put(struct timeline *t, const struct timeline_frame *frame)
{
	vp_assert(frame->len <= TIMELINE_PAYLOAD_MAX && frame->clock > 0);
	if (is_new_stream(t, frame)) {
		begin_stream(t, frame);
	}
	int64_t ts = t->newest_ts + (int32_t)(frame->rtp_ts - t->newest_rtp);
	if (!insert(t, frame, ts)) {
		return;
	}
	if (ts > t->newest_ts) {
		t->newest_ts = ts;
		t->newest_rtp = frame->rtp_ts;
	}
	if (t->n > TIMELINE_LOOKAHEAD) {
		place_first(t);
	}
}

void timeline_advance(struct timeline *t, int64_t now_us)
{
	while (t->n > 0 && t->line[0]->frame.at_us < now_us - WAIT_US) {
		place_first(t);
	}
}

struct timeline_counts timeline_counts(const struct timeline *t)
{
	return t->counts;
}
