/* Two channels on one canvas, and the peaks of what leaves it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include "services/recorder/domain/canvas.h"
#include "services/recorder/domain/peaks.h"

enum { RATE = 8000, HEARD_MAX = RATE * 60 };

static int16_t heard[HEARD_MAX * 2];
static size_t n_heard;
static int fail_after;

static int on_sound(const int16_t *interleaved, size_t frames, void *arg)
{
	(void)arg;
	if (fail_after > 0 && --fail_after == 0) {
		return ENOSPC;
	}
	cr_assert_leq(n_heard + frames, HEARD_MAX);
	memcpy(&heard[n_heard * 2], interleaved, frames * 2 * sizeof(int16_t));
	n_heard += frames;
	return 0;
}

static struct canvas *canvas;

static void make(void)
{
	n_heard = 0;
	fail_after = 0;
	cr_assert_eq(canvas_create(&canvas, RATE, on_sound, NULL), 0);
}

static void drop(void)
{
	canvas_destroy(canvas);
}

TestSuite(canvas, .init = make, .fini = drop);

static void write_value(unsigned channel, int64_t pos, int16_t value)
{
	int16_t samples[160];
	for (size_t i = 0; i < 160; i++) {
		samples[i] = value;
	}
	canvas_write(canvas, channel, pos, samples, 160);
}

Test(canvas, channels_lie_side_by_side_with_silence_in_the_gaps)
{
	write_value(0, 0, 100);
	write_value(1, 160, -200);
	write_value(0, 480, 300);
	cr_assert_eq(canvas_finish(canvas), 0);
	cr_assert_eq(n_heard, 640);
	cr_assert_eq(heard[0], 100);
	cr_assert_eq(heard[1], 0);
	cr_assert_eq(heard[200 * 2], 0);
	cr_assert_eq(heard[200 * 2 + 1], -200);
	cr_assert_eq(heard[400 * 2], 0);
	cr_assert_eq(heard[500 * 2], 300);
}

Test(canvas, what_comes_within_the_window_finds_its_place)
{
	write_value(0, 0, 1);
	canvas_advance(canvas, 7 * RATE);
	write_value(1, 0, 2);
	cr_assert_eq(canvas_finish(canvas), 0);
	cr_assert_eq(heard[1], 2);
	cr_assert_eq(canvas_dropped(canvas), 0);
}

Test(canvas, what_comes_after_the_window_is_dropped_and_counted)
{
	write_value(0, 0, 1);
	canvas_advance(canvas, 9 * RATE);
	write_value(1, 0, 2);
	cr_assert_eq(canvas_finish(canvas), 0);
	cr_assert_eq(heard[1], 0);
	cr_assert_eq(canvas_dropped(canvas), 160);
}

Test(canvas, a_long_pause_is_silence_of_its_length)
{
	write_value(0, 0, 1);
	write_value(0, 50 * RATE, 2);
	cr_assert_eq(canvas_finish(canvas), 0);
	cr_assert_eq(n_heard, 50 * RATE + 160);
	cr_assert_eq(heard[0], 1);
	for (size_t i = 160; i < 50 * RATE; i++) {
		cr_assert_eq(heard[2 * i], 0, "sample %zu", i);
	}
	cr_assert_eq(heard[2 * 50 * RATE], 2);
}

Test(canvas, a_failing_sink_stops_it)
{
	fail_after = 1;
	write_value(0, 0, 1);
	write_value(0, 50 * RATE, 2);
	cr_assert_eq(canvas_error(canvas), ENOSPC);
	cr_assert_eq(canvas_finish(canvas), ENOSPC);
	cr_assert_eq(n_heard, 0);
}

static struct peaks peaks;

Test(peaks, a_slice_holds_the_loudest_sample_of_each_channel)
{
	int16_t sound[160 * 2] = {0};
	const uint8_t *bytes;
	sound[2 * 10] = INT16_MIN;
	sound[2 * 100 + 1] = 16384;
	peaks_init(&peaks, RATE);
	peaks_add(&peaks, sound, 160);
	cr_assert_eq(peaks_bytes(&peaks, &bytes), 4);
	cr_assert_eq(bytes[0], 255);
	cr_assert_eq(bytes[1], 0);
	cr_assert_eq(bytes[2], 0);
	cr_assert_eq(bytes[3], 128);
}

Test(peaks, an_open_slice_counts)
{
	int16_t sound[2] = {INT16_MAX, 0};
	const uint8_t *bytes;
	peaks_init(&peaks, RATE);
	cr_assert_eq(peaks_bytes(&peaks, &bytes), 0);
	peaks_add(&peaks, sound, 1);
	cr_assert_eq(peaks_bytes(&peaks, &bytes), 2);
	cr_assert_eq(bytes[0], 255);
}

Test(peaks, a_call_of_an_hour_has_no_more_slices_than_the_limit_and_keeps_its_shape)
{
	static int16_t second[RATE * 2];
	const uint8_t *bytes;
	peaks_init(&peaks, RATE);
	for (unsigned s = 0; s < 3600; s++) {
		int16_t left = s < 1800 ? 1000 : 20000;
		for (size_t i = 0; i < RATE; i++) {
			second[2 * i] = left;
			second[2 * i + 1] = -500;
		}
		peaks_add(&peaks, second, RATE);
	}
	size_t slices = peaks_bytes(&peaks, &bytes) / 2;
	cr_assert_geq(slices, PEAKS_MAX / 2);
	cr_assert_leq(slices, PEAKS_MAX);
	cr_assert_eq(bytes[0], 8);
	cr_assert_eq(bytes[(slices / 2 - 2) * 2], 8);
	cr_assert_eq(bytes[(slices / 2 + 2) * 2], 156);
	cr_assert_eq(bytes[(slices - 1) * 2 + 1], 4);
}
