/* Spool in, sound out: what a listener of the finished file hears. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "services/recorder/render.h"
#include "services/recorder/sound_file.h"
#include "tests/unit/services/recorder/tape.h"

static char dir[64], spool[128], sound[128];
static struct render_result result;
static atomic_bool stop;
static int16_t *pcm;
static SF_INFO info;

static void make(void)
{
	vp_strcopy(dir, sizeof(dir), "/tmp/recorder_test.XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	snprintf(spool, sizeof(spool), "%s/a.spool", dir);
	snprintf(sound, sizeof(sound), "%s/a.out", dir);
	stop = false;
	pcm = NULL;
}

static void drop(void)
{
	unlink(spool);
	unlink(sound);
	rmdir(dir);
	free(pcm);
}

TestSuite(render, .init = make, .fini = drop, .timeout = 100);

static int to_file(const int16_t *interleaved, size_t frames, void *arg)
{
	return sound_file_write(arg, interleaved, frames);
}

/* Renders the spool into a file and reads that again, as a player would. */
static void render(enum sound_format format)
{
	struct spool_look look;
	struct sound_file *file;
	cr_assert_eq(spool_look(spool, &look), 0);
	cr_assert_eq(sound_file_create(&file, sound, format, look.sample_rate), 0);
	struct render_cfg cfg = {.path = spool,
		.sample_rate = look.sample_rate,
		.sink = to_file,
		.arg = file,
		.stop = &stop};
	cr_assert_eq(render_run(&cfg, &result), 0);
	cr_assert_eq(sound_file_finish(file), 0);

	SNDFILE *in = sf_open(sound, SFM_READ, &info);
	cr_assert_not_null(in);
	cr_assert_eq(info.channels, 2);
	pcm = calloc((size_t)info.frames * 2, sizeof(*pcm));
	cr_assert_eq(sf_readf_short(in, pcm, info.frames), info.frames);
	sf_close(in);
}

static double heard(unsigned channel, double hz, unsigned from_ms, unsigned to_ms)
{
	size_t from = (size_t)from_ms * (size_t)info.samplerate / 1000;
	size_t to = (size_t)to_ms * (size_t)info.samplerate / 1000;
	cr_assert_leq(to, info.frames);
	return tape_share(pcm + from * 2 + channel, to - from, 2, hz, info.samplerate);
}

static void expect_sides(unsigned from_ms, unsigned to_ms)
{
	cr_expect_gt(heard(TAPE_LEFT, 440, from_ms, to_ms), 0.95, "the agent left at %u", from_ms);
	cr_expect_lt(
		heard(TAPE_LEFT, 1000, from_ms, to_ms), 0.01, "no customer left at %u", from_ms);
	cr_expect_gt(
		heard(TAPE_RIGHT, 1000, from_ms, to_ms), 0.95, "the customer right at %u", from_ms);
	cr_expect_lt(heard(TAPE_RIGHT, 440, from_ms, to_ms), 0.01, "no agent right at %u", from_ms);
}

static long length_ms(void)
{
	return (long)(info.frames * 1000 / info.samplerate);
}

Test(render, g711_becomes_ogg_with_agent_left_and_customer_right)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_PCMA, 1000, 0, 5000);
	tape_close(tape, true);
	render(SOUND_OGG);
	cr_assert_eq(info.format & SF_FORMAT_SUBMASK, SF_FORMAT_OPUS);
	cr_assert_eq(info.samplerate, 8000);
	cr_assert_eq(length_ms(), 5000);
	expect_sides(200, 4800);
	cr_assert_not(result.cut_off);
	cr_assert_eq(result.packets[0], 250);
}

Test(render, wav_is_exact)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_PCMU, 1000, 0, 2000);
	tape_close(tape, true);
	render(SOUND_WAV);
	cr_assert_eq(info.format & SF_FORMAT_TYPEMASK, SF_FORMAT_WAV);
	cr_assert_eq(info.frames, 16000);
	expect_sides(0, 2000);
}

Test(render, opus_on_one_side_and_g711_on_the_other_are_both_heard_at_16_khz)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	tape_talk(tape, VP_SPOOL_OPUS, 440, VP_SPOOL_PCMU, 1000, 0, 5000);
	tape_close(tape, true);
	render(SOUND_OGG);
	cr_assert_eq(info.samplerate, 16000);
	cr_assert_eq(length_ms(), 5000);
	expect_sides(500, 4500);
}

