/* Synthetic spools for the tests of recorder: tones by G.711 or Opus, packet by packet, and ears
 * for what became of them. */
#ifndef RECORDER_TEST_TAPE_H
#define RECORDER_TEST_TAPE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/spool/spool.h"

enum { TAPE_LEFT, TAPE_RIGHT };

struct tape;

/* Begins a spool file; its frames begin at start_ms of the tape's own clock. */
struct tape *tape_open(const char *path, struct vp_uuid call_id);
/* A tone of one side from from_ms to to_ms, a frame each 20 ms. hz 0: silence frames. */
void tape_tone(struct tape *tape, unsigned channel, enum vp_spool_kind kind, unsigned hz,
	unsigned from_ms, unsigned to_ms);
/* Both sides at once, interleaved as they arrive. */
void tape_talk(struct tape *tape, enum vp_spool_kind left, unsigned left_hz,
	enum vp_spool_kind right, unsigned right_hz, unsigned from_ms, unsigned to_ms);
void tape_raw(struct tape *tape, const struct vp_spool_frame *frame);
/* With an end frame, or cut off as a crash leaves it. */
void tape_close(struct tape *tape, bool whole);

/* Share of the power at hz: 1 for a pure tone, near 0 otherwise; 0 when nearly silent. stride 2 for
 * interleaved samples. */
double tape_share(const int16_t *samples, size_t n, size_t stride, double hz, double rate);
#endif
