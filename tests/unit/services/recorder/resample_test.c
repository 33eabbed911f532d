/* Sound at another sampling rate: as loud, as long, and with nothing folded back into it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include "services/recorder/domain/resample.h"

enum { SECONDS = 2, RATE_MAX = 48000, ODD = 777 };

static int16_t in[RATE_MAX * SECONDS * RESAMPLE_CHANNELS],
	out[RATE_MAX * SECONDS * RESAMPLE_CHANNELS];
static size_t got;

static int take(const int16_t *interleaved, size_t frames, void *arg)
{
	(void)arg;
	cr_assert_leq(got + frames, (size_t)RATE_MAX * SECONDS);
	memcpy(&out[got * RESAMPLE_CHANNELS], interleaved,
		frames * RESAMPLE_CHANNELS * sizeof(*out));
	got += frames;
	return 0;
}

static void run(uint32_t from, uint32_t to, double left_hz, double right_hz)
{
	struct resample *r;
	size_t n = (size_t)from * SECONDS;

	for (size_t i = 0; i < n; i++) {
		in[2 * i] = (int16_t)lrint(12000 * sin(2 * M_PI * left_hz * (double)i / from));
		in[2 * i + 1] = (int16_t)lrint(12000 * sin(2 * M_PI * right_hz * (double)i / from));
	}
	got = 0;
	cr_assert_eq(resample_create(&r, from, to, take, NULL), 0);
	for (size_t at = 0; at < n; at += ODD) {
		cr_assert_eq(resample_put(r, &in[2 * at], n - at < ODD ? n - at : ODD), 0);
	}
	cr_assert_eq(resample_finish(r), 0);
	resample_destroy(r);
	cr_assert_eq(got, (size_t)to * SECONDS, "%u to %u: %zu frames", from, to, got);
}

/* Amplitude at a frequency, of the middle of a channel. */
static double heard(unsigned channel, uint32_t rate, double hz)
{
	size_t from = got / 4, to = got * 3 / 4;
	double re = 0, im = 0;

	for (size_t i = from; i < to; i++) {
		double x = out[i * 2 + channel], w = 2 * M_PI * hz * (double)i / rate;
		re += x * cos(w);
		im += x * sin(w);
	}
	return 2 * sqrt(re * re + im * im) / (double)(to - from);
}

Test(resample, voices_stay_as_they_are)
{
	static const uint32_t rates[] = {
		8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000};

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		uint32_t to = rates[i] > 8000 ? 16000 : 8000;
		run(rates[i], to, 1000, 440);
		cr_expect_float_eq(heard(0, to, 1000), 12000, 60, "%u left", rates[i]);
		cr_expect_float_eq(heard(1, to, 440), 12000, 60, "%u right", rates[i]);
		cr_expect_lt(heard(0, to, 440), 12, "%u: the sides stay apart", rates[i]);
	}
}

Test(resample, what_the_lower_rate_cannot_hold_does_not_fold_back)
{
	run(48000, 16000, 10000, 14000); /* would be heard at 6000 and 2000 */
	cr_assert_lt(heard(0, 16000, 6000), 24);
	cr_assert_lt(heard(1, 16000, 2000), 24);
}

Test(resample, loud_sound_is_clipped_and_does_not_wrap)
{
	struct resample *r;

	for (size_t i = 0; i < 4000; i++) {
		in[2 * i] = in[2 * i + 1] = i / 20 % 2 ? INT16_MAX : INT16_MIN;
	}
	got = 0;
	cr_assert_eq(resample_create(&r, 22050, 16000, take, NULL), 0);
	cr_assert_eq(resample_put(r, in, 4000), 0);
	cr_assert_eq(resample_finish(r), 0);
	resample_destroy(r);
	for (size_t i = 1; i < got; i++) {
		cr_assert_lt(abs(out[2 * i] - out[2 * i - 2]), 60000);
	}
	cr_assert_eq(got, 4000u * 16000 / 22050);
}

static int refuse(const int16_t *interleaved, size_t frames, void *arg)
{
	(void)interleaved;
	(void)frames;
	(*(int *)arg)++;
	return ENOSPC;
}

Test(resample, an_error_of_the_taker_ends_it)
{
	struct resample *r;
	int calls = 0;

	cr_assert_eq(resample_create(&r, 48000, 8000, refuse, &calls), 0);
	cr_assert_eq(resample_put(r, in, 48000), ENOSPC);
	cr_assert_eq(calls, 1);
	resample_destroy(r);
}

Test(resample, strange_rates_and_nothing_at_all)
{
	struct resample *r = NULL;

	cr_assert_eq(resample_create(&r, 7999, 8000, take, NULL), EINVAL);
	cr_assert_eq(resample_create(&r, 8000, 0, take, NULL), EINVAL);
	cr_assert_null(r);
	cr_assert_eq(resample_create(&r, 44100, 16000, take, NULL), 0);
	got = 0;
	cr_assert_eq(resample_finish(r), 0);
	cr_assert_eq(got, 0);
	cr_assert_null(resample_destroy(r));
	cr_assert_null(resample_destroy(NULL));
}