Test(render, sides_that_speak_in_turn_are_aligned)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	tape_tone(tape, TAPE_LEFT, VP_SPOOL_PCMU, 440, 0, 1000);
	tape_tone(tape, TAPE_RIGHT, VP_SPOOL_PCMU, 1000, 1000, 2000);
	tape_tone(tape, TAPE_LEFT, VP_SPOOL_PCMU, 440, 5000, 6000);
	tape_close(tape, true);
	render(SOUND_WAV);
	cr_assert_eq(length_ms(), 6000);
	cr_expect_gt(heard(TAPE_LEFT, 440, 0, 1000), 0.95);
	cr_expect_eq(heard(TAPE_RIGHT, 1000, 0, 1000), 0);
	cr_expect_gt(heard(TAPE_RIGHT, 1000, 1000, 2000), 0.95);
	cr_expect_eq(heard(TAPE_LEFT, 440, 1000, 2000), 0);
	cr_expect_eq(heard(TAPE_LEFT, 440, 2000, 5000), 0, "the gap is silence");
	cr_expect_gt(heard(TAPE_LEFT, 440, 5000, 6000), 0.95);
}

Test(render, a_call_of_20_minutes_keeps_its_length_and_its_sides_to_the_end)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_PCMU, 1000, 0, 1200000);
	tape_close(tape, true);
	render(SOUND_OGG);
	cr_assert_eq(length_ms(), 1200000);
	expect_sides(1000, 3000);
	expect_sides(600000, 602000);
	expect_sides(1197000, 1199900);
}

Test(render, a_spool_cut_off_in_a_frame_is_played_up_to_its_last_whole_frame)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	struct stat st;
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_PCMU, 1000, 0, 3000);
	tape_close(tape, false);
	cr_assert_eq(stat(spool, &st), 0);
	cr_assert_eq(truncate(spool, st.st_size - 77), 0);
	render(SOUND_OGG);
	cr_assert(result.cut_off);
	cr_assert_not(result.damaged);
	cr_assert_eq(length_ms(), 3000, "the left side is whole");
	cr_assert_eq(result.packets[1], 149);
	expect_sides(200, 2900);
}

Test(render, bytes_that_make_no_sense_end_the_recording_there)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_PCMU, 1000, 0, 3000);
	tape_close(tape, true);
	int fd = open(spool, O_WRONLY);
	off_t half = 64 + 150 * (16 + 160);
	cr_assert_eq(pwrite(fd, "\xff\xff\xff\xff\xff\xff", 6, half), 6);
	close(fd);
	render(SOUND_WAV);
	cr_assert(result.damaged);
	cr_assert_eq(length_ms(), 1500);
	expect_sides(0, 1500);
}

Test(render, undecodable_opus_is_counted_and_the_rest_is_heard)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	uint8_t junk[] = {0xff, 0xff, 0xff, 0xff};
	tape_talk(tape, VP_SPOOL_OPUS, 440, VP_SPOOL_OPUS, 1000, 0, 2000);
	for (unsigned i = 0; i < 5; i++) {
		struct vp_spool_frame frame = {.kind = VP_SPOOL_OPUS,
			.len = sizeof(junk),
			.rtp_ts = 0xffff0000u + (2000 + i * 20) * 48,
			.mono_us = 5000000 + (2000 + (int64_t)i * 20) * 1000,
			.payload = junk};
		tape_raw(tape, &frame);
	}
	tape_talk(tape, VP_SPOOL_OPUS, 440, VP_SPOOL_OPUS, 1000, 2100, 4000);
	tape_close(tape, true);
	render(SOUND_OGG);
	cr_assert_eq(result.undecodable, 5);
	cr_assert_eq(length_ms(), 4000);
	expect_sides(500, 1900);
	expect_sides(2500, 3900);
}

Test(render, a_frame_whose_time_is_absurd_costs_no_hours_of_silence)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	uint8_t payload[160] = {0};
	struct vp_spool_frame absurd = {
		.len = 160, .rtp_ts = 7, .mono_us = INT64_MAX / 2, .payload = payload};
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_PCMU, 1000, 0, 1000);
	tape_raw(tape, &absurd);
	absurd.mono_us = -1;
	tape_raw(tape, &absurd);
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_PCMU, 1000, 1000, 2000);
	tape_close(tape, true);
	render(SOUND_WAV);
	cr_assert_eq(result.out_of_place, 2);
	cr_assert_eq(length_ms(), 2000);
	expect_sides(0, 2000);
}

