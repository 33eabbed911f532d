/* Where frames are placed, for every way in which packets misbehave. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/recorder/domain/timeline.h"

enum { RATE = 8000, FRAME = 160, FRAME_US = 20000, PLACED_MAX = 80000 };

static struct timeline *line;
static struct {
	int64_t pos;
	uint16_t mark;
} placed[PLACED_MAX];
static size_t n_placed;

static size_t on_placed(const struct timeline_frame *frame, int64_t pos, void *arg)
{
	(void)arg;
	cr_assert_lt(n_placed, PLACED_MAX);
	placed[n_placed].pos = pos;
	memcpy(&placed[n_placed].mark, frame->payload, sizeof(placed[0].mark));
	n_placed++;
	return FRAME;
}

static void make(void)
{
	n_placed = 0;
	cr_assert_eq(timeline_create(&line, RATE, on_placed, NULL), 0);
}

static void drop(void)
{
	timeline_destroy(line);
}

TestSuite(timeline, .init = make, .fini = drop);

static void put(uint16_t mark, uint32_t ts, int64_t at_us)
{
	uint8_t payload[FRAME] = {0};
	memcpy(payload, &mark, sizeof(mark));
	struct timeline_frame frame = {
		.clock = 8000, .rtp_ts = ts, .at_us = at_us, .len = FRAME, .payload = payload};
	timeline_put(line, &frame);
	timeline_advance(line, at_us);
}

static uint32_t ts_of(unsigned i)
{
	return 0xfffff000u + i * FRAME; /* wraps around in the first second */
}

static void put_in_time(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		put((uint16_t)i, ts_of(i), (int64_t)i * FRAME_US);
	}
}

static void expect_each_once(size_t count)
{
	cr_assert_eq(n_placed, count, "%zu placed", n_placed);
	for (size_t i = 0; i < count; i++) {
		cr_assert_eq(placed[i].mark, i, "frame %zu came as %u", i, placed[i].mark);
	}
}

Test(timeline, frames_in_time_follow_each_other_across_the_wrap_of_the_timestamp)
{
	put_in_time(0, 100);
	timeline_flush(line);
	expect_each_once(100);
	for (size_t i = 0; i < n_placed; i++) {
		cr_assert_eq(placed[i].pos, (int64_t)i * FRAME);
	}
}

Test(timeline, jitter_moves_nothing)
{
	srand(1);
	for (unsigned i = 0; i < 1000; i++) {
		put((uint16_t)i, ts_of(i), (int64_t)i * FRAME_US + (i ? rand() % 60000 : 0));
	}
	timeline_flush(line);
	for (size_t i = 0; i < n_placed; i++) {
		cr_assert_eq(
			placed[i].pos, (int64_t)i * FRAME, "frame %zu at %ld", i, placed[i].pos);
	}
	cr_assert_eq(timeline_counts(line).shifts, 0);
}

Test(timeline, reordered_frames_leave_in_order)
{
	static const unsigned order[] = {0, 2, 1, 5, 4, 3, 6, 8, 7, 9};
	for (unsigned i = 0; i < VP_ARRAY_LEN(order); i++) {
		put((uint16_t)order[i], ts_of(order[i]), (int64_t)i * FRAME_US);
	}
	timeline_flush(line);
	expect_each_once(VP_ARRAY_LEN(order));
}

Test(timeline, a_frame_that_comes_twice_is_placed_once)
{
	for (unsigned i = 0; i < 50; i++) {
		put((uint16_t)i, ts_of(i), (int64_t)i * FRAME_US);
		put((uint16_t)i, ts_of(i), (int64_t)i * FRAME_US + 100);
	}
	put(3, ts_of(3), 50 * FRAME_US); /* long placed already */
	timeline_flush(line);
	expect_each_once(50);
	cr_assert_eq(timeline_counts(line).duplicate, 50);
	cr_assert_eq(timeline_counts(line).late, 1);
}

Test(timeline, a_lost_frame_leaves_its_gap)
{
	put_in_time(0, 10);
	put_in_time(12, 40);
	timeline_flush(line);
	cr_assert_eq(n_placed, 38);
	cr_assert_eq(placed[10].pos, 12 * FRAME);
}

Test(timeline, after_a_pause_with_stopped_timestamps_sound_goes_on_where_it_arrived)
{
	put_in_time(0, 50);
	for (unsigned i = 50; i < 150; i++) { /* nothing for 3 s, then the next timestamp */
		put((uint16_t)i, ts_of(i), (int64_t)i * FRAME_US + 3000000);
	}
	timeline_flush(line);
	expect_each_once(150);
	cr_assert_eq(placed[49].pos, 49 * FRAME);
	cr_assert_eq(placed[50].pos, 50 * FRAME + 3 * RATE);
	cr_assert_eq(placed[149].pos, 149 * FRAME + 3 * RATE);
	cr_assert_eq(timeline_counts(line).jumps, 1);
}

