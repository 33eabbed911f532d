/* Hostile clients: wrong bytes, slow bytes, too many connections. The server answers or closes, and
 * goes on serving others. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "fixture.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define BIG ((size_t)16 << 20)

static volatile int handled;

static void on_hello(struct vp_http_req *req, void *arg)
{
	(void)arg;
	__atomic_add_fetch(&handled, 1, __ATOMIC_RELEASE);
	vp_http_reply(req, 200, "text/plain", "hello", 5);
}

static void on_big(struct vp_http_req *req, void *arg)
{
	(void)arg;
	char *body = calloc(1, BIG);
	vp_http_reply(req, 200, "text/plain", body, BIG);
	free(body);
}

static const struct vp_http_route routes[] = {
	{"*", "/", on_hello, 0, NULL}, {"GET", "/big", on_big, 0, NULL}};

static struct vp_http_cfg base_cfg(void)
{
	return (struct vp_http_cfg){
		.routes = routes, .n_routes = VP_ARRAY_LEN(routes), .io_timeout_s = 1};
}

static void assert_alive(struct fixture *f)
{
	VP_CLEANUP(vp_freep) char *a = client_ask(f->port, GET("/"));
	cr_assert_eq(answer_status(a), 200);
}

Test(guard, ambiguous_requests_are_400_and_the_connection_closes)
{
	static const char *const requests[] = {
		"GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n",
		"GET / HTTP/1.1\nHost: a\n\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n",
		"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX: a\001b\r\n\r\n",
		"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: "
		"chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nx",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
		"chunked\r\n\r\nfffffffffffffffff\r\n",
		"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET a HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
		"GET /\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not http at all\r\n\r\n",
	};
	struct fixture f;
	fixture_start(&f, base_cfg());
	for (size_t i = 0; i < VP_ARRAY_LEN(requests); i++) {
		int fd = client_connect(f.port);
		client_send_text(fd, requests[i]);
		VP_CLEANUP(vp_freep) char *a = client_answer(fd);
		cr_expect(answer_status(a) == 400 || answer_status(a) == 413, "case %zu: %d", i,
			answer_status(a));
		cr_expect(client_closed(fd, WAIT_MS), "case %zu stays open", i);
		close(fd);
	}
	cr_assert_eq(handled, 0, "no handler saw any of them");
	assert_alive(&f);
	fixture_stop(&f);
}

/* A browser sends its whole body before it reads: the reason must still be there then. */
Test(guard, a_body_over_the_hard_limit_is_told_so_however_much_is_sent)
{
	enum { BODY = 4 << 20 };
	struct fixture f;
	struct vp_http_cfg cfg = base_cfg();
	cfg.max_body = 100 << 10;
	fixture_start(&f, cfg);
	VP_CLEANUP(vp_freep) char *body = malloc(BODY);
	memset(body, 'x', BODY);
	for (int i = 0; i < 100; i++) { /* more than may linger at once */
		int fd = client_connect(f.port);
		VP_CLEANUP(vp_freep)
		char *head = vp_strf(
			"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", BODY);
		client_send_text(fd, head);
		client_send(fd, body, BODY);
		VP_CLEANUP(vp_freep) char *a = client_answer(fd);
		cr_assert_eq(answer_status(a), 413);
		cr_assert_str_eq(answer_body(a), "{\"error\":\"too_large\",\"message\":\"The "
						 "request body is over the limit of "
						 "100 KiB.\"}");
		VP_CLEANUP(vp_freep) char *type = answer_header(a, "content-type");
		cr_assert_str_eq(type, "application/json");
		cr_assert(client_closed(fd, WAIT_MS));
		close(fd);
	}
	struct vp_http_stats stats;
	vp_http_stats(f.http, &stats);
	cr_assert_eq(stats.too_large, 100);
	assert_alive(&f);
	fixture_stop(&f);
}

Test(guard, requests_that_only_look_odd_are_served)
{
	static const char *const requests[] = {
		"GET / HTTP/1.0\r\n\r\n",
		"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "
		"h2c\r\n"
		"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
	};
	struct fixture f;
	fixture_start(&f, base_cfg());
	for (size_t i = 0; i < VP_ARRAY_LEN(requests); i++) {
		VP_CLEANUP(vp_freep) char *a = client_ask(f.port, requests[i]);
		cr_expect_eq(answer_status(a), 200, "case %zu: %d", i, answer_status(a));
	}
	fixture_stop(&f);
}

