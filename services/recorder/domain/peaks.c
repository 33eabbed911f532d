#include <string.h>
#include "services/recorder/domain/peaks.h"

enum { SLICES_PER_S = 100 };

void peaks_init(struct peaks *p, uint32_t sample_rate)
{
	*p = (struct peaks){.slice_frames = sample_rate / SLICES_PER_S};
}

static uint8_t loudness(int16_t sample)
{
	int32_t magnitude = sample < 0 ? -(int32_t)sample : sample;

	return (uint8_t)((magnitude * 255 + (INT16_MAX + 1) / 2) / (INT16_MAX + 1));
}

static uint8_t louder(uint8_t a, uint8_t b)
{
	return a > b ? a : b;
}

/* Two slices become one, so there is room for as many again. */
static void halve(struct peaks *p)
{
	for (size_t i = 0; i < PEAKS_MAX / 2; i++) {
		for (size_t c = 0; c < PEAKS_CHANNELS; c++) {
			p->value[i * PEAKS_CHANNELS + c] =
				louder(p->value[2 * i * PEAKS_CHANNELS + c],
					p->value[(2 * i + 1) * PEAKS_CHANNELS + c]);
		}
	}
	p->count = PEAKS_MAX / 2;
	p->slice_frames *= 2;
}

static void close_slice(struct peaks *p)
{
	p->count++;
	p->filled = 0;
	if (p->count == PEAKS_MAX) {
		halve(p);
	}
	memset(&p->value[p->count * PEAKS_CHANNELS], 0, PEAKS_CHANNELS);
}

void peaks_add(struct peaks *p, const int16_t *interleaved, size_t frames)
{
	for (size_t i = 0; i < frames; i++) {
		uint8_t *open = &p->value[p->count * PEAKS_CHANNELS];
		for (size_t c = 0; c < PEAKS_CHANNELS; c++) {
			open[c] = louder(open[c], loudness(interleaved[i * PEAKS_CHANNELS + c]));
		}
		if (++p->filled == p->slice_frames) {
			close_slice(p);
		}
	}
}

size_t peaks_bytes(const struct peaks *p, const uint8_t **ret_bytes)
{
	size_t slices = p->count + (p->filled > 0);

	*ret_bytes = p->value;
	return slices * PEAKS_CHANNELS;
}
