/* The real service, a real database, real files: every ended call becomes exactly one recording. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tests/integration/recorder/world.h"
#include "tests/unit/services/recorder/tape.h"

static struct world world;

static void make(void)
{
	world_begin(&world);
}

static void drop(void)
{
	world_end(&world);
}

TestSuite(recorder, .init = make, .fini = drop, .timeout = 240);

static void tape_call(struct vp_uuid call, unsigned ms, bool whole)
{
	struct tape *tape = tape_open(world_spool(&world, call), call);
	tape_talk(tape, VP_SPOOL_PCMU, 440, VP_SPOOL_PCMA, 1000, 0, ms);
	tape_close(tape, whole);
}

static void until_state(struct vp_uuid call, const char *state)
{
	char id[VP_UUID_TEXT_SIZE];
	vp_uuid_text(call, id);
	world_until(&world, state, "select state from recordings where call_id = '%s'", id);
}

static long number(const char *sql)
{
	return atol(world_sql(&world, "%s", sql));
}

static const char *object_path(struct vp_uuid call)
{
	static char path[256];
	char id[VP_UUID_TEXT_SIZE];
	vp_uuid_text(call, id);
	snprintf(path, sizeof(path), "%s/%s", world.recording_dir,
		world_sql(&world, "select object_key from recordings where call_id = '%s'", id));
	return path;
}

static unsigned files_under(const char *dir)
{
	unsigned n = 0;
	DIR *d = opendir(dir);
	struct dirent *e;
	while (d && (e = readdir(d)) != NULL) {
		char path[512];
		struct stat st;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
			stat(path, &st) != 0) {
			continue;
		}
		n += S_ISDIR(st.st_mode) ? files_under(path) : 1;
	}
	if (d) {
		closedir(d);
	}
	return n;
}

/* The file is the recording that the row describes. */
static void expect_recording(struct vp_uuid call, long ms)
{
	char id[VP_UUID_TEXT_SIZE];
	const char *path = object_path(call);
	SF_INFO info = {0};
	struct stat st;
	vp_uuid_text(call, id);
	cr_assert_eq(stat(path, &st), 0, "%s", path);
	cr_assert_eq(st.st_mode & 0777, 0600);
	cr_assert_eq(st.st_size, number("select bytes from recordings"));
	cr_assert_eq(number("select duration_ms from recordings"), ms);
	cr_assert_gt(number("select length(peaks) from recordings"), 0);
	char *command = vp_strf("sha256sum %s", path);
	FILE *sum = popen(command, "r");
	char hex[65] = "";
	cr_assert_eq(fread(hex, 1, 64, sum), 64);
	pclose(sum);
	free(command);
	cr_assert_str_eq(world_sql(&world, "select encode(sha256, 'hex') from recordings"), hex);

	SNDFILE *sound = sf_open(path, SFM_READ, &info);
	cr_assert_not_null(sound);
	int16_t *pcm = calloc((size_t)info.frames, 4);
	sf_readf_short(sound, pcm, info.frames);
	sf_close(sound);
	size_t from = (size_t)info.samplerate / 2, n = (size_t)info.frames - 2 * from;
	cr_assert_gt(
		tape_share(pcm + 2 * from, n, 2, 440, info.samplerate), 0.95, "440 Hz on the left");
	cr_assert_gt(tape_share(pcm + 2 * from + 1, n, 2, 1000, info.samplerate), 0.95,
		"1000 Hz on the right");
	free(pcm);
}

static void expect_one_recording(struct vp_uuid call, long ms)
{
	world_until_gone(world_spool(&world, call));
	cr_assert_eq(number("select count(*) from recordings"), 1);
	cr_assert_str_eq(world_sql(&world, "select state from recordings"), "stored");
	cr_assert_eq(number("select count(*) from event_log where type = 'recording.stored'"), 1);
	cr_assert_eq(files_under(world.recording_dir), 1);
	expect_recording(call, ms);
}

Test(recorder, a_call_that_ended_becomes_one_recording_and_its_spool_goes)
{
	struct vp_uuid call = world_call(&world, true, true);
	tape_call(call, 5000, true);
	world_start(&world, NULL);
	until_state(call, "stored");
	expect_one_recording(call, 5000);
	cr_assert_eq(number("select count(*) from recordings where user_id is not null and disk = "
			    "'local' and "
			    "format = 'ogg' and channels = 2 and stored_at is not null and error = "
			    "'' and "
			    "spool_path = ''"),
		1);
	cr_assert_eq(world_stop(&world, SIGTERM), 0);
}

