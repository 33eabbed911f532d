/* Files: the web app with its fallback, and single files with ranges. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "fixture.h"

#define BIG 300000

static char *root;
static char *recording;

static void on_recording(struct vp_http_req *req, void *arg)
{
	(void)arg;
	vp_http_reply_file(req, recording, "audio/wav",
		vp_http_query(req, "download") != NULL ? "call \"1\"\r\nx: y.wav" : NULL);
}

static struct fixture f;

static void on_allow(struct vp_http_req *req, void *arg)
{
	(void)arg;
	const char *sources = vp_http_query(req, "sources");
	int err = vp_http_allow_connect(f.http, sources);
	vp_http_reply_error(req, err == 0 ? 400 : 422, "told", "");
}

static const struct vp_http_route routes[] = {
	{"GET", "/rec", on_recording, 0, NULL}, {"GET", "/allow", on_allow, 0, NULL}};

static void start(void)
{
	static char bytes[BIG];
	for (size_t i = 0; i < BIG; i++) {
		bytes[i] = (char)('a' + i % 26);
	}
	root = make_dir();
	recording = vp_strf("%s/rec.wav", root);
	VP_CLEANUP(vp_freep) char *assets = vp_strf("%s/assets", root);
	VP_CLEANUP(vp_freep) char *fifo = vp_strf("%s/fifo.txt", root);
	mkdir(assets, 0755);
	mkfifo(fifo, 0600);
	write_file(root, "index.html", "<app>", 5);
	write_file(root, ".secret", "no", 2);
	write_file(root, "assets/app.js", "plain js", 8);
	write_file(root, "assets/app.js.br", "br js", 5);
	write_file(root, "rec.wav", bytes, BIG);
	write_file(root, "empty.txt", "", 0);
	fixture_start(&f, (struct vp_http_cfg){.routes = routes, .n_routes = 2, .file_root = root});
}

static void stop(void)
{
	fixture_stop(&f);
	VP_CLEANUP(vp_freep) char *cmd = vp_strf("rm -rf %s", root);
	cr_assert_eq(system(cmd), 0);
	free(root);
	free(recording);
}

static char *get(const char *path, const char *headers)
{
	VP_CLEANUP(vp_freep)
	char *req = vp_strf("GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", path, headers);
	return client_ask(f.port, req);
}

static void expect(const char *path, const char *headers, int status, const char *body)
{
	VP_CLEANUP(vp_freep) char *a = get(path, headers);
	cr_expect_eq(answer_status(a), status, "%s: %d", path, answer_status(a));
	if (body != NULL) {
		cr_expect_str_eq(answer_body(a), body);
	}
}

Test(files, the_app_is_served_with_its_fallback)
{
	start();
	expect("/", "", 200, "<app>");
	expect("/calls/17", "", 200, "<app>");
	expect("/index.html?x", "", 200, "<app>");
	expect("/assets/app.js", "", 200, "plain js");
	expect("/empty.txt", "", 200, "");
	expect("/assets/none.js", "", 404, NULL);
	expect("/api/unknown", "", 404, NULL);
	VP_CLEANUP(vp_freep) char *a = get("/", "");
	VP_CLEANUP(vp_freep) char *csp = answer_header(a, "content-security-policy");
	cr_assert_not_null(strstr(csp, "frame-ancestors 'none'"));
	cr_assert_not_null(strstr(csp, "script-src 'self';"));
	VP_CLEANUP(vp_freep) char *type = answer_header(a, "content-type");
	cr_assert_str_eq(type, "text/html; charset=utf-8");
	VP_CLEANUP(vp_freep) char *cache = answer_header(a, "cache-control");
	cr_assert_str_eq(cache, "no-cache");
	stop();
}

static void policy_has(const char *directive)
{
	VP_CLEANUP(vp_freep) char *a = get("/", "");
	VP_CLEANUP(vp_freep) char *csp = answer_header(a, "content-security-policy");
	cr_assert_not_null(strstr(csp, directive), "%s lacks %s", csp, directive);
}

Test(files, pages_speak_to_us_and_to_hosts_that_were_allowed)
{
	start();
	policy_has("; connect-src 'self'; ");
	expect("/allow?sources=wss://*.example.com+wss://127.0.0.1:5091", "", 400, NULL);
	policy_has("; connect-src 'self' wss://*.example.com wss://127.0.0.1:5091; ");
	expect("/allow?sources=x%3Bscript-src+*", "", 422, NULL);
	expect("/allow?sources=x%0d%0aset-cookie:a", "", 422, NULL);
	expect("/allow?sources='unsafe-eval'", "", 422, NULL);
	policy_has("; connect-src 'self' wss://*.example.com wss://127.0.0.1:5091; ");
	expect("/allow?sources=", "", 400, NULL);
	policy_has("; connect-src 'self'; ");
	stop();
}

Test(files, nothing_outside_or_hidden_is_served)
{
	start();
	static const char *const paths[] = {"/../etc/passwd", "/%2e%2e/etc/passwd.x",
		"/..%2fetc%2fpasswd.x", "/assets/../.secret", "/.secret", "/%2esecret",
		"/assets%2f.secret", "//etc/passwd.x", "/assets/./app.js", "/fifo.txt",
		"/assets.x/"};
	for (size_t i = 0; i < VP_ARRAY_LEN(paths); i++) {
		VP_CLEANUP(vp_freep) char *a = get(paths[i], "");
		cr_expect(answer_status(a) == 404 || strcmp(answer_body(a), "<app>") == 0, "%s: %d",
			paths[i], answer_status(a));
	}
	stop();
}

Test(files, symbolic_links_are_not_followed)
{
	start();
	VP_CLEANUP(vp_freep) char *link = vp_strf("%s/link.txt", root);
	cr_assert_eq(symlink("/etc/passwd", link), 0);
	expect("/link.txt", "", 404, NULL);
	stop();
}

Test(files, packed_siblings_are_used_when_the_client_takes_them)
{
	start();
	expect("/assets/app.js", "Accept-Encoding: gzip, br\r\n", 200, "br js");
	VP_CLEANUP(vp_freep) char *a = get("/assets/app.js", "Accept-Encoding: br\r\n");
	VP_CLEANUP(vp_freep) char *coding = answer_header(a, "content-encoding");
	VP_CLEANUP(vp_freep) char *vary = answer_header(a, "vary");
	VP_CLEANUP(vp_freep) char *cache = answer_header(a, "cache-control");
	cr_assert_str_eq(coding, "br");
	cr_assert_str_eq(vary, "accept-encoding");
	cr_assert_not_null(strstr(cache, "immutable"));
	stop();
}

Test(files, a_known_etag_is_304)
{
	start();
	VP_CLEANUP(vp_freep) char *a = get("/rec", "");
	VP_CLEANUP(vp_freep) char *etag = answer_header(a, "etag");
	VP_CLEANUP(vp_freep) char *same = vp_strf("If-None-Match: \"x\", %s\r\n", etag);
	int fd = client_connect(f.port);
	VP_CLEANUP(vp_freep) char *req = vp_strf("GET /rec HTTP/1.1\r\nHost: a\r\n%s\r\n", same);
	client_send_text(fd, req);
	VP_CLEANUP(vp_freep) char *b = client_answer(fd);
	cr_assert_eq(answer_status(b), 304);
	client_send_text(fd, "GET /empty.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	VP_CLEANUP(vp_freep) char *c = client_answer(fd);
	cr_assert_eq(answer_status(c), 200, "the 304 left nothing behind on the connection");
	close(fd);
	expect("/rec", "If-None-Match: \"x\"\r\n", 200, NULL);
	stop();
}

Test(files, ranges_give_their_bytes)
{
	start();
	expect("/rec", "Range: bytes=0-3\r\n", 206, "abcd");
	expect("/rec", "Range: bytes=26-27\r\n", 206, "ab");
	expect("/rec", "Range: bytes=-2\r\n", 206,
		(char[]){'a' + (BIG - 2) % 26, 'a' + (BIG - 1) % 26, 0});
	expect("/rec", "Range: bytes=300000-\r\n", 416, NULL);
	expect("/rec", "Range: bytes=0-1\r\nIf-Range: \"old\"\r\n", 200, NULL);
	VP_CLEANUP(vp_freep) char *a = get("/rec", "Range: bytes=1-200000\r\n");
	cr_assert_eq(answer_status(a), 206);
	cr_assert_eq(strlen(answer_body(a)), 200000);
	VP_CLEANUP(vp_freep) char *range = answer_header(a, "content-range");
	cr_assert_str_eq(range, "bytes 1-200000/300000");
	VP_CLEANUP(vp_freep) char *whole = get("/rec", "");
	cr_assert_eq(strlen(answer_body(whole)), BIG);
	cr_assert_eq(answer_body(whole)[BIG - 1], 'a' + (BIG - 1) % 26);
	stop();
}

Test(files, a_download_name_cannot_leave_its_header)
{
	start();
	VP_CLEANUP(vp_freep) char *a = get("/rec?download=1", "Range: bytes=0-0\r\n");
	VP_CLEANUP(vp_freep) char *value = answer_header(a, "content-disposition");
	cr_assert_str_eq(value, "attachment; filename=\"call__1___x:_y.wav\"");
	cr_assert_null(answer_header(a, "x"));
	stop();
}

Test(files, a_missing_file_is_404_and_a_shrunk_one_is_cut)
{
	start();
	int fd = client_connect(f.port);
	VP_CLEANUP(vp_freep) char *big = calloc(1, 32 << 20);
	write_file(root, "rec.wav", big, 32 << 20);
	client_send_text(fd, "GET /rec HTTP/1.1\r\nHost: a\r\n\r\n");
	char c;
	cr_assert_eq(recv(fd, &c, 1, 0), 1);
	cr_assert_eq(truncate(recording, 10), 0);
	cr_assert(client_closed(fd, WAIT_MS));
	close(fd);
	unlink(recording);
	expect("/rec", "", 404, NULL);
	stop();
}
