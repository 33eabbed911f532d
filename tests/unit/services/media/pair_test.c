/* Sockets of trunk legs: used again after their rest, never before while there are others. A worker
 * without a thread, whose clock stands where the test puts it. */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <re.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/pair.h"

#define SEC 1000000LL

static char dir[] = "/tmp/pair_test.XXXXXX", path[64];
static struct md_engine *engine;
static struct md_worker worker;
static unsigned heard;

static void on_ready(struct md_sock *sock, struct md_worker *w)
{
	heard += recv(sock->fd, w->rx->buf, MD_PACKET_MAX, MSG_DONTWAIT) > 0;
}

static void start(uint16_t lo, uint16_t hi)
{
	vp_log_init("media-test", "", VP_LOG_ERROR);
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/media.sock", dir);
	const struct md_engine_cfg cfg = {.socket_path = path,
		.threads = 1,
		.addr = "127.0.0.1",
		.port_lo = lo,
		.port_hi = hi};
	cr_assert_eq(md_engine_create(&engine, &cfg), 0);
	cr_assert_eq(md_worker_init(&worker, engine, 0), 0);
}

static void stop(void)
{
	md_worker_stop(&worker);
	cr_assert_eq(md_ports_in_use(engine->ports), 0, "every port was given back");
	cr_assert_eq(atomic_load(&engine->rested), 0);
	md_engine_destroy(engine);
	rmdir(dir);
}

struct leg {
	struct md_sock rtp, rtcp;
	struct md_pair *pair;
};

static int open_leg(struct leg *leg)
{
	*leg = (struct leg){
		.rtp = {.fd = -1, .ready = on_ready}, .rtcp = {.fd = -1, .ready = on_ready}};
	return md_pair_open(&leg->pair, &worker, &leg->rtp, &leg->rtcp);
}

static void close_leg(struct leg *leg, bool reuse)
{
	md_pair_leave(leg->pair, &worker, &leg->rtp, &leg->rtcp, reuse);
	cr_assert_eq(leg->rtp.fd, -1);
	cr_assert_eq(leg->rtcp.fd, -1);
}

static void send_to(uint16_t port)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	cr_assert_eq(sendto(fd, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to)), 1);
	close(fd);
}

Test(pair, goes_to_the_next_leg_when_it_has_rested)
{
	struct leg a, b, c;
	start(14000, 14999);
	cr_assert_eq(open_leg(&a), 0);
	const uint16_t even = a.pair->even;
	close_leg(&a, true);
	worker.now_us += 10 * SEC - 1;
	cr_assert_eq(open_leg(&b), 0);
	cr_assert_neq(b.pair->even, even, "late packets may still come there");
	worker.now_us += 1;
	cr_assert_eq(open_leg(&c), 0);
	cr_assert_eq(c.pair->even, even);
	send_to(even);
	send_to((uint16_t)(even + 1));
	while (heard < 2) {
		md_worker_turn(&worker);
	}
	close_leg(&b, true);
	close_leg(&c, true);
	stop();
}

Test(pair, what_comes_while_it_rests_is_read_and_dropped)
{
	struct leg a;
	start(15000, 15999);
	cr_assert_eq(open_leg(&a), 0);
	const uint16_t even = a.pair->even;
	close_leg(&a, true);
	send_to(even);
	send_to((uint16_t)(even + 1));
	while (worker.drops[MD_DROP_SOURCE] < 2) {
		md_worker_turn(&worker);
	}
	worker.now_us += 10 * SEC;
	cr_assert_eq(open_leg(&a), 0);
	cr_assert_eq(a.pair->even, even);
	char c;
	cr_assert_eq(recv(a.rtp.fd, &c, 1, MSG_DONTWAIT), -1, "nothing is left for the next leg");
	cr_assert_eq(heard, 0);
	close_leg(&a, true);
	stop();
}

Test(pair, that_cannot_be_used_again_is_closed)
{
	struct leg a;
	start(16000, 16999);
	cr_assert_eq(open_leg(&a), 0);
	close_leg(&a, false);
	cr_assert_eq(atomic_load(&engine->rested), 0);
	cr_assert_eq(md_ports_in_use(engine->ports), 0);
	stop();
}

Test(pair, that_nobody_needs_is_closed_after_half_a_minute)
{
	struct leg a, b;
	start(17000, 17999);
	cr_assert_eq(open_leg(&a), 0);
	cr_assert_eq(open_leg(&b), 0);
	close_leg(&a, true);
	worker.now_us += 10 * SEC;
	close_leg(&b, true);
	md_pair_sweep(&worker, worker.now_us + 20 * SEC);
	cr_assert_eq(worker.n_rested, 2);
	md_pair_sweep(&worker, worker.now_us + 20 * SEC + 1);
	cr_assert_eq(worker.n_rested, 1, "the older one");
	cr_assert_eq(md_ports_in_use(engine->ports), 1);
	stop();
}

Test(pair, the_last_port_is_given_out_whether_it_rested_or_not)
{
	struct leg legs[4], one_more;
	start(18100, 18107); /* four pairs */
	cr_assert_eq(open_leg(&legs[0]), 0);
	close_leg(&legs[0], true);
	cr_assert_eq(worker.n_rested, 1);
	for (int i = 0; i < 4; i++) {
		cr_assert_eq(open_leg(&legs[i]), 0);
	}
	cr_assert_eq(worker.n_rested, 0);
	cr_assert_eq(open_leg(&one_more), EADDRNOTAVAIL);
	close_leg(&legs[0], true);
	cr_assert_eq(worker.n_rested, 0, "ports are scarce: another worker may need it");
	for (int i = 1; i < 4; i++) {
		close_leg(&legs[i], true);
	}
	cr_assert_eq(worker.n_rested, 3);
	stop();
}

Test(pair, a_process_without_descriptors_left_uses_what_it_has)
{
	struct leg a, b;
	struct rlimit limit;
	start(18200, 18999);
	cr_assert_eq(open_leg(&a), 0);
	const uint16_t even = a.pair->even;
	close_leg(&a, true);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = limit.rlim_max};
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	cr_assert_eq(open_leg(&a), 0);
	cr_assert_eq(a.pair->even, even);
	cr_assert_eq(open_leg(&b), EMFILE);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	close_leg(&a, true);
	stop();
}
