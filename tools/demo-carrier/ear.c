#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <rem/rem_goertzel.h>
#include "libcommon/base/base.h"
#include "tools/demo-carrier/ear.h"

enum {
	RATE = 8000,
	RING = RATE,          /* the longest stretch that waits for reordered packets */
	HOLD_BACK = RATE / 5, /* written that long after the newest sample */
	JUMP = 10 * RATE,     /* a larger step of the RTP timestamp is a new stream, not a gap */
	WINDOW = RATE / 20,   /* 50 ms: bins of 20 Hz */
	BANK_STEP_HZ = 20,
	BANK_FIRST_HZ = 200,
	BANK_SIZE = 170,
	TONE_MIN_MS = 100,
};
static const double SILENCE_DBFS = -90, TONE_MIN_DBFS = -50, DOMINANT_SHARE = 0.5;

struct tone {
	uint32_t windows;
	double power; /* sum over the windows */
};

struct ear {
	SNDFILE *wav;
	int16_t ring[RING]; /* position p of the stream is at p % RING, zero where nothing came */
	int64_t flushed, head; /* written up to here; newest sample + 1 */
	int64_t last_pos;
	uint32_t last_ts;
	bool started;
	uint64_t late;

	double hann[WINDOW];
	struct goertzel bank[BANK_SIZE];
	int16_t window[WINDOW];
	size_t filled;
	struct tone tones[BANK_SIZE];
	double energy; /* sum of squares of all that was flushed */
	uint32_t now_hz;
	double now_power;
};

static double dbfs(double power)
{
	double full = (double)INT16_MAX * INT16_MAX;

	return power <= full * 1e-9 ? SILENCE_DBFS : 10 * log10(power / full);
}

int ear_create(struct ear **ret, const char *wav_path)
{
	struct ear *ear = calloc(1, sizeof(*ear));
	SF_INFO info = {
		.samplerate = RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};

	if (!ear) {
		return ENOMEM;
	}
	ear->wav = sf_open(wav_path, SFM_WRITE, &info);
	if (!ear->wav) {
		ear_destroy(ear);
		return EIO;
	}
	/* so that the file can be read while the call goes on */
	sf_command(ear->wav, SFC_SET_UPDATE_HEADER_AUTO, NULL, SF_TRUE);
	for (size_t i = 0; i < WINDOW; i++) {
		ear->hann[i] = 0.5 - 0.5 * cos(2 * M_PI * (double)i / WINDOW);
	}
	for (unsigned i = 0; i < BANK_SIZE; i++) {
		goertzel_init(&ear->bank[i], BANK_FIRST_HZ + i * BANK_STEP_HZ, RATE);
	}
	*ret = ear;
	return 0;
}

struct ear *ear_destroy(struct ear *ear)
{
	if (ear) {
		ear_flush(ear);
		if (ear->wav) {
			sf_close(ear->wav);
		}
		free(ear);
	}
	return NULL;
}

/* The strongest sine of the window and its power. A sine of amplitude A gives |X| = A * N / 4 with
 * a Hann window. */
static double strongest(struct ear *ear, size_t *ret_bin)
{
	double best = 0;

	for (size_t b = 0; b < BANK_SIZE; b++) {
		struct goertzel *g = &ear->bank[b];
		goertzel_reset(g);
		for (size_t i = 0; i < WINDOW; i++) {
			goertzel_update(g, ear->window[i]);
		}
		double magnitude2 = goertzel_result(g);
		if (magnitude2 > best) {
			best = magnitude2;
			*ret_bin = b;
		}
	}
	return best * 16 / ((double)WINDOW * WINDOW) / 2;
}

static void analyse(struct ear *ear)
{
	double power = 0;
	size_t bin = 0;

	for (size_t i = 0; i < WINDOW; i++) {
		power += (double)ear->window[i] * ear->window[i];
		ear->window[i] = (int16_t)lrint(ear->window[i] * ear->hann[i]);
	}
	ear->energy += power;
	power /= WINDOW;
	ear->now_power = power;
	ear->now_hz = 0;
	if (dbfs(power) < TONE_MIN_DBFS) {
		return;
	}

	double tone = strongest(ear, &bin);
	if (tone > power * DOMINANT_SHARE) {
		ear->tones[bin].windows++;
		ear->tones[bin].power += tone;
		ear->now_hz = (uint32_t)(BANK_FIRST_HZ + bin * BANK_STEP_HZ);
	}
}

