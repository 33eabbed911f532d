/* Where each frame of one side of a call belongs in time. RTP timestamps give the distance between
 * frames exactly, the arrival time ties them to the clock that both sides share. Pure: no I/O.
 *
 * Frames come as they arrived: reordered, twice, late, in bursts after a stall, with pauses, from a
 * clock that runs a little fast or slow, or with timestamps that begin anew. They leave in order,
 * each once, with a position in samples. */
#ifndef RECORDER_TIMELINE_H
#define RECORDER_TIMELINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMELINE_LOOKAHEAD 8
#define TIMELINE_PAYLOAD_MAX 1500

struct timeline_frame {
	uint8_t kind;   /* whatever the decoder wants to know; a change begins anew */
	uint32_t clock; /* of rtp_ts, Hz */
	uint32_t rtp_ts;
	int64_t at_us; /* arrival, microseconds since the start of the recording */
	uint16_t len;
	const uint8_t *payload;
};
/* pos: samples since the start of the recording. Gives how many samples the frame fills from there.
 * The frame is valid in the handler only. */
typedef size_t timeline_place_h(const struct timeline_frame *frame, int64_t pos, void *arg);

struct timeline_counts {
	uint64_t placed, duplicate, late;
	uint64_t jumps;  /* pauses and timestamps that began anew */
	uint64_t shifts; /* corrections of clock drift */
};

struct timeline;

int timeline_create(struct timeline **ret, uint32_t sample_rate, timeline_place_h *h, void *arg);
struct timeline *timeline_destroy(struct timeline *timeline);
/* May call the handler for this and for earlier frames. */
void timeline_put(struct timeline *timeline, const struct timeline_frame *frame);
/* Nothing that arrived before now_us minus a second is waited for any more. */
void timeline_advance(struct timeline *timeline, int64_t now_us);
/* The stream is over: places all that waits. */
void timeline_flush(struct timeline *timeline);
struct timeline_counts timeline_counts(const struct timeline *timeline);
#endif
