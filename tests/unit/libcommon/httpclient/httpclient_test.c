/* The client against our own server on loopback. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient_int.h"
#include "tests/unit/libcommon/http/fixture.h"

struct seen {
	int calls, err, status;
	char body[256], type[64], reason[256];
	size_t len, written;
	char location[128];
};

static struct fixture f;
static struct vp_httpc *client;
static char url[64];

static void on_echo(struct vp_http_req *req, void *arg)
{
	(void)arg;
	size_t len;
	const char *auth = vp_http_header(req, "authorization"), *x = vp_http_header(req, "x-one");
	const char *body = vp_http_body(req, &len);
	VP_CLEANUP(vp_freep)
	char *text = vp_strf("%s|%s|%s|%s", vp_http_method(req), auth != NULL ? auth : "-",
		x != NULL ? x : "-", body);
	vp_http_reply(req, 200, "text/plain", text, strlen(text));
}

static void on_redirect(struct vp_http_req *req, void *arg)
{
	(void)arg;
	vp_http_add_header(req, "location", "/echo");
	vp_http_reply(req, 302, "text/plain", "there", 5);
}

static void on_big(struct vp_http_req *req, void *arg)
{
	(void)arg;
	VP_CLEANUP(vp_freep) char *body = calloc(1, 100000);
	vp_http_reply(req, 200, "text/plain", body, 100000);
}

static struct vp_http_ref *refs[32];
static volatile int n_refs;

static void on_slow(struct vp_http_req *req, void *arg)
{
	(void)arg;
	refs[n_refs] = vp_http_defer(req);
	__atomic_add_fetch(&n_refs, 1, __ATOMIC_RELEASE);
}

static const struct vp_http_route routes[] = {{"*", "/echo", on_echo, 0, NULL},
	{"GET", "/redirect", on_redirect, 0, NULL}, {"GET", "/big", on_big, 0, NULL},
	{"GET", "/slow", on_slow, 0, NULL}};

static void start(void)
{
	fixture_start(&f, (struct vp_http_cfg){.routes = routes, .n_routes = VP_ARRAY_LEN(routes)});
	f.drain_s = 0;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", f.port);
	cr_assert_eq(vp_httpc_create(&client, &(struct vp_httpc_cfg){0}), 0);
}

static void stop(void)
{
	client = vp_httpc_destroy(client);
	fixture_stop(&f);
	while (n_refs > 0) {
		vp_http_ref_drop(refs[--n_refs]);
	}
}

static void on_reply(const struct vp_httpc_reply *reply, void *arg)
{
	struct seen *seen = arg;
	seen->calls++;
	seen->err = reply->err;
	seen->status = reply->status;
	seen->len = reply->len;
	seen->written = reply->written;
	snprintf(seen->location, sizeof(seen->location), "%.127s", reply->location);
	cr_assert_eq(reply->body[reply->len], '\0');
	snprintf(seen->body, sizeof(seen->body), "%.255s", reply->body);
	snprintf(seen->type, sizeof(seen->type), "%.63s", reply->content_type);
	snprintf(seen->reason, sizeof(seen->reason), "%.255s", reply->reason);
}

static void drain_until(const int *calls, int want, int ms)
{
	int64_t until = vp_mono_us() + (int64_t)ms * 1000;
	while (*calls < want && vp_mono_us() < until) {
		struct pollfd p = {.fd = vp_httpc_fd(client), .events = POLLIN};
		poll(&p, 1, 100);
		vp_httpc_drain(client);
	}
}

static struct seen ask(struct vp_httpc_req req)
{
	struct seen seen = {0};
	cr_assert_eq(vp_httpc_send(client, &req, on_reply, &seen, NULL), 0);
	drain_until(&seen.calls, 1, WAIT_MS);
	cr_assert_eq(seen.calls, 1);
	return seen;
}

static struct seen get(const char *path)
{
	VP_CLEANUP(vp_freep) char *full = vp_strf("%s%s", url, path);
	return ask((struct vp_httpc_req){.url = full, .allow_private = true});
}

Test(httpclient, sends_method_headers_body_and_password)
{
	start();
	static const char *const headers[] = {"X-One: 1", "Content-Type: text/plain", NULL};
	VP_CLEANUP(vp_freep) char *full = vp_strf("%s/echo", url);
	struct seen seen = ask((struct vp_httpc_req){.method = "PUT",
		.url = full,
		.headers = headers,
		.body = "a\0b",
		.len = 3,
		.user = "u",
		.password = "p:q",
		.allow_private = true});
	cr_assert_eq(seen.err, 0);
	cr_assert_eq(seen.status, 200);
	cr_assert_str_eq(seen.body, "PUT|Basic dTpwOnE=|1|a");
	cr_assert_str_eq(seen.type, "text/plain");
	seen = get("/echo");
	cr_assert_str_eq(seen.body, "GET|-|-|");
	stop();
}

Test(httpclient, does_not_follow_redirects)
{
	start();
	struct seen seen = get("/redirect");
	cr_assert_eq(seen.status, 302);
	cr_assert_str_eq(seen.body, "there");
	VP_CLEANUP(vp_freep) char *there = vp_strf("%s/echo", url);
	cr_assert_str_eq(seen.location, there);
	stop();
}

Test(httpclient, bounds_the_answer)
{
	start();
	VP_CLEANUP(vp_freep) char *full = vp_strf("%s/big", url);
	struct seen seen =
		ask((struct vp_httpc_req){.url = full, .max_body = 99999, .allow_private = true});
	cr_assert_eq(seen.err, EFBIG);
	seen = ask((struct vp_httpc_req){.url = full, .max_body = 100000, .allow_private = true});
	cr_assert_eq(seen.err, 0);
	cr_assert_eq(seen.len, 100000);
	stop();
}

static int temp_file(void)
{
	char path[] = "/tmp/httpclient_test.XXXXXX";
	int fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	unlink(path);
	return fd;
}

Test(httpclient, a_good_body_goes_into_a_file_and_an_error_does_not)
{
	start();
	int fd = temp_file();
	VP_CLEANUP(vp_freep) char *big = vp_strf("%s/big", url);
	VP_CLEANUP(vp_freep) char *none = vp_strf("%s/none", url);
	struct seen seen =
		ask((struct vp_httpc_req){.url = big, .body_fd = &fd, .allow_private = true});
	cr_assert_eq(seen.err, 0);
	cr_assert_eq(seen.written, 100000);
	cr_assert_eq(seen.len, 0);
	cr_assert_eq(lseek(fd, 0, SEEK_END), 100000);
	seen = ask((struct vp_httpc_req){.url = none, .body_fd = &fd, .allow_private = true});
	cr_assert_eq(seen.status, 404);
	cr_assert_eq(seen.written, 0);
	cr_assert_gt(seen.len, 0);
	cr_assert_eq(lseek(fd, 0, SEEK_END), 100000);
	close(fd);
	stop();
}

Test(httpclient, a_file_is_bounded_and_its_errors_are_told)
{
	start();
	int fd = temp_file(), full = open("/dev/full", O_WRONLY);
	VP_CLEANUP(vp_freep) char *big = vp_strf("%s/big", url);
	struct vp_httpc_req req = {
		.url = big, .body_fd = &fd, .max_body = 99999, .allow_private = true};
	cr_assert_eq(ask(req).err, EFBIG);
	req.max_body = 100000;
	req.body_fd = &full;
	cr_assert_eq(ask(req).err, ENOSPC);
	close(fd);
	req.body_fd = &fd;
	cr_assert_eq(vp_httpc_send(client, &req, on_reply, NULL, NULL), EBADF);
	close(full);
	stop();
}

Test(httpclient, what_stalls_is_left)
{
	start();
	VP_CLEANUP(vp_freep) char *slow = vp_strf("%s/slow", url);
	int64_t began = vp_mono_us();
	struct seen seen = ask((struct vp_httpc_req){
		.url = slow, .stall_s = 1, .timeout_ms = 60000, .allow_private = true});
	cr_assert_eq(seen.err, ETIMEDOUT);
	cr_assert_lt(vp_mono_us() - began, 10000000);
	stop();
}

Test(httpclient, times_out)
{
	start();
	VP_CLEANUP(vp_freep) char *full = vp_strf("%s/slow", url);
	struct seen seen =
		ask((struct vp_httpc_req){.url = full, .timeout_ms = 200, .allow_private = true});
	cr_assert_eq(seen.err, ETIMEDOUT);
	stop();
}

Test(httpclient, tells_failures_apart)
{
	start();
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);
	cr_assert_eq(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	VP_CLEANUP(vp_freep) char *dead = vp_strf("http://127.0.0.1:%d/", ntohs(sa.sin_port));
	VP_CLEANUP(vp_freep) char *tls = vp_strf("https://127.0.0.1:%d/echo", f.port);
	const struct {
		const char *url;
		int err;
	} cases[] = {{dead, ECONNREFUSED}, {tls, EPROTO}, {"ftp://127.0.0.1/", EINVAL},
		{"file:///etc/passwd", EINVAL}, {"http://[::1", EINVAL},
		{"http://name.invalid/", EHOSTUNREACH}};
	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		struct seen seen =
			ask((struct vp_httpc_req){.url = cases[i].url, .allow_private = true});
		cr_expect_eq(
			seen.err, cases[i].err, "%s: %d %s", cases[i].url, seen.err, seen.reason);
		cr_expect_str_not_empty(seen.reason);
	}
	close(fd);
	stop();
}

Test(httpclient, refuses_private_addresses_in_every_spelling)
{
	start();
	static const char *const hosts[] = {"127.0.0.1", "localhost", "127.1", "2130706433",
		"0x7f000001", "0177.0.0.1", "0", "[::1]", "[::ffff:127.0.0.1]", "[::]", "10.0.0.1",
		"192.168.1.1", "169.254.169.254", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]",
		"user@127.0.0.1", "127.0.0.1.", "%31%32%37.0.0.1"};
	for (size_t i = 0; i < VP_ARRAY_LEN(hosts); i++) {
		VP_CLEANUP(vp_freep) char *full = vp_strf("http://%s:%d/echo", hosts[i], f.port);
		struct seen seen = ask((struct vp_httpc_req){.url = full, .timeout_ms = 2000});
		cr_expect(seen.err == EACCES || seen.err == EHOSTUNREACH || seen.err == EINVAL,
			"%s: %d %s", hosts[i], seen.err, seen.reason);
	}
	struct vp_http_stats stats;
	vp_http_stats(f.http, &stats);
	cr_assert_eq(stats.accepted, 0, "not one connection was made");
	stop();
}

Test(httpclient, a_connection_that_was_allowed_does_not_serve_a_guarded_request)
{
	start();
	VP_CLEANUP(vp_freep) char *full = vp_strf("%s/echo", url);
	struct seen seen = ask((struct vp_httpc_req){.url = full, .allow_private = true});
	cr_assert_eq(seen.status, 200);
	seen = ask((struct vp_httpc_req){.url = full});
	cr_assert_eq(seen.err, EACCES);
	stop();
}

Test(httpclient, a_line_break_in_a_header_is_refused)
{
	start();
	static const char *const headers[] = {"X-One: 1\r\nX-Two: 2", NULL};
	struct seen seen = {0};
	cr_assert_eq(vp_httpc_send(client, &(struct vp_httpc_req){.url = url, .headers = headers},
			     on_reply, &seen, NULL),
		EINVAL);
	stop();
}

Test(httpclient, a_cancelled_request_is_not_heard_of_again)
{
	start();
	struct seen slow = {0};
	struct vp_httpc_op *op;
	VP_CLEANUP(vp_freep) char *full = vp_strf("%s/slow", url);
	cr_assert_eq(
		vp_httpc_send(client, &(struct vp_httpc_req){.url = full, .allow_private = true},
			on_reply, &slow, &op),
		0);
	cr_assert(wait_for(&n_refs, 1));
	vp_httpc_cancel(op);
	vp_httpc_cancel(NULL);
	struct seen seen = get("/echo");
	cr_assert_eq(seen.status, 200);
	cr_assert_eq(slow.calls, 0);
	stop();
}

Test(httpclient, many_requests_at_once_and_destroyed_in_the_middle)
{
	start();
	struct seen seen = {0};
	VP_CLEANUP(vp_freep) char *echo = vp_strf("%s/echo", url);
	for (int i = 0; i < 200; i++) {
		cr_assert_eq(vp_httpc_send(client,
				     &(struct vp_httpc_req){.url = echo, .allow_private = true},
				     on_reply, &seen, NULL),
			0);
	}
	drain_until(&seen.calls, 200, 20000);
	cr_assert_eq(seen.calls, 200);
	VP_CLEANUP(vp_freep) char *slow = vp_strf("%s/slow", url);
	for (int i = 0; i < 20; i++) {
		cr_assert_eq(vp_httpc_send(client,
				     &(struct vp_httpc_req){.url = slow, .allow_private = true},
				     on_reply, &seen, NULL),
			0);
	}
	cr_assert(wait_for(&n_refs, 1));
	stop();
	cr_assert_eq(seen.calls, 200);
}