Test(recorder, wav_when_it_is_asked_for)
{
	struct vp_uuid call = world_call(&world, true, true);
	tape_call(call, 2000, true);
	world_start(&world, "VOIP_RECORDING_FORMAT=wav");
	until_state(call, "stored");
	expect_one_recording(call, 2000);
	cr_assert_str_eq(strrchr(object_path(call), '.'), ".wav");
}

Test(recorder, a_live_call_is_left_alone_until_it_ends)
{
	struct vp_uuid live = world_call(&world, true, false),
		       ended = world_call(&world, true, true);
	tape_call(live, 1000, true);
	tape_call(ended, 1000, true);
	world_start(&world, NULL);
	until_state(ended, "stored");
	cr_assert(world_exists(world_spool(&world, live)));
	cr_assert_eq(number("select count(*) from recordings"), 1);
	world_end_call(&world, live);
	until_state(live, "stored");
	world_until_gone(world_spool(&world, live));
}

Test(recorder, a_spool_without_end_frame_waits_until_it_is_quiet_and_is_then_kept_whole)
{
	struct vp_uuid growing = world_call(&world, true, true),
		       quiet = world_call(&world, true, true);
	struct timespec old[2] = {{.tv_sec = time(NULL) - 61}, {.tv_sec = time(NULL) - 61}};
	tape_call(growing, 1000, false);
	tape_call(quiet, 3000, false);
	cr_assert_eq(utimensat(AT_FDCWD, world_spool(&world, quiet), old, 0), 0);
	world_start(&world, NULL);
	until_state(quiet, "stored");
	cr_assert(world_exists(world_spool(&world, growing)), "it may still grow");
	world_sql(&world, "delete from calls where id <> (select call_id from recordings)");
	cr_assert_eq(unlink(world_spool(&world, growing)), 0);
	expect_one_recording(quiet, 3000);
}

Test(recorder, no_audio_or_no_answer_is_no_recording)
{
	struct vp_uuid silent = world_call(&world, true, true),
		       unanswered = world_call(&world, false, true);
	tape_call(silent, 0, true);
	tape_call(unanswered, 1000, true);
	world_start(&world, NULL);
	world_until_gone(world_spool(&world, silent));
	world_until_gone(world_spool(&world, unanswered));
	cr_assert_eq(number("select count(*) from recordings"), 0);
	cr_assert_eq(files_under(world.recording_dir), 0);
}

Test(recorder, switched_off_it_touches_nothing)
{
	struct vp_uuid call = world_call(&world, true, true);
	tape_call(call, 1000, true);
	world_start(&world, "VOIP_RECORDING_ENABLED=false");
	int64_t until = vp_mono_us() + WORLD_WAIT_MS * 1000LL;
	while (!world_logged(&world, "\"spool_files_left_untouched\":1")) {
		cr_assert_lt(vp_mono_us(), until, "it does not say what it leaves alone");
		usleep(20000);
	}
	/* its loop runs: it stops in order after several ticks */
	usleep(600000);
	cr_assert_eq(world_stop(&world, SIGTERM), 0);
	cr_assert(world_exists(world_spool(&world, call)));
	cr_assert_eq(number("select count(*) from recordings"), 0);
}

Test(recorder, s3_is_refused_with_a_sentence)
{
	world_start(&world, "VOIP_RECORDING_STORAGE=s3");
	int status;
	cr_assert_eq(waitpid(world.recorder, &status, 0), world.recorder);
	world.recorder = 0;
	cr_assert_eq(WEXITSTATUS(status), EX_CONFIG);
	cr_assert_eq(world_logged(&world, "set it to local"), 1);
}

Test(recorder, what_is_no_spool_is_set_aside_and_named)
{
	struct vp_uuid call = world_call(&world, true, true);
	char bad[256], kept[256 + 4];
	struct timespec old[2] = {{.tv_sec = time(NULL) - 61}, {.tv_sec = time(NULL) - 61}};
	snprintf(bad, sizeof(bad), "%s", world_spool(&world, call));
	FILE *f = fopen(bad, "w");
	fputs("nonsense", f);
	fclose(f);
	cr_assert_eq(utimensat(AT_FDCWD, bad, old, 0), 0);
	world_start(&world, NULL);
	world_until_gone(bad);
	snprintf(kept, sizeof(kept), "%s.bad", bad);
	cr_assert(world_exists(kept), "its bytes are kept");
	cr_assert_eq(world_logged(&world, "spool.set_aside"), 1);
}

