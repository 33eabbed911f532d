/* A carrier's file becomes sound as ours is, or is refused; nothing in it can do more. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "services/recorder/render_sound.h"

enum { FRAMES = 24000, TAKEN_MAX = 200000 };

static char path[64];
static int16_t taken[TAKEN_MAX * RENDER_CHANNELS];
static size_t frames;
static atomic_bool stop_now;

static void begin(void)
{
	snprintf(path, sizeof(path), "/tmp/render_sound_test.%d", getpid());
	stop_now = false;
	frames = 0;
}

static void finish(void)
{
	unlink(path);
}

TestSuite(render_sound, .init = begin, .fini = finish);

static int take(const int16_t *interleaved, size_t n, void *arg)
{
	(void)arg;
	cr_assert_leq(frames + n, (size_t)TAKEN_MAX);
	memcpy(&taken[frames * RENDER_CHANNELS], interleaved, n * RENDER_CHANNELS * sizeof(*taken));
	frames += n;
	return 0;
}

/* Each channel has its own constant level: 1000, 2000 ... */
static void write_file(int format, int rate, int channels)
{
	SF_INFO info = {.samplerate = rate, .channels = channels, .format = format};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	cr_assert_not_null(file, "%s", sf_strerror(NULL));
	for (int i = 0; i < FRAMES; i++) {
		int16_t frame[4];
		for (int c = 0; c < channels; c++) {
			frame[c] = (int16_t)(1000 * (c + 1));
		}
		cr_assert_eq(sf_writef_short(file, frame, 1), 1);
	}
	sf_close(file);
}

static int render(bool swap, struct render_result *ret)
{
	struct sound_look look;
	struct render_cfg cfg = {.path = path, .sink = take, .stop = &stop_now, .swap = swap};
	int err = sound_look(path, &look);

	cfg.sample_rate = look.sample_rate;
	return err ? err : render_sound(&cfg, ret);
}

Test(render_sound, sides_stay_or_change)
{
	struct render_result result;

	write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 2);
	cr_assert_eq(render(false, &result), 0);
	cr_assert_eq(result.frames, FRAMES);
	cr_assert_not(result.one_channel);
	cr_assert(taken[5000] == 1000 && taken[5001] == 2000);
	frames = 0;
	cr_assert_eq(render(true, &result), 0);
	cr_assert(taken[5000] == 2000 && taken[5001] == 1000);
}

Test(render_sound, one_channel_is_heard_on_both_sides)
{
	struct render_result result;

	write_file(SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 1);
	cr_assert_eq(render(true, &result), 0);
	cr_assert(result.one_channel);
	cr_assert(taken[5000] == taken[5001] && abs(taken[5000] - 1000) < 40);
}

Test(render_sound, other_rates_become_ours)
{
	struct render_result result;

	write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_24, 44100, 2);
	cr_assert_eq(render(false, &result), 0);
	cr_assert_eq(result.frames, (uint64_t)FRAMES * 16000 / 44100);
	cr_assert(abs(taken[5000] - 1000) <= 1 && abs(taken[5001] - 2000) <= 1);
}

Test(render_sound, what_telephones_do_not_make_is_refused)
{
	struct render_result result;
	static const struct {
		int format, rate, channels;
	} strange[] = {{SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 8000, 2},
		{SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 8000, 2},
		{SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 3},
		{SF_FORMAT_WAV | SF_FORMAT_PCM_16, 7999, 2},
		{SF_FORMAT_WAV | SF_FORMAT_PCM_16, 192000, 2}};

	for (size_t i = 0; i < VP_ARRAY_LEN(strange); i++) {
		write_file(strange[i].format, strange[i].rate, strange[i].channels);
		cr_expect_eq(render(false, &result), EBADMSG, "case %zu", i);
	}
	unlink(path);
	cr_assert_eq(render(false, &result), EBADMSG, "there is no file");
}

Test(render_sound, every_broken_beginning_is_refused_or_read)
{
	struct render_result result;
	uint8_t whole[600];
	FILE *file;

	write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 2);
	file = fopen(path, "r");
	cr_assert_eq(fread(whole, 1, sizeof(whole), file), sizeof(whole));
	fclose(file);
	for (size_t len = 0; len < sizeof(whole); len += 3) {
		for (int flip = 0; flip < 2; flip++) {
			uint8_t bytes[sizeof(whole)];
			memcpy(bytes, whole, sizeof(whole));
			bytes[len] ^= flip ? 0xff : 0;
			file = fopen(path, "w");
			fwrite(bytes, 1, flip ? sizeof(bytes) : len, file);
			fclose(file);
			frames = 0;
			int err = render(false, &result);
			cr_expect(err == 0 || err == EBADMSG, "%zu %d: %d", len, flip, err);
			cr_expect_leq(frames, sizeof(whole));
		}
	}
}

Test(render_sound, it_stops_when_it_is_told)
{
	struct render_result result;

	write_file(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 2);
	stop_now = true;
	cr_assert_eq(render(false, &result), ECANCELED);
}