Test(guard, expectations_are_met_or_417)
{
	struct fixture f;
	fixture_start(&f, base_cfg());
	int fd = client_connect(f.port);
	client_send_text(fd,
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
	VP_CLEANUP(vp_freep) char *go = client_answer(fd);
	cr_assert_eq(answer_status(go), 100);
	client_send_text(fd, "x");
	VP_CLEANUP(vp_freep) char *a = client_answer(fd);
	cr_assert_eq(answer_status(a), 200);
	close(fd);
	VP_CLEANUP(vp_freep)
	char *b = client_ask(
		f.port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: tea\r\n\r\nx");
	cr_assert_eq(answer_status(b), 417);
	fixture_stop(&f);
}

Test(guard, endless_heads_end)
{
	struct fixture f;
	fixture_start(&f, base_cfg());
	int fd = client_connect(f.port);
	client_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 101; i++) {
		client_send_text(fd, "X: y\r\n");
	}
	client_send_text(fd, "\r\n");
	VP_CLEANUP(vp_freep) char *a = client_answer(fd);
	cr_assert_eq(answer_status(a), 400);
	close(fd);
	fd = client_connect(f.port);
	char block[4096];
	memset(block, 'a', sizeof(block));
	client_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
	for (int i = 0; i < 150; i++) {
		client_send(fd, block, sizeof(block));
	}
	cr_assert(client_closed(fd, WAIT_MS));
	close(fd);
	assert_alive(&f);
	fixture_stop(&f);
}

Test(guard, slow_heads_and_bodies_are_closed_at_the_time_limit)
{
	static const char *const starts[] = {
		"", "GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"};
	struct fixture f;
	fixture_start(&f, base_cfg());
	for (size_t i = 0; i < VP_ARRAY_LEN(starts); i++) {
		int fd = client_connect(f.port);
		int64_t start_us = vp_mono_us();
		client_send_text(fd, starts[i]);
		cr_expect(client_closed(fd, 3000), "case %zu", i);
		int64_t took_ms = (vp_mono_us() - start_us) / 1000;
		cr_expect(took_ms >= 900 && took_ms < 2500, "case %zu: %d ms", i, (int)took_ms);
		close(fd);
	}
	fixture_stop(&f);
}

Test(guard, a_reader_that_stops_reading_is_closed)
{
	struct fixture f;
	struct vp_http_stats stats;
	fixture_start(&f, base_cfg());
	int fd = client_connect(f.port), small = 4096;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	client_send_text(fd, GET("/big"));
	int64_t until = vp_mono_us() + 20000000;
	do {
		assert_alive(&f);
		usleep(50000); /* the sweep runs once a second; there is no event to wait for */
		vp_http_stats(f.http, &stats);
	} while (stats.stalled == 0 && vp_mono_us() < until);
	cr_assert_eq(stats.stalled, 1);
	close(fd);
	fixture_stop(&f);
}

Test(guard, a_slow_reader_that_goes_on_reading_is_kept)
{
	struct fixture f;
	fixture_start(&f, base_cfg());
	int fd = client_connect(f.port);
	client_send_text(fd, GET("/big"));
	char *buf = malloc(BIG);
	size_t got = 0;
	for (int i = 0; i < 40; i++) { /* 3 s for what could be done at once */
		ssize_t n = recv(fd, buf, BIG / 64, 0);
		cr_assert(n > 0);
		got += (size_t)n;
		usleep(75000);
	}
	ssize_t n;
	while (got < BIG && (n = recv(fd, buf, BIG, 0)) > 0) {
		got += (size_t)n;
	}
	cr_assert(got >= BIG);
	free(buf);
	close(fd);
	fixture_stop(&f);
}

Test(guard, one_address_has_a_limit_of_connections)
{
	struct fixture f;
	struct vp_http_stats stats;
	struct vp_http_cfg cfg = base_cfg();
	cfg.max_conns_per_ip = 3;
	cfg.io_timeout_s = 10;
	fixture_start(&f, cfg);
	int fds[3];
	for (int i = 0; i < 3; i++) {
		fds[i] = client_connect(f.port);
		client_send_text(fds[i], GET("/"));
		VP_CLEANUP(vp_freep) char *a = client_answer(fds[i]);
		cr_assert_eq(answer_status(a), 200);
	}
	int more = client_connect(f.port);
	cr_assert(client_closed(more, WAIT_MS));
	vp_http_stats(f.http, &stats);
	cr_assert_eq(stats.refused_per_ip, 1);
	close(more);
	close(fds[0]);
	int64_t until = vp_mono_us() + 20000000;
	char *a = NULL;
	while (a == NULL && vp_mono_us() < until) {
		a = client_ask(f.port, GET("/")); /* until the server has seen the close */
	}
	cr_assert_eq(answer_status(a), 200);
	free(a);
	close(fds[1]);
	close(fds[2]);
	fixture_stop(&f);
}

Test(guard, a_trusted_proxy_may_open_as_many_as_it_likes)
{
	struct fixture f;
	struct vp_http_cfg cfg = base_cfg();
	cfg.max_conns_per_ip = 1;
	cfg.trusted_proxies = "127.0.0.0/8";
	fixture_start(&f, cfg);
	int fds[5];
	for (int i = 0; i < 5; i++) {
		fds[i] = client_connect(f.port);
		client_send_text(fds[i], GET("/"));
		VP_CLEANUP(vp_freep) char *a = client_answer(fds[i]);
		cr_assert_eq(answer_status(a), 200);
	}
	for (int i = 0; i < 5; i++) {
		close(fds[i]);
	}
	fixture_stop(&f);
	cfg.trusted_proxies = "no address";
	struct vp_http *http = NULL;
	cfg.listen = "127.0.0.1:0";
	cr_assert_neq(vp_http_create(&http, &cfg), 0);
}

Test(guard, over_the_limit_connections_wait_and_are_served_later)
{
	struct fixture f;
	struct vp_http_cfg cfg = base_cfg();
	cfg.max_conns = 2;
	cfg.io_timeout_s = 10;
	fixture_start(&f, cfg);
	int one = client_connect(f.port), two = client_connect(f.port),
	    three = client_connect(f.port);
	client_send_text(one, GET("/"));
	client_send_text(two, GET("/"));
	VP_CLEANUP(vp_freep) char *a = client_answer(one);
	VP_CLEANUP(vp_freep) char *b = client_answer(two);
	client_send_text(three, GET("/"));
	struct timeval short_wait = {0, 200000};
	char c;
	setsockopt(three, SOL_SOCKET, SO_RCVTIMEO, &short_wait, sizeof(short_wait));
	cr_assert_eq(recv(three, &c, 1, 0), -1);
	close(one);
	VP_CLEANUP(vp_freep) char *third = client_answer(three);
	cr_assert_eq(answer_status(third), 200);
	close(two);
	close(three);
	fixture_stop(&f);
}

Test(guard, running_out_of_descriptors_does_not_spin_or_end_the_server)
{
	struct fixture f;
	struct vp_http_cfg cfg = base_cfg();
	cfg.io_timeout_s = 10;
	fixture_start(&f, cfg);
	int first = client_connect(f.port), waiting = client_connect(f.port);
	client_send_text(first, GET("/"));
	VP_CLEANUP(vp_freep) char *a = client_answer(first);
	int next = dup(0);
	close(next);
	struct rlimit old, tight;
	getrlimit(RLIMIT_NOFILE, &old);
	tight = old;
	int late = client_connect(f.port);
	tight.rlim_cur = (rlim_t)late; /* all numbers below are taken, or none is free */
	setrlimit(RLIMIT_NOFILE, &tight);
	struct rusage before, after;
	getrusage(RUSAGE_SELF, &before);
	client_send_text(late, GET("/"));
	usleep(300000); /* time in which a spinning accept loop would burn CPU */
	getrusage(RUSAGE_SELF, &after);
	int64_t cpu_us = (after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000 +
			 after.ru_utime.tv_usec - before.ru_utime.tv_usec +
			 (after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000 +
			 after.ru_stime.tv_usec - before.ru_stime.tv_usec;
	cr_assert(cpu_us < 100000, "%d us", (int)cpu_us);
	setrlimit(RLIMIT_NOFILE, &old);
	VP_CLEANUP(vp_freep) char *b = client_answer(late);
	cr_assert_eq(answer_status(b), 200);
	close(first);
	close(waiting);
	close(late);
	fixture_stop(&f);
}

Test(guard, random_bytes_never_end_the_server)
{
	struct fixture f;
	fixture_start(&f, base_cfg());
	static const char *const bits[] = {"GET ", "/", " HTTP/1.1", "\r\n", "\n", "\r", "Host: a",
		":", "Content-Length: 2", "Transfer-Encoding: chunked", "0", "ffff", " ", "\t", "%",
		"\x80", "?", "Upgrade: websocket", "Connection: upgrade", "Expect: 100-continue",
		"\r\n\r\n"};
	srand(7);
	for (int i = 0; i < 3000; i++) {
		int fd = client_connect(f.port);
		char text[1024] = "";
		size_t n = (size_t)rand() % 20, len = 0;
		for (size_t k = 0; k < n; k++) {
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s",
				bits[(size_t)rand() % VP_ARRAY_LEN(bits)]);
		}
		client_send(fd, text, len);
		close(fd);
	}
	assert_alive(&f);
	fixture_stop(&f);
}
