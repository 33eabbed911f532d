#include <criterion/criterion.h>
#include <math.h>
#include <opus/opus.h>
#include <stdint.h>
#include <rem/rem_g711.h>
#include <stdlib.h>
#include "tests/unit/services/recorder/tape.h"

enum { PTIME_MS = 20, OPUS_RATE = 48000, NARROW_RATE = 8000, AMPLITUDE = 10000 };

struct tape {
	struct vp_spool_writer *writer;
	OpusEncoder *opus[2];
};

struct tape *tape_open(const char *path, struct vp_uuid call_id)
{
	struct tape *tape = calloc(1, sizeof(*tape));
	cr_assert_eq(vp_spool_create(&tape->writer, path, call_id), 0);
	return tape;
}

static double tone_at(unsigned hz, double seconds)
{
	return AMPLITUDE * sin(2 * M_PI * hz * seconds);
}

static size_t encode_g711(enum vp_spool_kind kind, unsigned hz, unsigned at_ms, uint8_t *payload)
{
	size_t n = NARROW_RATE * PTIME_MS / 1000;
	for (size_t i = 0; i < n; i++) {
		int16_t s = (int16_t)tone_at(hz, at_ms / 1000.0 + (double)i / NARROW_RATE);
		payload[i] = kind == VP_SPOOL_PCMA ? g711_pcm2alaw(s) : g711_pcm2ulaw(s);
	}
	return n;
}

static size_t encode_opus(
	struct tape *tape, unsigned channel, unsigned hz, unsigned at_ms, uint8_t *payload)
{
	int16_t pcm[OPUS_RATE * PTIME_MS / 1000];
	int n = OPUS_RATE * PTIME_MS / 1000, err;
	if (!tape->opus[channel]) {
		tape->opus[channel] =
			opus_encoder_create(OPUS_RATE, 1, OPUS_APPLICATION_VOIP, &err);
	}
	for (int i = 0; i < n; i++) {
		pcm[i] = (int16_t)tone_at(hz, at_ms / 1000.0 + (double)i / OPUS_RATE);
	}
	int len = opus_encode(tape->opus[channel], pcm, n, payload, VP_SPOOL_MAX_PAYLOAD);
	cr_assert_gt(len, 0);
	return (size_t)len;
}

static void put(
	struct tape *tape, unsigned channel, enum vp_spool_kind kind, unsigned hz, unsigned at_ms)
{
	uint8_t payload[VP_SPOOL_MAX_PAYLOAD];
	bool wide = kind == VP_SPOOL_OPUS;
	size_t len = wide ? encode_opus(tape, channel, hz, at_ms, payload)
			  : encode_g711(kind, hz, at_ms, payload);
	struct vp_spool_frame frame = {.kind = kind,
		.channel = (uint8_t)channel,
		.len = (uint16_t)len,
		.rtp_ts = 0xffff0000u + at_ms * (wide ? 48 : 8),
		.mono_us = 5000000 + (int64_t)at_ms * 1000,
		.payload = payload};
	tape_raw(tape, &frame);
}

void tape_raw(struct tape *tape, const struct vp_spool_frame *frame)
{
	cr_assert_eq(vp_spool_put(tape->writer, frame), 0);
}

void tape_tone(struct tape *tape, unsigned channel, enum vp_spool_kind kind, unsigned hz,
	unsigned from_ms, unsigned to_ms)
{
	for (unsigned ms = from_ms; ms < to_ms; ms += PTIME_MS) {
		put(tape, channel, kind, hz, ms);
	}
}

void tape_talk(struct tape *tape, enum vp_spool_kind left, unsigned left_hz,
	enum vp_spool_kind right, unsigned right_hz, unsigned from_ms, unsigned to_ms)
{
	for (unsigned ms = from_ms; ms < to_ms; ms += PTIME_MS) {
		put(tape, TAPE_LEFT, left, left_hz, ms);
		put(tape, TAPE_RIGHT, right, right_hz, ms);
	}
}

void tape_close(struct tape *tape, bool whole)
{
	if (whole) {
		cr_assert_eq(vp_spool_finish(tape->writer), 0);
	} else {
		vp_spool_destroy(tape->writer);
	}
	for (unsigned c = 0; c < 2; c++) {
		if (tape->opus[c]) {
			opus_encoder_destroy(tape->opus[c]);
		}
	}
	free(tape);
}

double tape_share(const int16_t *samples, size_t n, size_t stride, double hz, double rate)
{
	double c = 2 * cos(2 * M_PI * hz / rate), s1 = 0, s2 = 0, power = 0;
	for (size_t i = 0; i < n; i++) {
		double x = samples[i * stride], s = x + c * s1 - s2;
		s2 = s1;
		s1 = s;
		power += x * x;
	}
	return power / (double)n < 1000
		       ? 0
		       : 2 * (s1 * s1 + s2 * s2 - c * s1 * s2) / ((double)n * power);
}