Test(recorder, a_spool_of_an_unknown_call_is_kept)
{
	struct vp_uuid stranger = vp_uuid_new(), known = world_call(&world, true, true);
	tape_call(stranger, 1000, true);
	tape_call(known, 1000, true);
	world_start(&world, NULL);
	until_state(known, "stored");
	int64_t until = vp_mono_us() + WORLD_WAIT_MS * 1000LL;
	while (!world_logged(&world, "spool.orphan")) {
		cr_assert_lt(vp_mono_us(), until);
		usleep(20000);
	}
	cr_assert(world_exists(world_spool(&world, stranger)));
}

Test(recorder, an_unwritable_folder_fails_the_row_with_its_reason_and_does_not_spin)
{
	struct vp_uuid call = world_call(&world, true, true);
	char blocked[256];
	tape_call(call, 2000, true);
	/* a file where the folder of the year would be */
	cr_assert_eq(mkdir(world.recording_dir, 0700), 0);
	time_t now = time(NULL);
	snprintf(blocked, sizeof(blocked), "%s/%d", world.recording_dir,
		gmtime(&now)->tm_year + 1900);
	fclose(fopen(blocked, "w"));
	world_start(&world, NULL);
	until_state(call, "failed");
	cr_assert_str_eq(world_sql(&world, "select error from recordings"),
		"the sound file could not be written");
	cr_assert(world_exists(world_spool(&world, call)), "nothing is lost");
	usleep(1500000);
	cr_assert_eq(world_logged(&world, "recording.failed"), 1, "it waits before it tries again");
	cr_assert_eq(world_stop(&world, SIGTERM), 0);
	cr_assert_eq(unlink(blocked), 0);
	world_start(&world, NULL);
	until_state(call, "stored");
	expect_one_recording(call, 2000);
}

static bool encoding_has_begun(void)
{
	char parts[128];
	snprintf(parts, sizeof(parts), "%s/.part", world.recording_dir);
	return files_under(parts) > 0;
}

Test(recorder, killed_while_encoding_it_makes_exactly_one_recording_after_the_restart)
{
	struct vp_uuid call = world_call(&world, true, true);
	tape_call(call, 600000, true);
	for (unsigned kill_number = 0; kill_number < 3; kill_number++) {
		world_start(&world, NULL);
		int64_t until = vp_mono_us() + WORLD_WAIT_MS * 1000LL;
		while (!encoding_has_begun()) {
			cr_assert_lt(vp_mono_us(), until, "encoding does not begin");
			usleep(1000);
		}
		usleep(kill_number * 100000);
		cr_assert_eq(world_stop(&world, SIGKILL), -SIGKILL);
		cr_assert(world_exists(world_spool(&world, call)), "the spool is deleted last");
		cr_assert_eq(number("select count(*) from recordings where state = 'stored'"), 0);
	}
	world_start(&world, NULL);
	until_state(call, "stored");
	expect_one_recording(call, 600000);
}

static void kill_in_the_work(unsigned beginnings)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", beginnings);
	world_start(&world, NULL);
	world_until(&world, text, "select unfinished from recordings");
	cr_assert_eq(world_stop(&world, SIGKILL), -SIGKILL);
}

Test(recorder, a_spool_that_takes_the_process_with_it_each_time_is_left_alone)
{
	enum { MOST = 5 };
	struct vp_uuid call = world_call(&world, true, true), other;
	char spool[256], aside[300];
	snprintf(spool, sizeof(spool), "%s", world_spool(&world, call));
	snprintf(aside, sizeof(aside), "%s.bad", spool);
	tape_call(call, 1800000, true);
	kill_in_the_work(1);
	kill_in_the_work(2);
	/* the times between are left out, they are long */
	world_sql(&world, "update recordings set unfinished = %d", MOST - 1);
	kill_in_the_work(MOST);
	other = world_call(&world, true, true);
	tape_call(other, 2000, true);
	world_start(&world, NULL);
	until_state(call, "failed");
	cr_assert_not_null(
		strstr(world_sql(&world, "select error from recordings where state = 'failed'"),
			"The process ended each of 5 times"));
	world_until_gone(spool);
	cr_assert(world_exists(aside), "a human may look at it");
	until_state(other, "stored");
	world_until_gone(world_spool(&world, other));
	cr_assert_eq(number("select unfinished from recordings where state = 'stored'"), 0);
}

