/* The waveform that a player draws before it has the audio: for each channel the loudest sample of
 * each slice of time. Slices begin at 10 ms and double whenever there are too many, so the result
 * is small for a call of any length. Pure. */
#ifndef RECORDER_PEAKS_H
#define RECORDER_PEAKS_H
#include <stddef.h>
#include <stdint.h>

#define PEAKS_MAX 4096 /* slices */
#define PEAKS_CHANNELS 2

struct peaks {
	uint32_t slice_frames; /* the length of a slice now */
	uint32_t filled;       /* frames in the slice that is open */
	size_t count;          /* closed slices */
	uint8_t value[(PEAKS_MAX + 1) *
		      PEAKS_CHANNELS]; /* interleaved; the open slice is the last */
};

void peaks_init(struct peaks *peaks, uint32_t sample_rate);
void peaks_add(struct peaks *peaks, const int16_t *interleaved, size_t frames);
/* One byte a slice and channel, interleaved (left, right, left ...): 0 silence, 255 full scale. The
 * slices share the recording's length evenly. Gives the number of bytes; valid as long as peaks. */
size_t peaks_bytes(const struct peaks *peaks, const uint8_t **ret_bytes);
#endif