Test(render, a_pause_of_the_recording_is_silence_of_its_length)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	struct vp_spool_frame mark = {.kind = VP_SPOOL_PAUSE, .mono_us = 6000000};
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_PCMU, 1000, 0, 1000);
	tape_raw(tape, &mark);
	mark.kind = VP_SPOOL_RESUME;
	mark.mono_us = 8000000;
	tape_raw(tape, &mark);
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_PCMU, 1000, 3000, 4000);
	tape_close(tape, true);
	render(SOUND_WAV);
	cr_assert_eq(length_ms(), 4000);
	expect_sides(0, 1000);
	cr_assert_eq(heard(TAPE_LEFT, 440, 1000, 3000), 0);
	expect_sides(3000, 4000);
}

Test(render, no_audio_gives_no_sound)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	struct spool_look look;
	tape_close(tape, true);
	cr_assert_eq(spool_look(spool, &look), 0);
	cr_assert_not(look.has_audio);
	cr_assert(look.ended);
}

Test(render, the_look_tells_call_start_rate_and_end)
{
	struct vp_uuid id = vp_uuid_new();
	struct tape *tape = tape_open(spool, id);
	struct spool_look look;
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_OPUS, 1000, 0, 100);
	tape_close(tape, false);
	cr_assert_eq(spool_look(spool, &look), 0);
	cr_assert(look.has_audio);
	cr_assert_not(look.ended);
	cr_assert(vp_uuid_equal(look.call_id, id));
	cr_assert_eq(look.sample_rate, 16000);
}

Test(render, what_is_no_spool_is_refused)
{
	struct spool_look look;
	FILE *f = fopen(spool, "w");
	fputs("this is not a spool file at all, but it is longer than a header is, isn't it?", f);
	fclose(f);
	cr_assert_eq(spool_look(spool, &look), EBADMSG);
	cr_assert_eq(truncate(spool, 0), 0);
	cr_assert_eq(spool_look(spool, &look), EBADMSG);
	unlink(spool);
	cr_assert_eq(spool_look(spool, &look), ENOENT);
}

static int full_disk(const int16_t *interleaved, size_t frames, void *arg)
{
	(void)interleaved;
	(void)frames;
	(void)arg;
	return ENOSPC;
}

Test(render, a_sink_that_fails_and_a_wish_to_stop_end_the_work_at_once)
{
	struct tape *tape = tape_open(spool, vp_uuid_new());
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_PCMU, 1000, 0, 60000);
	tape_close(tape, true);
	struct render_cfg cfg = {
		.path = spool, .sample_rate = 8000, .sink = full_disk, .stop = &stop};
	cr_assert_eq(render_run(&cfg, &result), ENOSPC);
	stop = true;
	cr_assert_eq(render_run(&cfg, &result), ECANCELED);
}

/* Stands for a full disk: the kernel refuses to let the file grow. */
static void limit_files_to(rlim_t bytes)
{
	struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void expect_refused(enum sound_format format)
{
	struct sound_file *file;
	static int16_t second[2 * 8000];
	int err = 0;
	for (size_t i = 0; i < VP_ARRAY_LEN(second); i++) {
		second[i] = (int16_t)(i * 7919);
	}
	cr_assert_eq(sound_file_create(&file, sound, format, 8000), 0);
	for (unsigned i = 0; i < 60 && !err; i++) {
		err = sound_file_write(file, second, 8000);
	}
	if (err) {
		sound_file_destroy(file);
	} else {
		err = sound_file_finish(file); /* a library that buffers notices at the end */
	}
	cr_assert_eq(err, EFBIG, "error %d", err);
}

Test(render, a_write_that_fails_is_named_and_never_counts_as_complete)
{
	limit_files_to(65536);
	expect_refused(SOUND_WAV);
	unlink(sound);
	expect_refused(SOUND_OGG);
}

Test(render, a_sound_file_never_replaces_another)
{
	struct sound_file *file;
	cr_assert_eq(sound_file_create(&file, sound, SOUND_OGG, 8000), 0);
	sound_file_destroy(file);
	cr_assert_eq(sound_file_create(&file, sound, SOUND_OGG, 8000), EEXIST);
	struct stat st;
	cr_assert_eq(stat(sound, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
}
