/* WebSocket over real sockets, well-behaved and hostile. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "fixture.h"

#define HANDSHAKE(extra)                                                                           \
	"GET /ws HTTP/1.1\r\nHost: a:80\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"          \
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" extra       \
	"\r\n"

static volatile int opened, closed, texts;
static struct vp_ws_cfg ws_cfg;
static struct fixture f;

static void on_text(struct vp_ws *ws, const char *text, size_t len, void *arg)
{
	(void)arg;
	cr_assert_eq(text[len], '\0');
	__atomic_add_fetch(&texts, 1, __ATOMIC_RELEASE);
	if (strcmp(text, "bye") == 0) {
		vp_ws_close(ws, 4001, "as asked");
		vp_ws_send(ws, "never", 5);
	} else if (strcmp(text, "flood") == 0) {
		static const char block[4096] = {'x'};
		for (int i = 0; i < 5000; i++) {
			vp_ws_send(ws, block, sizeof(block));
		}
	} else {
		vp_ws_send(ws, text, len);
	}
}

static void on_close(struct vp_ws *ws, void *arg)
{
	(void)arg;
	vp_ws_send(ws, "into the void", 13);
	vp_ws_close(ws, 1000, NULL);
	__atomic_add_fetch(&closed, 1, __ATOMIC_RELEASE);
}

static void on_ws(struct vp_http_req *req, void *arg)
{
	(void)arg;
	struct vp_ws *ws = vp_http_upgrade(req, &ws_cfg);
	if (ws != NULL) {
		__atomic_add_fetch(&opened, 1, __ATOMIC_RELEASE);
		vp_ws_send(ws, "hello", 5);
	}
}

static const struct vp_http_route routes[] = {{"GET", "/ws", on_ws, 0, NULL}};

static void start(void)
{
	ws_cfg = (struct vp_ws_cfg){.max_msg = 1000,
		.max_queue = 100000,
		.ping_s = 1,
		.protocol = "ringmain.v1",
		.on_text = on_text,
		.on_close = on_close};
	fixture_start(&f, (struct vp_http_cfg){.routes = routes,
				  .n_routes = 1,
				  .io_timeout_s = 1,
				  .public_url = "https://crm.example"});
}

static void stop(void)
{
	fixture_stop(&f);
	cr_assert_eq(opened, closed, "on_close comes exactly once");
}

static int ws_open(void)
{
	int fd = client_connect(f.port);
	struct timeval wait = {WAIT_MS / 1000, 0};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	client_send_text(fd, HANDSHAKE("Origin: http://a\r\n"));
	char *a = client_answer(fd);
	cr_assert_eq(answer_status(a), 101);
	cr_assert_not_null(strstr(a, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "RFC 6455 section 1.3");
	cr_assert_not_null(strstr(a, "ringmain.v1"));
	free(a);
	return fd;
}

/* One masked frame; fin_op is the first byte. */
static void ws_frame(int fd, uint8_t fin_op, const void *data, size_t len)
{
	uint8_t buf[70000] = {fin_op};
	size_t n = 2;
	if (len < 126) {
		buf[1] = (uint8_t)(0x80 | len);
	} else {
		buf[1] = 0x80 | 126;
		buf[2] = (uint8_t)(len >> 8);
		buf[3] = (uint8_t)len;
		n = 4;
	}
	static const uint8_t mask[4] = {1, 2, 3, 4};
	memcpy(buf + n, mask, 4);
	n += 4;
	for (size_t i = 0; i < len; i++) {
		buf[n + i] = ((const uint8_t *)data)[i] ^ mask[i % 4];
	}
	client_send(fd, buf, n + len);
}

static bool read_all(int fd, void *buf, size_t len)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = recv(fd, (char *)buf + got, len - got, 0);
		if (n <= 0) {
			return false;
		}
		got += (size_t)n;
	}
	return true;
}

/* Reads one frame; the opcode, or -1 when the connection ended. text gets the NUL-ended payload. */
static int ws_read(int fd, char text[2048])
{
	uint8_t head[4];
	if (!read_all(fd, head, 2)) {
		return -1;
	}
	size_t len = head[1] & 0x7F;
	if (len == 126) {
		cr_assert(read_all(fd, head + 2, 2));
		len = (size_t)head[2] << 8 | head[3];
	}
	cr_assert(len < 2048);
	cr_assert(read_all(fd, text, len));
	text[len] = '\0';
	return head[0] & 0x0F;
}

