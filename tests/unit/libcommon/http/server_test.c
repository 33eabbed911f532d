/* The server over real sockets: routes, answers, deferral, timers, stop. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "fixture.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

struct program {
	struct vp_http_ref *ref;
	volatile int deferred, ticks, watched, gone;
	int event_fd;
};

static void on_hello(struct vp_http_req *req, void *arg)
{
	(void)arg;
	vp_http_reply(req, 200, "text/plain", "hello", 5);
}

static void on_call(struct vp_http_req *req, void *arg)
{
	(void)arg;
	const char *q = vp_http_query(req, "q");
	const char *cookie = vp_http_cookie(req, "sid");
	const char *none = vp_http_param(req, "other");
	char *text = vp_strf("%s|%s|%s|%s|%s|%s|%s", vp_http_method(req), vp_http_path(req),
		vp_http_param(req, "id"), q != NULL ? q : "-", cookie != NULL ? cookie : "-",
		vp_http_remote(req), none == NULL && !vp_http_is_tls(req) ? "ok" : "wrong");
	vp_http_reply(req, 200, "text/plain", text, strlen(text));
	free(text);
}

static void on_echo(struct vp_http_req *req, void *arg)
{
	size_t len;
	(void)arg;
	const char *body = vp_http_body(req, &len);
	cr_assert_eq(body[len], '\0');
	vp_http_reply(req, 200, "text/plain", body, len);
}

static void on_defer(struct vp_http_req *req, void *arg)
{
	struct program *p = arg;
	p->ref = vp_http_defer(req);
	__atomic_add_fetch(&p->deferred, 1, __ATOMIC_RELEASE);
}

/* Two refs on one request: the first answer wins, the second finds the request gone. */
static void on_finish(struct vp_http_req *req, void *arg)
{
	struct program *p = arg;
	struct vp_http_req *waiting = vp_http_ref_req(p->ref);
	if (waiting != NULL) {
		vp_http_reply(waiting, 200, "text/plain", "late", 4);
	}
	cr_assert_null(vp_http_ref_req(p->ref));
	vp_http_ref_drop(p->ref);
	p->ref = NULL;
	vp_http_reply(req, 200, "text/plain", waiting != NULL ? "was there" : "was gone", 9);
}

static void on_give_up(struct vp_http_req *req, void *arg)
{
	struct program *p = arg;
	vp_http_ref_drop(p->ref);
	vp_http_reply(req, 204, NULL, NULL, 0);
}

static void on_silent(struct vp_http_req *req, void *arg)
{
	(void)req;
	(void)arg;
}

static void on_twice(struct vp_http_req *req, void *arg)
{
	(void)arg;
	vp_http_add_header(req, "x-bad", "a\r\nset-cookie: b");
	vp_http_add_header(req, "x-good", "a");
	vp_http_reply_error(req, 409, "taken", "Say \"again\".");
	vp_http_reply(req, 200, "text/plain", "second", 6);
}

/* Refuses with what the query says, or with a sentence of so many letters. */
static void on_refuse(struct vp_http_req *req, void *arg)
{
	(void)arg;
	const char *text = vp_http_query(req, "text"), *letters = vp_http_query(req, "letters");
	size_t n = letters ? strtoul(letters, NULL, 10) : 0;
	char *sentence = vp_http_alloc(req, n + 1);
	memset(sentence, 'a', n);
	vp_http_reply_error(req, 418, "no", text ? text : sentence);
}

static const char tag[] = "route data";
static const struct vp_http_route routes[] = {
	{"GET", "/hello", on_hello, 0, tag},
	{"GET", "/calls/{id}", on_call, 0, NULL},
	{"POST", "/echo", on_echo, 1000, NULL},
	{"POST", "/big", on_echo, 1 << 20, NULL},
	{"GET", "/defer", on_defer, 0, NULL},
	{"GET", "/finish", on_finish, 0, NULL},
	{"GET", "/give-up", on_give_up, 0, NULL},
	{"GET", "/silent", on_silent, 0, NULL},
	{"GET", "/twice", on_twice, 0, NULL},
	{"GET", "/refuse", on_refuse, 0, NULL},
};