static void flush_to(struct ear *ear, int64_t end)
{
	while (ear->flushed < end) {
		size_t at = (size_t)(ear->flushed % RING);
		int64_t left = end - ear->flushed;
		size_t n = left < (int64_t)(RING - at) ? (size_t)left : RING - at;
		n = n < WINDOW - ear->filled ? n : WINDOW - ear->filled;

		sf_write_short(ear->wav, &ear->ring[at], (sf_count_t)n);
		memcpy(&ear->window[ear->filled], &ear->ring[at], n * sizeof(int16_t));
		memset(&ear->ring[at], 0, n * sizeof(int16_t));
		ear->flushed += (int64_t)n;
		ear->filled += n;
		if (ear->filled == WINDOW) {
			analyse(ear);
			ear->filled = 0;
		}
	}
}

void ear_put(struct ear *ear, uint32_t rtp_ts, const int16_t *samples, size_t count)
{
	int32_t step = (int32_t)(rtp_ts - ear->last_ts);
	int64_t pos = ear->last_pos + step;

	if (count == 0 || count > RING / 2) {
		return;
	}
	if (!ear->started || step > JUMP || step < -JUMP) {
		pos = ear->head;
		ear->started = true;
	}
	if (pos < ear->flushed) {
		ear->late++;
		return;
	}
	ear->last_ts = rtp_ts;
	ear->last_pos = pos;

	int64_t end = pos + (int64_t)count;
	flush_to(ear, end - RING);
	for (size_t i = 0; i < count; i++) {
		ear->ring[(pos + (int64_t)i) % RING] = samples[i];
	}
	ear->head = end > ear->head ? end : ear->head;
	flush_to(ear, ear->head - HOLD_BACK);
}

void ear_flush(struct ear *ear)
{
	if (ear->wav) {
		flush_to(ear, ear->head);
		sf_write_sync(ear->wav);
	}
}

static json_t *tone_json(const struct ear *ear, size_t bin)
{
	const struct tone *tone = &ear->tones[bin];

	return json_pack("{s:i, s:i, s:f}", "hz", (int)(BANK_FIRST_HZ + bin * BANK_STEP_HZ), "ms",
		(int)(tone->windows * WINDOW * 1000 / RATE), "dbfs",
		round(dbfs(tone->power / tone->windows) * 10) / 10);
}

/* Longest first, by repeated choice of the next longest: the list is short. */
static json_t *tones_json(const struct ear *ear)
{
	json_t *list = json_array();
	bool listed[BANK_SIZE] = {false};

	for (;;) {
		size_t best = BANK_SIZE;
		for (size_t b = 0; b < BANK_SIZE; b++) {
			bool long_enough =
				ear->tones[b].windows * WINDOW * 1000 / RATE >= TONE_MIN_MS;
			if (!listed[b] && long_enough &&
				(best == BANK_SIZE ||
					ear->tones[b].windows > ear->tones[best].windows)) {
				best = b;
			}
		}
		if (best == BANK_SIZE) {
			return list;
		}
		listed[best] = true;
		json_array_append_new(list, tone_json(ear, best));
	}
}

json_t *ear_report(const struct ear *ear)
{
	double power = ear->flushed ? ear->energy / (double)ear->flushed : 0;

	return json_pack("{s:I, s:f, s:I, s:o, s:{s:i, s:f}}", "ms",
		(json_int_t)(ear->head * 1000 / RATE), "dbfs", round(dbfs(power) * 10) / 10, "late",
		(json_int_t)ear->late, "tones", tones_json(ear), "now", "hz", (int)ear->now_hz,
		"dbfs", round(dbfs(ear->now_power) * 10) / 10);
}