/* The close code that the server sends, 0 when it just closes; skips other frames. */
static int close_code(int fd)
{
	char text[2048];
	int op;
	while ((op = ws_read(fd, text)) != -1) {
		if (op == 8) {
			return strlen(text) >= 2 ? (uint8_t)text[0] << 8 | (uint8_t)text[1] : 0;
		}
	}
	return 0;
}

static void expect_text(int fd, const char *want)
{
	char text[2048];
	cr_assert_eq(ws_read(fd, text), 1);
	cr_assert_str_eq(text, want);
}

Test(ws, greets_and_echoes)
{
	start();
	int fd = ws_open();
	expect_text(fd, "hello");
	ws_frame(fd, 0x81, "eins", 4);
	expect_text(fd, "eins");
	ws_frame(fd, 0x81, "", 0);
	expect_text(fd, "");
	ws_frame(fd, 0x01, "in ", 3);
	ws_frame(fd, 0x89, "p", 1);
	ws_frame(fd, 0x80, "parts", 5);
	char text[2048];
	cr_assert_eq(ws_read(fd, text), 10, "the pong comes between");
	expect_text(fd, "in parts");
	close(fd);
	cr_assert(wait_for(&closed, 1));
	stop();
}

Test(ws, a_frame_in_the_same_packet_as_the_handshake_is_not_lost)
{
	start();
	int fd = client_connect(f.port);
	char both[512];
	size_t len = (size_t)snprintf(both, sizeof(both), "%s", HANDSHAKE(""));
	memcpy(both + len, "\x81\x82\0\0\0\0hi", 8);
	client_send(fd, both, len + 8);
	VP_CLEANUP(vp_freep) char *a = client_answer(fd);
	cr_assert_eq(answer_status(a), 101);
	expect_text(fd, "hello");
	expect_text(fd, "hi");
	close(fd);
	stop();
}

Test(ws, origins_are_checked)
{
	start();
	static const struct {
		const char *header;
		int status;
	} cases[] = {{"", 101}, {"Origin: http://a\r\n", 101},
		{"Origin: https://crm.example\r\n", 101}, {"Origin: https://evil.example\r\n", 403},
		{"Origin: null\r\n", 403}, {"Origin: https://crm.example.evil\r\n", 403}};
	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		VP_CLEANUP(vp_freep)
		char *req = vp_strf("%.*s%s\r\n", (int)(sizeof(HANDSHAKE("")) - 3), HANDSHAKE(""),
			cases[i].header);
		VP_CLEANUP(vp_freep) char *a = client_ask(f.port, req);
		cr_expect_eq(answer_status(a), cases[i].status, "%s: %d", cases[i].header,
			answer_status(a));
	}
	cr_assert(wait_for(&closed, 3));
	stop();
}

Test(ws, what_is_no_handshake_is_426)
{
	start();
	static const char *const requests[] = {
		"GET /ws HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\n\r\n",
		"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n",
		"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		"GET /ws HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(requests); i++) {
		VP_CLEANUP(vp_freep) char *a = client_ask(f.port, requests[i]);
		cr_expect_eq(answer_status(a), 426, "case %zu: %d", i, answer_status(a));
	}
	stop();
}

Test(ws, wrong_frames_are_closed_with_their_code)
{
	start();
	static char long_text[2000];
	memset(long_text, 'x', sizeof(long_text));
	const struct {
		const char *name;
		const void *bytes;
		size_t len;
		int code;
	} cases[] = {
		{"binary", "\x82\x81\0\0\0\0x", 7, 1003},
		{"not utf-8", "\x81\x82\0\0\0\0\xC3\x28", 8, 1007},
		{"not masked", "\x81\x01x", 3, 1002},
		{"reserved bit", "\xC1\x81\0\0\0\0x", 7, 1002},
		{"reserved opcode", "\x83\x81\0\0\0\0x", 7, 1002},
		{"fragmented ping", "\x09\x81\0\0\0\0x", 7, 1002},
		{"long ping", "\x89\xFE\x00\x80\0\0\0\0", 8, 1002},
		{"continuation of nothing", "\x80\x81\0\0\0\0x", 7, 1002},
		{"new message inside one", "\x01\x81\0\0\0\0x\x81\x81\0\0\0\0y", 14, 1002},
		{"length 2^64-2", "\x81\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE\0\0\0\0", 14, 1002},
		{"length 2^62", "\x81\xFF\x40\0\0\0\0\0\0\0\0\0\0\0", 14, 1009},
		{"close with one byte", "\x88\x81\0\0\0\0\x03", 7, 1002},
		{"close with bad code", "\x88\x82\0\0\0\0\x03\xED", 8, 1002},
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		int fd = ws_open();
		client_send(fd, cases[i].bytes, cases[i].len);
		int code = close_code(fd);
		cr_expect(code == cases[i].code || code == 0, "%s: %d", cases[i].name, code);
		close(fd);
		cr_assert(wait_for(&closed, (int)i + 1), "%s: not closed", cases[i].name);
	}
	int fd = ws_open();
	ws_frame(fd, 0x81, long_text, sizeof(long_text));
	cr_assert_eq(close_code(fd), 1009);
	close(fd);
	fd = ws_open();
	for (int i = 0; i < 4; i++) {
		ws_frame(fd, i == 0 ? 0x01 : 0x00, long_text, 400);
	}
	cr_assert_eq(close_code(fd), 1009, "the sum of the parts counts");
	close(fd);
	cr_assert_eq(texts, 0);
	stop();
}

