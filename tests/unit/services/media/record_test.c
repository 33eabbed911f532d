/* The recording tap: what is in the file, and what happens when it cannot be written. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "libcommon/base/base.h"
#include "libcommon/spool/spool.h"
#include "tests/unit/services/media/rig.h"

static struct rig rig;
static char path[128];

static void open_rig(void)
{
	rig_open(&rig, NULL);
	snprintf(path, sizeof(path), "%s/call.spool", rig.dir);
}

static void close_rig(void)
{
	unlink(path);
	rig_close(&rig);
}

TestSuite(record, .init = open_rig, .fini = close_rig);

/* One packet each way, marked. */
static void speak(uint8_t mark, unsigned times)
{
	uint8_t p[160];
	struct peer_rtp rtp;
	for (unsigned i = 0; i < times; i++) {
		memset(p, mark, sizeof(p));
		cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
		cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
		memset(p, mark + 1, sizeof(p));
		cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
		cr_assert(peer_recv(&rig.b.s, &rtp, SOON_MS));
	}
}

/* The file ends when the disk's thread got to it. */
static struct vp_spool_reader *wait_for_end(struct vp_spool_info *info)
{
	for (int i = 0; i < SOON_MS / 10; i++) {
		struct vp_spool_reader *r;
		struct vp_spool_frame f = {0};
		if (vp_spool_open(&r, path, info) == 0) {
			while (vp_spool_next(r, &f) == 0) {
			}
			vp_spool_close(r);
			if (f.kind == VP_SPOOL_END) {
				cr_assert_eq(vp_spool_open(&r, path, info), 0);
				return r;
			}
		}
		rig_sleep_ms(10);
	}
	cr_assert_fail("the file has no end");
	return NULL;
}

Test(record, both_sides_are_in_the_file_as_they_came)
{
	struct vp_spool_info info;
	struct vp_spool_frame f;
	unsigned n[2] = {0};
	rig_call(&rig);
	speak(10, 3); /* before: not in the file */
	rig_record(&rig, true, path, 0);
	speak(20, 50);
	rig_drop_call(&rig);
	struct vp_spool_reader *r = wait_for_end(&info);
	cr_assert(vp_uuid_equal(info.call_id, rig.call));
	int64_t last = info.start_mono_us;
	while (vp_spool_next(r, &f) == 0 && f.kind != VP_SPOOL_END) {
		cr_assert_eq(f.kind, VP_SPOOL_PCMU);
		cr_assert_eq(f.len, 160);
		cr_assert_eq(f.payload[0], 20 + f.channel, "agent left, customer right");
		cr_assert_geq(f.mono_us, last);
		last = f.mono_us;
		n[f.channel]++;
	}
	vp_spool_close(r);
	cr_assert_eq(n[0], 50);
	cr_assert_eq(n[1], 50);
}

Test(record, frames_are_on_disk_while_the_call_goes_on)
{
	struct vp_spool_info info;
	struct vp_spool_reader *r;
	struct vp_spool_frame f;
	rig_call(&rig);
	rig_record(&rig, true, path, 0);
	speak(20, 5);
	cr_assert_eq(vp_spool_open(&r, path, &info), 0);
	unsigned n = 0;
	for (int i = 0; i < 100 && n < 10; i++) {
		while (vp_spool_next(r, &f) == 0) {
			n++;
		}
		rig_sleep_ms(10);
	}
	vp_spool_close(r);
	cr_assert_eq(n, 10);
}

Test(record, a_pause_is_marked_and_nothing_of_it_is_kept)
{
	struct vp_spool_info info;
	struct vp_spool_frame f;
	char text[64] = "";
	size_t n = 0;
	rig_call(&rig);
	rig_record(&rig, true, path, 0);
	speak(20, 2);
	rig_record(&rig, false, path, 0);
	rig_record(&rig, false, path, 0); /* once more means nothing */
	speak(30, 4);
	rig_record(&rig, true, path, 0);
	speak(40, 1);
	rig_drop_call(&rig);
	struct vp_spool_reader *r = wait_for_end(&info);
	while (vp_spool_next(r, &f) == 0 && n < sizeof(text) - 1) {
		text[n++] = f.kind == VP_SPOOL_PAUSE    ? 'p'
			    : f.kind == VP_SPOOL_RESUME ? 'r'
			    : f.kind == VP_SPOOL_END    ? 'e'
							: (char)('0' + f.payload[0] / 10);
	}
	vp_spool_close(r);
	cr_assert_str_eq(text, "2222pr44e");
}

Test(record, a_held_customer_is_not_recorded)
{
	struct vp_spool_info info;
	struct vp_spool_frame f;
	char sdp[PEER_SDP];
	uint8_t p[160] = {99};
	struct peer_rtp rtp;
	rig_call(&rig);
	rig_record(&rig, true, path, 0);
	speak(20, 1);
	rig_hold(&rig, CUSTOMER, true, sdp);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS)); /* the hold tone */
	rig_hold(&rig, CUSTOMER, false, sdp);
	peer_flush(&rig.t.s);
	speak(20, 1);
	rig_drop_call(&rig);
	struct vp_spool_reader *r = wait_for_end(&info);
	while (vp_spool_next(r, &f) == 0 && f.kind != VP_SPOOL_END) {
		cr_assert_lt(f.payload[0], 99);
	}
	vp_spool_close(r);
}

Test(record, a_file_that_cannot_be_made_is_said)
{
	rig_call(&rig);
	rig_record(&rig, true, "relative", RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST);
	rig_record(&rig, true, "/nowhere/x", RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST);
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	rig_record(&rig, true, path, RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST);
	speak(20, 3);
	unlink(path);
}

Test(record, a_disk_that_fills_ends_the_recording_and_not_the_call)
{
	rig_call(&rig);
	signal(SIGXFSZ, SIG_IGN);
	rig_record(&rig, true, path, 0);
	struct rlimit lim = {2000, RLIM_INFINITY};
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &lim), 0);
	speak(20, 20);
	Ringmain__V1__MediaEvent *ev =
		rig_event(&rig, 0, RINGMAIN__V1__MEDIA_EVENT__EV_RECORD_FAILED);
	cr_assert_str_neq(ev->record_failed->reason, "");
	speak(30, 20);
	rig_no_event(&rig, 0, RINGMAIN__V1__MEDIA_EVENT__EV_RECORD_FAILED);
}
