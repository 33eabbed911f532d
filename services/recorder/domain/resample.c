#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/recorder/domain/resample.h"

enum {
	ZEROS = 16, /* zero crossings of the sinc to each side: 60 dB and more at telephone rates */
	BLOCK = 1024, /* frames that leave at once */
	ROOM = 8192,  /* frames of input at hand; far more than the longest filter */
};
#define ROLL_OFF 0.92 /* of half the lower rate: where the filter begins to close */

struct resample {
	resample_emit_h *emit;
	void *arg;
	uint32_t up, down; /* the ratio, shortened: up/down frames leave for each that comes */
	unsigned half;     /* taps to each side */
	float *taps;       /* up phases of 2 * half */
	int16_t in[ROOM * RESAMPLE_CHANNELS];
	size_t held;    /* frames in it */
	uint64_t first; /* number of its first frame; frames before the sound are silence */
	uint64_t came, left;
	int16_t out[BLOCK * RESAMPLE_CHANNELS];
	size_t ready; /* frames in it */
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

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* A sinc that closes below half of the lower rate, under a Blackman window. */
static double tap(double x, double cut, double half)
{
	double window = 0.42 + 0.5 * cos(M_PI * x / half) + 0.08 * cos(2 * M_PI * x / half);
	double sinc = fabs(x) < 1e-9 ? cut : sin(M_PI * cut * x) / (M_PI * x);

	return fabs(x) < half ? sinc * window : 0;
}

static void fill_taps(struct resample *r)
{
	const double lower = r->up < r->down ? (double)r->up / r->down : 1;
	const double cut = lower * ROLL_OFF;

	for (uint32_t phase = 0; phase < r->up; phase++) {
		float *taps = &r->taps[(size_t)phase * 2 * r->half];
		double sum = 0;
		for (unsigned i = 0; i < 2 * r->half; i++) {
			double x = (double)i - (r->half - 1) - (double)phase / r->up;
			taps[i] = (float)tap(x, cut, r->half);
			sum += taps[i];
		}
		for (unsigned i = 0; i < 2 * r->half; i++) {
			taps[i] = (float)(taps[i] / sum); /* loudness stays as it is */
		}
	}
}

int resample_create(
	struct resample **ret, uint32_t from, uint32_t to, resample_emit_h *h, void *arg)
{
	struct resample *r;
	uint32_t divisor;

	if (!resample_knows(from) || !resample_knows(to)) {
		return EINVAL;
	}
	r = calloc(1, sizeof(*r));
	if (!r) {
		return ENOMEM;
	}
	divisor = common_divisor(from, to);
	r->emit = h;
	r->arg = arg;
	r->up = to / divisor;
	r->down = from / divisor;
	vp_assert(r->up > 0 && r->down > 0);
	r->half = ZEROS * (r->down > r->up ? (r->down + r->up - 1) / r->up : 1);
	r->taps = malloc((size_t)r->up * 2 * r->half * sizeof(*r->taps));
	if (!r->taps) {
		resample_destroy(r);
		return ENOMEM;
	}
	fill_taps(r);
	r->held = r->half; /* silence before the first frame */
	*ret = r;
	return 0;
}

struct resample *resample_destroy(struct resample *r)
{
	if (r) {
		free(r->taps);
		free(r);
	}
	return NULL;
}

static int16_t clip(float value)
{
	return value > INT16_MAX   ? INT16_MAX
	       : value < INT16_MIN ? INT16_MIN
				   : (int16_t)lrintf(value);
}

/* The frames around a point in time that leaves next; their number counts the silence in front. */
static uint64_t base_of(const struct resample *r)
{
	return r->left * r->down / r->up + 1;
}

static void make_one(struct resample *r, uint64_t base)
{
	const float *taps = &r->taps[r->left * r->down % r->up * 2 * r->half];
	const int16_t *in = &r->in[(base - r->first) * RESAMPLE_CHANNELS];
	float left = 0, right = 0;

	for (unsigned i = 0; i < 2 * r->half; i++) {
		left += taps[i] * in[i * RESAMPLE_CHANNELS];
		right += taps[i] * in[i * RESAMPLE_CHANNELS + 1];
	}
	r->out[r->ready * RESAMPLE_CHANNELS] = clip(left);
	r->out[r->ready * RESAMPLE_CHANNELS + 1] = clip(right);
	r->ready++;
	r->left++;
}

static int send_ready(struct resample *r)
{
	size_t n = r->ready;

	r->ready = 0;
	return n > 0 ? r->emit(r->out, n, r->arg) : 0;
}

static void forget(struct resample *r, uint64_t base)
{
	uint64_t gone = base - r->first < r->held ? base - r->first : r->held;

	memmove(r->in, &r->in[gone * RESAMPLE_CHANNELS],
		(r->held - gone) * RESAMPLE_CHANNELS * sizeof(*r->in));
	r->first += gone;
	r->held -= gone;
}

/* Whatever has all its neighbours leaves, up to end frames in all. */
static int make_all(struct resample *r, uint64_t end)
{
	int err = 0;
	uint64_t base = base_of(r);

	while (!err && r->left < end && base + 2 * r->half <= r->first + r->held) {
		make_one(r, base);
		err = r->ready == BLOCK ? send_ready(r) : 0;
		base = base_of(r);
	}
	forget(r, base);
	return err;
}

static int put(struct resample *r, const int16_t *interleaved, size_t frames, uint64_t end)
{
	int err = 0;

	while (frames > 0 && !err) {
		size_t n = frames < ROOM - r->held ? frames : ROOM - r->held;
		memcpy(&r->in[r->held * RESAMPLE_CHANNELS], interleaved,
			n * RESAMPLE_CHANNELS * sizeof(*r->in));
		r->held += n;
		interleaved += n * RESAMPLE_CHANNELS;
		frames -= n;
		err = make_all(r, end);
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
	static const int16_t silence[ROOM * RESAMPLE_CHANNELS];
	int err = put(r, silence, 2 * r->half, r->came * r->up / r->down);

	return err ? err : send_ready(r);
}