static bool guard(struct vp_http_req *req, const struct vp_http_route *route, void *arg)
{
	(void)arg;
	if (vp_http_query(req, "deny") == NULL) {
		return true;
	}
	vp_http_reply_error(req, 403, "denied", route->data == tag ? "tagged" : "untagged");
	return false;
}

static struct program program;

static struct vp_http_cfg base_cfg(void)
{
	return (struct vp_http_cfg){.routes = routes,
		.n_routes = VP_ARRAY_LEN(routes),
		.arg = &program,
		.before = guard,
		.answer_timeout_s = 1,
		.io_timeout_s = 1};
}

Test(server, answers_with_the_security_headers)
{
	struct fixture f;
	fixture_start(&f, base_cfg());
	VP_CLEANUP(vp_freep) char *a = client_ask(f.port, GET("/hello"));
	cr_assert_eq(answer_status(a), 200);
	cr_assert_str_eq(answer_body(a), "hello");
	static const char *const names[][2] = {{"content-type", "text/plain"},
		{"cache-control", "no-store"}, {"x-content-type-options", "nosniff"},
		{"referrer-policy", "same-origin"},
		{"content-security-policy", "default-src 'none'; frame-ancestors 'none'"}};
	for (size_t i = 0; i < VP_ARRAY_LEN(names); i++) {
		VP_CLEANUP(vp_freep) char *value = answer_header(a, names[i][0]);
		cr_assert_not_null(value, "%s", names[i][0]);
		cr_assert_str_eq(value, names[i][1]);
	}
	cr_assert_null(answer_header(a, "server"));
	cr_assert_null(answer_header(a, "strict-transport-security"));
	fixture_stop(&f);
}

Test(server, hands_over_params_query_and_cookies)
{
	struct fixture f;
	fixture_start(&f, base_cfg());
	VP_CLEANUP(vp_freep)
	char *a = client_ask(f.port, "GET /calls/a%2Fb?x=1&q=%C3%A4+b HTTP/1.1\r\nHost: "
				     "a\r\nCookie: x=1; sid=s3; y=2\r\n\r\n");
	cr_assert_str_eq(answer_body(a), "GET|/calls/a%2Fb|a/b|\xC3\xA4 b|s3|127.0.0.1|ok");
	fixture_stop(&f);
}