Test(recorder, killed_between_commit_and_deletion_it_only_deletes)
{
	struct vp_uuid call = world_call(&world, true, true);
	char spool[256], kept[300];
	snprintf(spool, sizeof(spool), "%s", world_spool(&world, call));
	snprintf(kept, sizeof(kept), "%s.kept", spool);
	tape_call(call, 2000, true);
	cr_assert_eq(link(spool, kept), 0);
	world_start(&world, NULL);
	until_state(call, "stored");
	world_until_gone(spool);
	cr_assert_eq(world_stop(&world, SIGKILL), -SIGKILL);
	char stored_at[64];
	vp_strcopy(stored_at, sizeof(stored_at),
		world_sql(&world, "select stored_at from recordings"));
	cr_assert_eq(rename(kept, spool), 0); /* as if the deletion had not happened */
	world_start(&world, NULL);
	expect_one_recording(call, 2000);
	cr_assert_str_eq(world_sql(&world, "select stored_at from recordings"), stored_at);
}

Test(recorder, a_deleted_recording_does_not_come_back)
{
	struct vp_uuid call = world_call(&world, true, true);
	char spool[256], kept[300];
	snprintf(spool, sizeof(spool), "%s", world_spool(&world, call));
	snprintf(kept, sizeof(kept), "%s.kept", spool);
	tape_call(call, 1000, true);
	cr_assert_eq(link(spool, kept), 0);
	world_start(&world, NULL);
	until_state(call, "stored");
	world_until_gone(spool);
	world_sql(&world, "update recordings set state = 'deleted'");
	cr_assert_eq(rename(kept, spool), 0);
	world_until_gone(spool);
	cr_assert_str_eq(world_sql(&world, "select state from recordings"), "deleted");
}

Test(recorder, two_recorders_on_one_folder_make_one_recording)
{
	struct world other;
	struct vp_uuid call = world_call(&world, true, true);
	tape_call(call, 300000, true);
	world_start(&world, NULL);
	other = world;
	other.recorder = 0;
	world_start(&other, NULL);
	until_state(call, "stored");
	expect_one_recording(call, 300000);
	cr_assert_eq(world_logged(&world, "\"event\":\"recording.stored\""), 1);
	cr_assert_eq(world_stop(&other, SIGTERM), 0);
}

Test(recorder, a_restart_of_the_database_loses_nothing)
{
	struct vp_uuid call = world_call(&world, true, true);
	tape_call(call, 60000, true);
	world_start(&world, NULL);
	for (unsigned i = 0; i < 20; i++) { /* cut all its connections again and again meanwhile */
		world_sql(&world, "select count(pg_terminate_backend(pid)) from pg_stat_activity "
				  "where datname = "
				  "current_database() and pid <> pg_backend_pid()");
		usleep(50000);
	}
	until_state(call, "stored");
	expect_one_recording(call, 60000);
}

Test(recorder, killed_at_any_moment_it_makes_each_recording_once)
{
	enum { CALLS = 6, KILLS = 25 };
	struct vp_uuid calls[CALLS];
	for (unsigned i = 0; i < CALLS; i++) {
		calls[i] = world_call(&world, true, true);
		tape_call(calls[i], 20000, true);
	}
	srand(7);
	for (unsigned i = 0; i < KILLS; i++) {
		world_start(&world, "VOIP_RECORDER_WORKERS=1");
		usleep((useconds_t)(20000 + rand() % 400000));
		cr_assert_eq(world_stop(&world, SIGKILL), -SIGKILL);
	}
	world_start(&world, NULL);
	for (unsigned i = 0; i < CALLS; i++) {
		until_state(calls[i], "stored");
		world_until_gone(world_spool(&world, calls[i]));
	}
	cr_assert_eq(number("select count(*) from recordings"), CALLS);
	cr_assert_eq(number("select count(distinct call_id) from recordings"), CALLS);
	cr_assert_eq(
		number("select count(*) from event_log where type = 'recording.stored'"), CALLS);
	cr_assert_eq(files_under(world.recording_dir), CALLS);
}

Test(recorder, a_full_disk_is_said_and_nothing_is_lost)
{
	struct vp_uuid call = world_call(&world, true, true);
	tape_call(call, 60000, true);
	world_start_limited(&world, 100000); /* the sound file wants more */
	until_state(call, "failed");
	cr_assert_str_eq(world_sql(&world, "select error from recordings"),
		"the disk of the recordings is full");
	usleep(1500000);
	cr_assert_eq(world_logged(&world, "recording.failed"), 1, "it does not try in a circle");
	cr_assert_eq(files_under(world.recording_dir), 0, "no half file is left");
	cr_assert_eq(world_stop(&world, SIGTERM), 0);
	world_start(&world, NULL);
	until_state(call, "stored");
	expect_one_recording(call, 60000);
	cr_assert_eq(number("select count(*) from recordings where error = ''"), 1);
}
