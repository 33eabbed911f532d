/* The spool file: what media writes, recorder reads, whole or cut off. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include "libcommon/base/base.h"
#include "libcommon/spool/spool_int.h"

static char path[64];

static void make_path(void)
{
	vp_strcopy(path, sizeof(path), "/tmp/spool_test.XXXXXX");
	int fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	close(fd);
	unlink(path);
}

static void remove_path(void)
{
	unlink(path);
}

TestSuite(spool, .init = make_path, .fini = remove_path);

static const uint8_t ulaw[160] = {0xd5, 0x55, 0xff};

static struct vp_spool_frame audio(unsigned i)
{
	return (struct vp_spool_frame){.kind = i % 2 ? VP_SPOOL_PCMA : VP_SPOOL_PCMU,
		.channel = i % 2,
		.len = (uint16_t)(i % (sizeof(ulaw) + 1)),
		.rtp_ts = 0xfffffff0u + i * 160,
		.mono_us = 1000000 + i * 20000,
		.payload = ulaw};
}

static void write_file(unsigned frames, bool finish)
{
	struct vp_spool_writer *w;
	struct vp_uuid id = {{1, 2, 3, 15, [15] = 9}};
	cr_assert_eq(vp_spool_create(&w, path, id), 0);
	for (unsigned i = 0; i < frames; i++) {
		struct vp_spool_frame f = audio(i);
		cr_assert_eq(vp_spool_put(w, &f), 0);
	}
	if (finish) {
		cr_assert_eq(vp_spool_finish(w), 0);
	} else {
		vp_spool_destroy(w);
	}
}

static void expect_frames(struct vp_spool_reader *r, unsigned frames)
{
	struct vp_spool_frame f;
	for (unsigned i = 0; i < frames; i++) {
		struct vp_spool_frame want = audio(i);
		cr_assert_eq(vp_spool_next(r, &f), 0, "frame %u", i);
		cr_assert_eq(f.kind, want.kind);
		cr_assert_eq(f.channel, want.channel);
		cr_assert_eq(f.len, want.len);
		cr_assert_eq(f.rtp_ts, want.rtp_ts);
		cr_assert_eq(f.mono_us, want.mono_us);
		cr_assert_eq(memcmp(f.payload, want.payload, f.len), 0);
	}
}

static off_t file_size(void)
{
	struct stat st;
	cr_assert_eq(stat(path, &st), 0);
	return st.st_size;
}

Test(spool, frames_come_back_in_order_and_end_cleanly)
{
	struct vp_spool_reader *r;
	struct vp_spool_info info;
	struct vp_spool_frame f;
	int64_t before = vp_time_us();
	write_file(5000, true); /* several flushes of 64 KiB */
	cr_assert_eq(vp_spool_open(&r, path, &info), 0);
	cr_assert_eq(info.call_id.b[3], 15);
	cr_assert_eq(info.call_id.b[15], 9);
	cr_assert(info.start_us >= before && info.start_us <= vp_time_us());
	cr_assert(info.start_mono_us > 0 && info.start_mono_us <= vp_mono_us());
	expect_frames(r, 5000);
	cr_assert_eq(vp_spool_next(r, &f), 0);
	cr_assert_eq(f.kind, VP_SPOOL_END);
	cr_assert_eq(vp_spool_next(r, &f), ENODATA);
	cr_assert_null(vp_spool_close(r));
}

Test(spool, a_file_cut_at_any_byte_ends_at_its_last_whole_frame)
{
	struct vp_spool_info info;
	struct vp_spool_frame f;
	write_file(12, false);
	for (off_t size = file_size(); size >= SPOOL_HEADER_SIZE; size--) {
		struct vp_spool_reader *r;
		cr_assert_eq(truncate(path, size), 0);
		cr_assert_eq(vp_spool_open(&r, path, &info), 0);
		int err;
		off_t whole = SPOOL_HEADER_SIZE;
		while ((err = vp_spool_next(r, &f)) == 0) {
			whole += SPOOL_FRAME_SIZE + f.len;
		}
		cr_assert_eq(err, ENODATA);
		cr_assert(whole <= size && size - whole < SPOOL_FRAME_SIZE + 12);
		vp_spool_close(r);
	}
}