Test(ws, either_side_may_close)
{
	start();
	int fd = ws_open();
	ws_frame(fd, 0x88, "\x03\xE8", 2);
	cr_assert_eq(close_code(fd), 1000);
	cr_assert(client_closed(fd, WAIT_MS));
	close(fd);
	fd = ws_open();
	expect_text(fd, "hello");
	ws_frame(fd, 0x81, "bye", 3);
	cr_assert_eq(close_code(fd), 4001);
	cr_assert(client_closed(fd, WAIT_MS), "also when the far side does not answer the close");
	close(fd);
	cr_assert(wait_for(&closed, 2));
	stop();
}

Test(ws, who_does_not_answer_pings_is_closed)
{
	start();
	int fd = ws_open();
	char text[2048];
	expect_text(fd, "hello");
	cr_assert_eq(ws_read(fd, text), 9);
	cr_assert(client_closed(fd, WAIT_MS));
	close(fd);
	cr_assert(wait_for(&closed, 1));
	stop();
}

Test(ws, who_answers_pings_stays)
{
	start();
	int fd = ws_open();
	char text[2048];
	expect_text(fd, "hello");
	for (int i = 0; i < 4; i++) {
		cr_assert_eq(ws_read(fd, text), 9);
		ws_frame(fd, 0x8A, text, strlen(text));
	}
	ws_frame(fd, 0x81, "still here", 10);
	expect_text(fd, "still here");
	close(fd);
	stop();
}

Test(ws, a_client_that_does_not_read_is_closed_not_buffered)
{
	start();
	int fd = ws_open(), small = 4096;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	ws_frame(fd, 0x81, "flood", 5);
	cr_assert(wait_for(&closed, 1));
	struct vp_http_stats stats;
	vp_http_stats(f.http, &stats);
	cr_assert_eq(stats.stalled, 1);
	cr_assert_eq(stats.sockets, 0);
	close(fd);
	stop();
}

Test(ws, a_flood_of_pings_is_closed)
{
	start();
	int fd = ws_open();
	for (int i = 0; i < 200; i++) {
		ws_frame(fd, 0x89, "", 0);
	}
	cr_assert_eq(close_code(fd), 1008);
	close(fd);
	stop();
}

Test(ws, stop_says_going_away)
{
	start();
	int fd = ws_open();
	expect_text(fd, "hello");
	fixture_ask_stop(&f);
	cr_assert_eq(close_code(fd), 1001);
	ws_frame(fd, 0x88, "\x03\xE9", 2);
	cr_assert(client_closed(fd, WAIT_MS));
	close(fd);
	fixture_stop(&f);
	cr_assert_eq(closed, 1);
}

Test(ws, random_frames_never_end_the_server)
{
	start();
	srand(11);
	for (int i = 0; i < 300; i++) {
		int fd = ws_open();
		uint8_t bytes[64];
		for (size_t k = 0; k < sizeof(bytes); k++) {
			bytes[k] = (uint8_t)rand();
		}
		bytes[0] = (uint8_t)((bytes[0] & 0x80) | (rand() % 11));
		bytes[1] |= 0x80;
		client_send(fd, bytes, (size_t)rand() % sizeof(bytes));
		close(fd);
	}
	int fd = ws_open();
	expect_text(fd, "hello");
	close(fd);
	stop();
}
