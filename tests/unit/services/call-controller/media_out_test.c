/* Requests to media: together where they come together, patient ones with others or on the beat */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/socket.h>
#include <criterion/criterion.h>
#include "services/call-controller/adapters/media_out.h"

static struct ua_timers *timers;
static struct media_out *out;
static int fd[2];

static void set_up(void)
{
	cr_assert_eq(ua_timers_create(&timers, true), 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	out = calloc(1, sizeof(*out));
	cr_assert_not_null(out);
	media_out_init(out, timers);
	media_out_attach(out, fd[0]);
}

static void tear_down(void)
{
	media_out_attach(out, -1);
	free(out);
	(void)close(fd[0]);
	(void)close(fd[1]);
	ua_timers_destroy(timers);
}

TestSuite(media_out, .init = set_up, .fini = tear_down);

static int put(uint64_t id, bool patient)
{
	Ringmain__V1__MediaRequest req = RINGMAIN__V1__MEDIA_REQUEST__INIT;

	req.id = id;
	return media_out_put(out, &req, patient);
}

/* Of the next request that media would read; 0: there is none. */
static uint64_t next(void)
{
	uint8_t buf[256];
	const ssize_t n = recv(fd[1], buf, sizeof(buf), 0);
	Ringmain__V1__MediaRequest *req =
		n > 0 ? ringmain__v1__media_request__unpack(NULL, (size_t)n, buf) : NULL;
	const uint64_t id = req ? req->id : 0;

	if (req) {
		ringmain__v1__media_request__free_unpacked(req, NULL);
	}
	return id;
}

Test(media_out, what_is_put_goes_at_once_or_when_the_last_cork_is_off)
{
	cr_assert_eq(put(1, false), 0);
	cr_assert_eq(next(), 1);
	media_out_cork(out);
	media_out_cork(out);
	cr_assert_eq(put(2, false), 0);
	media_out_uncork(out);
	cr_assert_eq(next(), 0);
	media_out_uncork(out);
	cr_assert_eq(next(), 2);
}

Test(media_out, a_patient_one_goes_with_the_next_and_before_it)
{
	media_out_cork(out);
	cr_assert_eq(put(1, true), 0);
	media_out_uncork(out);
	cr_assert_eq(next(), 0, "nobody is woken for it alone");
	cr_assert_eq(put(2, false), 0);
	cr_assert_eq(next(), 1);
	cr_assert_eq(next(), 2);
	ua_timers_advance(timers, 1000);
	cr_assert_eq(next(), 0, "and not again");
}

Test(media_out, a_patient_one_goes_on_the_beat_when_nothing_else_does)
{
	cr_assert_eq(put(1, true), 0);
	ua_timers_advance(timers, UA_BEAT_MS / 2);
	cr_assert_eq(put(2, true), 0);
	cr_assert_eq(next(), 0);
	ua_timers_advance(timers, UA_BEAT_MS / 2);
	cr_assert_eq(next(), 1);
	cr_assert_eq(next(), 2);
}

Test(media_out, many_patient_ones_do_not_wait_for_the_beat)
{
	for (uint64_t id = 1; id <= MEDIA_OUT_MAX + 1; id++) {
		cr_assert_eq(put(id, true), 0);
	}
	for (uint64_t id = 1; id <= MEDIA_OUT_MAX; id++) {
		cr_assert_eq(next(), id);
	}
	cr_assert_eq(next(), 0);
	cr_assert_eq(media_out_flush(out), 0, "who ends flushes");
	cr_assert_eq(next(), MEDIA_OUT_MAX + 1);
}

Test(media_out, what_waited_for_a_media_that_is_gone_is_dropped)
{
	cr_assert_eq(put(1, true), 0);
	media_out_attach(out, -1);
	cr_assert_eq(put(2, false), ENOTCONN);
	media_out_attach(out, fd[0]);
	ua_timers_advance(timers, UA_BEAT_MS);
	cr_assert_eq(put(3, false), 0);
	cr_assert_eq(next(), 3);
}

Test(media_out, a_socket_that_takes_no_more_or_broke_is_said)
{
	while (send(fd[0], "-", 1, MSG_DONTWAIT) == 1) {
	}
	cr_assert_eq(put(1, false), EAGAIN);
	(void)close(fd[1]);
	cr_assert_eq(put(2, false), ENOTCONN);
}