Test(server, tells_unknown_paths_from_wrong_methods)
{
	struct fixture f;
	fixture_start(&f, base_cfg());
	VP_CLEANUP(vp_freep) char *a = client_ask(f.port, GET("/nothing"));
	cr_assert_eq(answer_status(a), 404);
	cr_assert_not_null(strstr(answer_body(a), "\"error\":\"not_found\""));
	VP_CLEANUP(vp_freep)
	char *b = client_ask(f.port, "DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
	cr_assert_eq(answer_status(b), 405);
	VP_CLEANUP(vp_freep) char *allow = answer_header(b, "allow");
	cr_assert_str_eq(allow, "GET");
	fixture_stop(&f);
}

Test(server, head_has_the_length_and_no_body)
{
	struct fixture f;
	fixture_start(&f, base_cfg());
	int fd = client_connect(f.port);
	client_send_text(fd, "HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	char buf[2048] = "";
	size_t len = 0;
	ssize_t n;
	while ((n = read(fd, buf + len, sizeof(buf) - 1 - len)) > 0) {
		len += (size_t)n;
	}
	cr_assert_eq(answer_status(buf), 200);
	cr_assert_not_null(strstr(buf, "Content-Length: 5"));
	cr_assert_str_empty(answer_body(buf));
	close(fd);
	fixture_stop(&f);
}

Test(server, the_before_hook_may_answer_instead)
{
	struct fixture f;
	fixture_start(&f, base_cfg());
	VP_CLEANUP(vp_freep) char *a = client_ask(f.port, GET("/hello?deny=1"));
	cr_assert_eq(answer_status(a), 403);
	cr_assert_not_null(strstr(answer_body(a), "\"tagged\""));
	fixture_stop(&f);
}

Test(server, bodies_have_a_limit_a_route_and_one_for_all)
{
	struct fixture f;
	struct vp_http_cfg cfg = base_cfg();
	cfg.max_body = 5000;
	fixture_start(&f, cfg);
	char body[1002];
	memset(body, 'x', sizeof(body));
	for (size_t len = 1000; len <= 1001; len++) {
		VP_CLEANUP(vp_freep)
		char *req =
			vp_strf("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n%.*s",
				len, (int)len, body);
		VP_CLEANUP(vp_freep) char *a = client_ask(f.port, req);
		cr_assert_eq(answer_status(a), len == 1000 ? 200 : 413);
	}
	VP_CLEANUP(vp_freep)
	char *a =
		client_ask(f.port, "POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 5001\r\n\r\n");
	cr_assert_eq(answer_status(a), 413);
	VP_CLEANUP(vp_freep)
	char *b = client_ask(f.port,
		"POST /big HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n");
	cr_assert_str_eq(answer_body(b), "abcde");
	fixture_stop(&f);
}

Test(server, pipelined_requests_are_answered_in_order)
{
	enum { N = 1000 };
	struct fixture f;
	fixture_start(&f, base_cfg());
	int fd = client_connect(f.port);
	for (int i = 0; i < N; i++) {
		VP_CLEANUP(vp_freep)
		char *req = vp_strf("GET /calls/%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
		client_send_text(fd, req);
		if (i % 100 == 99) { /* the far side stops reading while it answers */
			for (int k = i - 99; k <= i; k++) {
				VP_CLEANUP(vp_freep)
				char *want = vp_strf("GET|/calls/%d|%d|", k, k);
				VP_CLEANUP(vp_freep) char *a = client_answer(fd);
				cr_assert_not_null(a);
				cr_assert_eq(strncmp(answer_body(a), want, strlen(want)), 0);
			}
		}
	}
	close(fd);
	fixture_stop(&f);
}

Test(server, a_deferred_answer_arrives_later)
{
	struct fixture f;
	program = (struct program){0};
	fixture_start(&f, base_cfg());
	int fd = client_connect(f.port);
	client_send_text(fd, GET("/defer"));
	cr_assert(wait_for(&program.deferred, 1));
	VP_CLEANUP(vp_freep) char *done = client_ask(f.port, GET("/finish"));
	cr_assert_str_eq(answer_body(done), "was there");
	VP_CLEANUP(vp_freep) char *a = client_answer(fd);
	cr_assert_str_eq(answer_body(a), "late");
	close(fd);
	fixture_stop(&f);
}

Test(server, a_deferred_answer_has_a_deadline)
{
	struct fixture f;
	program = (struct program){0};
	fixture_start(&f, base_cfg());
	VP_CLEANUP(vp_freep) char *a = client_ask(f.port, GET("/defer"));
	cr_assert_eq(answer_status(a), 504);
	VP_CLEANUP(vp_freep) char *done = client_ask(f.port, GET("/finish"));
	cr_assert_eq(strncmp(answer_body(done), "was gone", 8), 0);
	fixture_stop(&f);
}

Test(server, a_client_that_left_does_no_harm_to_a_deferred_answer)
{
	struct fixture f;
	program = (struct program){0};
	fixture_start(&f, base_cfg());
	for (int i = 1; i <= 20; i++) {
		int fd = client_connect(f.port);
		client_send_text(fd, GET("/defer"));
		cr_assert(wait_for(&program.deferred, i));
		struct linger hard = {1, 0};
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		close(fd);
		VP_CLEANUP(vp_freep) char *done = client_ask(f.port, GET("/finish"));
		cr_assert_eq(answer_status(done), 200);
	}
	fixture_stop(&f);
}

Test(server, a_dropped_ref_without_answer_is_500)
{
	struct fixture f;
	program = (struct program){0};
	fixture_start(&f, base_cfg());
	int fd = client_connect(f.port);
	client_send_text(fd, GET("/defer"));
	cr_assert(wait_for(&program.deferred, 1));
	VP_CLEANUP(vp_freep) char *done = client_ask(f.port, GET("/give-up"));
	cr_assert_eq(answer_status(done), 204);
	VP_CLEANUP(vp_freep) char *a = client_answer(fd);
	cr_assert_eq(answer_status(a), 500);
	VP_CLEANUP(vp_freep) char *b = client_ask(f.port, GET("/silent"));
	cr_assert_eq(answer_status(b), 500);
	close(fd);
	fixture_stop(&f);
}

Test(server, only_the_first_answer_counts_and_headers_cannot_be_injected)
{
	struct fixture f;
	fixture_start(&f, base_cfg());
	VP_CLEANUP(vp_freep) char *a = client_ask(f.port, GET("/twice"));
	cr_assert_eq(answer_status(a), 409);
	cr_assert_null(answer_header(a, "x-bad"));
	cr_assert_null(answer_header(a, "set-cookie"));
	VP_CLEANUP(vp_freep) char *good = answer_header(a, "x-good");
	cr_assert_str_eq(good, "a");
	cr_assert_str_eq(
		answer_body(a), "{\"error\":\"taken\",\"message\":\"Say \\\"again\\\".\"}");
	fixture_stop(&f);
}

/* The message of a refusal, as its reader finds it. */
static void refusal_says(int port, const char *query, const char *wanted)
{
	VP_CLEANUP(vp_freep)
	char *request = vp_strf("GET /refuse?%s HTTP/1.1\r\nHost: a\r\n\r\n", query);
	VP_CLEANUP(vp_freep) char *answer = client_ask(port, request);
	json_t *body = json_loads(answer_body(answer), JSON_REJECT_DUPLICATES, NULL);
	cr_assert_eq(answer_status(answer), 418);
	cr_assert_str_eq(json_string_value(json_object_get(body, "error")), "no");
	cr_assert_str_eq(json_string_value(json_object_get(body, "message")), wanted);
	json_decref(body);
}

Test(server, a_refusal_is_json_whatever_its_sentence)
{
	struct fixture f;
	char sentence[601] = "";
	fixture_start(&f, base_cfg());
	refusal_says(f.port, "text=Try+again.", "Try again.");
	refusal_says(f.port, "text=%22%5C%09%C3%A9", "\"\\\t\xC3\xA9");
	for (size_t n = 460; n <= 600; n += 5) { /* about where the short way ends */
		char query[32];
		snprintf(query, sizeof(query), "letters=%zu", n);
		memset(sentence, 'a', n);
		refusal_says(f.port, query, sentence);
	}
	fixture_stop(&f);
}

static void on_tick(void *arg)
{
	struct program *p = arg;
	__atomic_add_fetch(&p->ticks, 1, __ATOMIC_RELEASE);
}

static void on_event(void *arg)
{
	struct program *p = arg;
	uint64_t n;
	cr_assert(read(p->event_fd, &n, sizeof(n)) == sizeof(n));
	__atomic_add_fetch(&p->watched, 1, __ATOMIC_RELEASE);
}

static void *run_loop(void *arg)
{
	vp_http_run(arg);
	return NULL;
}

static void on_stop_now(void *arg)
{
	vp_http_stop(arg, 1);
}

Test(server, watches_descriptors_and_keeps_time)
{
	struct vp_http *http;
	struct vp_http_cfg cfg = base_cfg();
	cfg.listen = "[::1]:0";
	program = (struct program){.event_fd = eventfd(0, EFD_CLOEXEC)};
	cr_assert_eq(vp_http_create(&http, &cfg), 0);
	cr_assert_eq(vp_http_every(http, 10, on_tick, &program), 0);
	cr_assert_neq(vp_http_every(http, 0, on_tick, &program), 0);
	cr_assert_eq(vp_http_watch(http, program.event_fd, on_event, &program), 0);
	cr_assert_neq(vp_http_watch(http, -1, on_event, &program), 0);
	cr_assert_eq(vp_http_every(http, 400, on_stop_now, http), 0);
	pthread_t thread;
	pthread_create(&thread, NULL, run_loop, http);
	uint64_t one = 1;
	cr_assert(write(program.event_fd, &one, sizeof(one)) == sizeof(one));
	cr_assert(wait_for(&program.watched, 1));
	cr_assert(wait_for(&program.ticks, 5));
	pthread_join(thread, NULL);
	http = vp_http_destroy(http);
	cr_assert(
		fcntl(program.event_fd, F_GETFD) >= 0, "the watched descriptor stays the caller's");
	close(program.event_fd);
}

Test(server, two_servers_live_in_one_process)
{
	struct fixture a, b;
	fixture_start(&a, base_cfg());
	fixture_start(&b, base_cfg());
	cr_assert_neq(a.port, b.port);
	VP_CLEANUP(vp_freep) char *one = client_ask(a.port, GET("/hello"));
	fixture_stop(&a);
	VP_CLEANUP(vp_freep) char *two = client_ask(b.port, GET("/hello"));
	cr_assert_eq(answer_status(one), 200);
	cr_assert_eq(answer_status(two), 200);
	fixture_stop(&b);
}

Test(server, cannot_be_made_on_a_wrong_or_taken_address)
{
	struct vp_http *http = NULL;
	struct fixture f;
	fixture_start(&f, base_cfg());
	VP_CLEANUP(vp_freep) char *taken = vp_strf("127.0.0.1:%d", f.port);
	const char *const wrong[] = {
		taken, "127.0.0.1", "localhost:1", "127.0.0.1:x", "1.2.3.4.5:1"};
	for (size_t i = 0; i < VP_ARRAY_LEN(wrong); i++) {
		struct vp_http_cfg cfg = base_cfg();
		cfg.listen = wrong[i];
		cr_expect_neq(vp_http_create(&http, &cfg), 0, "%s", wrong[i]);
		cr_expect_null(http);
	}
	fixture_stop(&f);
}

Test(server, stop_closes_idle_connections_and_finishes_the_others)
{
	struct fixture f;
	program = (struct program){0};
	struct vp_http_cfg cfg = base_cfg();
	cfg.io_timeout_s = 10;
	fixture_start(&f, cfg);
	int idle = client_connect(f.port), busy = client_connect(f.port);
	client_send_text(idle, GET("/hello"));
	VP_CLEANUP(vp_freep) char *first = client_answer(idle);
	client_send_text(busy, GET("/defer"));
	cr_assert(wait_for(&program.deferred, 1));
	fixture_ask_stop(&f);
	cr_assert(client_closed(idle, 1000));
	VP_CLEANUP(vp_freep) char *a = client_answer(busy);
	cr_assert_eq(answer_status(a), 504, "its own deadline ends it within the drain time");
	VP_CLEANUP(vp_freep) char *connection = answer_header(a, "connection");
	cr_assert(client_closed(busy, 1000));
	vp_http_ref_drop(program.ref);
	close(idle);
	close(busy);
	fixture_stop(&f);
}

Test(server, stop_answers_503_when_the_drain_time_is_over)
{
	struct fixture f;
	program = (struct program){0};
	struct vp_http_cfg cfg = base_cfg();
	cfg.answer_timeout_s = 30;
	fixture_start(&f, cfg);
	f.drain_s = 0;
	int busy = client_connect(f.port);
	client_send_text(busy, GET("/defer"));
	cr_assert(wait_for(&program.deferred, 1));
	fixture_stop(&f);
	VP_CLEANUP(vp_freep) char *a = client_answer(busy);
	cr_assert_eq(answer_status(a), 503);
	vp_http_ref_drop(program.ref);
	close(busy);
}