Test(spool, a_header_with_a_time_that_nobody_has_is_refused)
{
	static const int64_t wrong[] = {INT64_MIN, -1, 0, 4102444800000000LL, INT64_MAX};
	static const off_t places[] = {SPOOL_AT_START, SPOOL_AT_START_MONO};
	struct vp_spool_reader *r = NULL;
	struct vp_spool_info info;
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
			uint8_t bytes[8];
			write_file(1, true);
			int fd = open(path, O_WRONLY);
			spool_put64(bytes, wrong[k]);
			cr_assert_eq(pwrite(fd, bytes, 8, places[i]), 8);
			close(fd);
			/* a machine may just have started */
			int want = i == 1 && wrong[k] == 0 ? 0 : EBADMSG;
			cr_assert_eq(vp_spool_open(&r, path, &info), want, "%zu %zu", i, k);
			r = vp_spool_close(r);
			unlink(path);
		}
	}
}

Test(spool, a_file_without_whole_header_or_with_another_magic_is_refused)
{
	struct vp_spool_reader *r = NULL;
	struct vp_spool_info info;
	write_file(1, true);
	int fd = open(path, O_WRONLY);
	cr_assert_eq(pwrite(fd, "X", 1, 0), 1);
	cr_assert_eq(vp_spool_open(&r, path, &info), EBADMSG);
	cr_assert_eq(ftruncate(fd, SPOOL_HEADER_SIZE - 1), 0);
	close(fd);
	cr_assert_eq(vp_spool_open(&r, path, &info), EBADMSG);
	unlink(path);
	cr_assert_eq(vp_spool_open(&r, path, &info), ENOENT);
	cr_assert_null(r);
}

Test(spool, frames_that_make_no_sense_are_a_bad_message)
{
	static const struct {
		off_t at;
		uint8_t byte;
	} bad[] = {{1, 0xff}, {SPOOL_AT_KIND, 7}, {SPOOL_AT_KIND, 19}, {SPOOL_AT_CHANNEL, 2}};
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		struct vp_spool_reader *r;
		struct vp_spool_info info;
		struct vp_spool_frame f;
		write_file(2, true);
		int fd = open(path, O_WRONLY);
		cr_assert_eq(pwrite(fd, &bad[i].byte, 1, SPOOL_HEADER_SIZE + bad[i].at), 1);
		close(fd);
		cr_assert_eq(vp_spool_open(&r, path, &info), 0);
		cr_assert_eq(vp_spool_next(r, &f), EBADMSG);
		vp_spool_close(r);
		unlink(path);
	}
}

Test(spool, a_reader_follows_a_file_that_still_grows)
{
	struct vp_spool_writer *w;
	struct vp_spool_reader *r;
	struct vp_spool_info info;
	struct vp_spool_frame f = audio(0), got;
	cr_assert_eq(vp_spool_create(&w, path, (struct vp_uuid){{0}}), 0);
	cr_assert_eq(vp_spool_open(&r, path, &info), 0);
	cr_assert_eq(vp_spool_put(w, &f), 0);
	cr_assert_eq(vp_spool_next(r, &got), ENODATA, "nothing is written before a flush");
	cr_assert_eq(vp_spool_flush(w), 0);
	cr_assert_eq(vp_spool_next(r, &got), 0);
	cr_assert_eq(vp_spool_next(r, &got), ENODATA);
	cr_assert_eq(vp_spool_finish(w), 0);
	cr_assert_eq(vp_spool_next(r, &got), 0);
	cr_assert_eq(got.kind, VP_SPOOL_END);
	vp_spool_close(r);
}

