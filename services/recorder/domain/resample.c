#include <errno.h>
#include <speex/speex_resampler.h>
#include <stdlib.h>
#include "services/recorder/domain/resample.h"

enum {
	QUALITY = 4,  /* of 0 to 10: what folds back is 90 dB down, 7 kHz of 8 are whole */
	BLOCK = 1024, /* frames that leave at once */
};

struct resample {
	resample_emit_h *emit;
	void *arg;
	uint32_t from, to;
	SpeexResamplerState *speex;
	uint64_t came, left;
	int16_t out[BLOCK * RESAMPLE_CHANNELS];
};

bool resample_knows(uint32_t rate)
{
	static const uint32_t known[] = {
		8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i] == rate) {
			return true;
		}
	}
	return false;
}

int resample_create(
	struct resample **ret, uint32_t from, uint32_t to, resample_emit_h *h, void *arg)
{
	struct resample *r;
	int err;

	if (!resample_knows(from) || !resample_knows(to)) {
		return EINVAL;
	}
	r = calloc(1, sizeof(*r));
	if (!r) {
		return ENOMEM;
	}
	r->emit = h;
	r->arg = arg;
	r->from = from;
	r->to = to;
	r->speex = speex_resampler_init(RESAMPLE_CHANNELS, from, to, QUALITY, &err);
	if (!r->speex) {
		resample_destroy(r);
		return ENOMEM;
	}
	(void)speex_resampler_skip_zeros(r->speex); /* its first frame is ours, not the filter's */
	*ret = r;
	return 0;
}

struct resample *resample_destroy(struct resample *r)
{
	if (r && r->speex) {
		speex_resampler_destroy(r->speex);
	}
	free(r);
	return NULL;
}

/* Up to end frames leave in all. */
static int put(struct resample *r, const int16_t *interleaved, size_t frames, uint64_t end)
{
	int err = 0;

	while (frames > 0 && r->left < end && !err) {
		const size_t room = end - r->left < BLOCK ? (size_t)(end - r->left) : BLOCK;
		uint32_t in = frames < BLOCK ? (uint32_t)frames : BLOCK, out = (uint32_t)room;
		if (speex_resampler_process_interleaved_int(
			    r->speex, interleaved, &in, r->out, &out) != RESAMPLER_ERR_SUCCESS) {
			return ENOMEM;
		}
		interleaved += (size_t)in * RESAMPLE_CHANNELS;
		frames -= in;
		r->left += out;
		err = out > 0 ? r->emit(r->out, out, r->arg) : 0;
	}
	return err;
}

int resample_put(struct resample *r, const int16_t *interleaved, size_t frames)
{
	r->came += frames;
	return put(r, interleaved, frames, UINT64_MAX);
}

int resample_finish(struct resample *r)
{
	static const int16_t silence[BLOCK * RESAMPLE_CHANNELS];
	const uint64_t end = r->came * r->to / r->from;
	int err = 0;

	while (r->left < end && !err) {
		err = put(r, silence, BLOCK, end);
	}
	return err;
}