Test(timeline, a_burst_after_a_stall_is_placed_where_it_was_spoken)
{
	put_in_time(0, 50);
	for (unsigned i = 50; i < 150; i++) { /* two seconds of packets arrive within 50 ms */
		put((uint16_t)i, ts_of(i), 150 * FRAME_US + (int64_t)(i - 50) * 500);
	}
	put_in_time(153, 200);
	timeline_flush(line);
	cr_assert_eq(n_placed, 197);
	for (size_t i = 0; i < n_placed; i++) {
		cr_assert_eq(placed[i].pos, (int64_t)placed[i].mark * FRAME, "frame %u at %ld",
			placed[i].mark, placed[i].pos);
	}
	cr_assert_eq(timeline_counts(line).jumps, 0);
}

Test(timeline, timestamps_that_begin_anew_are_tied_to_the_arrival)
{
	put_in_time(0, 50);
	for (unsigned i = 50; i < 100; i++) {
		put((uint16_t)i, 77 + i * FRAME + 0x40000000, (int64_t)i * FRAME_US);
	}
	timeline_flush(line);
	expect_each_once(100);
	cr_assert_eq(placed[50].pos, 50 * FRAME);
	cr_assert_eq(placed[99].pos, 99 * FRAME);
}

Test(timeline, a_small_leap_of_the_timestamp_without_time_passing_does_not_move_sound)
{
	put_in_time(0, 50);
	for (unsigned i = 50; i < 100; i++) {
		put((uint16_t)i, ts_of(i) + 2 * RATE, (int64_t)i * FRAME_US);
	}
	timeline_flush(line);
	expect_each_once(100);
	cr_assert_eq(placed[50].pos, 50 * FRAME);
}

Test(timeline, a_first_packet_that_came_late_is_put_right_within_seconds)
{
	put(0, ts_of(0), 200000);
	for (unsigned i = 1; i < 1000; i++) {
		put((uint16_t)i, ts_of(i), (int64_t)i * FRAME_US);
	}
	timeline_flush(line);
	expect_each_once(1000);
	cr_assert_eq(placed[100].pos, 100 * FRAME + RATE / 5);
	cr_assert_eq(placed[999].pos, 999 * FRAME);
}

static void expect_drift_taken_out(int ppm)
{
	const unsigned count = 60000; /* 20 minutes */
	for (unsigned i = 0; i < count; i++) {
		int64_t at = (int64_t)i * FRAME_US;
		put((uint16_t)i, ts_of(i), at + at * ppm / 1000000 + (i % 7) * 3000);
	}
	timeline_flush(line);
	cr_assert_eq(n_placed, count);
	for (unsigned i = 0; i < count; i++) {
		int64_t at = (int64_t)i * FRAME_US;
		int64_t due = (at + at * ppm / 1000000) * RATE / 1000000;
		int64_t off = llabs(placed[i].pos - due);
		cr_assert_lt(off, RATE * 60 / 1000, "frame %u is %ld samples off", i, off);
	}
	cr_assert_gt(timeline_counts(line).shifts, 0);
}

Test(timeline, a_slow_clock_stays_within_60_ms_for_20_minutes)
{
	expect_drift_taken_out(300);
}

Test(timeline, a_fast_clock_stays_within_60_ms_for_20_minutes)
{
	expect_drift_taken_out(-300);
}

Test(timeline, sparse_frames_of_silence_suppression_keep_their_time)
{
	for (unsigned i = 0; i < 20; i++) {
		put((uint16_t)i, ts_of(i * 20), (int64_t)i * 20 * FRAME_US);
	}
	cr_assert_geq(n_placed, 16, "a frame waits a second at most");
	timeline_flush(line);
	expect_each_once(20);
	for (size_t i = 0; i < n_placed; i++) {
		cr_assert_eq(placed[i].pos, (int64_t)i * 20 * FRAME);
	}
}

Test(timeline, a_change_of_codec_and_clock_begins_anew_at_the_arrival)
{
	uint8_t payload[4] = {0};
	put_in_time(0, 50);
	for (unsigned i = 50; i < 60; i++) {
		struct timeline_frame frame = {.kind = 2,
			.clock = 48000,
			.rtp_ts = i * 960,
			.at_us = (int64_t)i * FRAME_US,
			.len = sizeof(payload),
			.payload = payload};
		timeline_put(line, &frame);
	}
	timeline_flush(line);
	cr_assert_eq(n_placed, 60);
	cr_assert_eq(placed[59].pos, 59 * FRAME);
}