Test(spool, an_existing_file_is_never_overwritten)
{
	struct vp_spool_writer *w = NULL;
	write_file(3, true);
	off_t size = file_size();
	cr_assert_eq(vp_spool_create(&w, path, (struct vp_uuid){{0}}), EEXIST);
	cr_assert_eq(file_size(), size);
	cr_assert_eq(vp_spool_create(&w, "/nowhere/x", (struct vp_uuid){{0}}), ENOENT);
	cr_assert_null(w);
}

Test(spool, the_size_limit_keeps_room_for_the_end_frame)
{
	struct vp_spool_writer *w;
	struct vp_spool_reader *r;
	struct vp_spool_info info;
	struct vp_spool_frame f = audio(160), got;
	int64_t limit = SPOOL_HEADER_SIZE + 3 * (SPOOL_FRAME_SIZE + 160) + SPOOL_FRAME_SIZE;
	cr_assert_eq(vp_spool_create_limited(&w, path, (struct vp_uuid){{0}}, limit), 0);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(vp_spool_put(w, &f), 0);
	}
	cr_assert_eq(vp_spool_put(w, &f), EFBIG);
	cr_assert_eq(vp_spool_finish(w), 0);
	cr_assert_eq(file_size(), limit);
	cr_assert_eq(vp_spool_open(&r, path, &info), 0);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(vp_spool_next(r, &got), 0);
	}
	cr_assert_eq(vp_spool_next(r, &got), 0);
	cr_assert_eq(got.kind, VP_SPOOL_END);
	vp_spool_close(r);
}

Test(spool, a_disk_that_fills_leaves_whole_frames_and_a_lasting_error)
{
	struct vp_spool_writer *w;
	struct vp_spool_reader *r;
	struct vp_spool_info info;
	struct vp_spool_frame f = audio(160), got;
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(vp_spool_create(&w, path, (struct vp_uuid){{0}}), 0);
	cr_assert_eq(vp_spool_put(w, &f), 0);
	cr_assert_eq(vp_spool_flush(w), 0);
	/* the kernel takes part of the next write and refuses the rest, as a full disk does */
	struct rlimit lim = {(rlim_t)file_size() + 100, RLIM_INFINITY};
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &lim), 0);
	cr_assert_eq(vp_spool_put(w, &f), 0);
	cr_assert_eq(vp_spool_flush(w), EFBIG);
	cr_assert_eq(vp_spool_put(w, &f), EFBIG);
	cr_assert_eq(vp_spool_flush(w), EFBIG);
	cr_assert_eq(vp_spool_finish(w), EFBIG);
	cr_assert_eq(file_size(), SPOOL_HEADER_SIZE + SPOOL_FRAME_SIZE + 160);
	cr_assert_eq(vp_spool_open(&r, path, &info), 0);
	cr_assert_eq(vp_spool_next(r, &got), 0);
	cr_assert_eq(vp_spool_next(r, &got), ENODATA);
	vp_spool_close(r);
}

Test(spool, frames_beyond_the_format_are_refused_and_harm_nothing)
{
	static const uint8_t big[VP_SPOOL_MAX_PAYLOAD + 1];
	struct vp_spool_writer *w;
	struct vp_spool_frame f = {.kind = VP_SPOOL_OPUS, .len = sizeof(big), .payload = big};
	cr_assert_eq(vp_spool_create(&w, path, (struct vp_uuid){{0}}), 0);
	cr_assert_eq(vp_spool_put(w, &f), EINVAL);
	f.len = VP_SPOOL_MAX_PAYLOAD;
	f.channel = 2;
	cr_assert_eq(vp_spool_put(w, &f), EINVAL);
	f.channel = 1;
	cr_assert_eq(vp_spool_put(w, &f), 0);
	cr_assert_eq(vp_spool_finish(w), 0);
	cr_assert_eq(file_size(), SPOOL_HEADER_SIZE + SPOOL_FRAME_MAX + SPOOL_FRAME_SIZE);
}
