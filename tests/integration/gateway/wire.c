#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tests/integration/bus_kit.h"
#include "tests/integration/gateway/wire.h"

void (*wire_turn)(int ms);
FILE *wire_record;

static int open_to(int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	KIT_CHECK(connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0, "port %d", port);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void send_all(int fd, const void *data, size_t len)
{
	const char *at = data;
	while (len != 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN) {
			return; /* the far side has closed; the reader will see it */
		}
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		} else {
			wire_turn(5);
		}
	}
}

/* Appends what is there; false: closed. */
static bool read_some(int fd, void *buf, size_t size, size_t *len)
{
	ssize_t n = recv(fd, (char *)buf + *len, size - *len, 0);
	if (n > 0) {
		*len += (size_t)n;
		return true;
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

const char *wire_header(const struct answer *answer, const char *name)
{
	static char value[1024];
	size_t n = strlen(name);
	for (const char *line = strstr(answer->head, "\r\n"); line != NULL && line[2] != '\0';
		line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':') {
			const char *at = line + 3 + n + strspn(line + 3 + n, " ");
			snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"), at);
			return value;
		}
	}
	return NULL;
}

static bool split(struct answer *answer, char *buf, size_t len)
{
	char *end = strstr(buf, "\r\n\r\n");
	if (end == NULL) {
		return false;
	}
	free(answer->head);
	answer->head = strndup(buf, (size_t)(end - buf) + 2);
	answer->status = atoi(buf + 9);
	const char *text = wire_header(answer, "content-length");
	size_t want = text != NULL ? strtoull(text, NULL, 10) : 0;
	size_t have = len - (size_t)(end + 4 - buf);
	if (have < want) {
		return false;
	}
	answer->len = want;
	answer->body = calloc(1, want + 1);
	memcpy(answer->body, end + 4, want);
	return true;
}

struct answer wire_ask(
	int port, const char *method, const char *path, const char *headers, const char *body)
{
	struct answer answer = {0};
	size_t size = 1 << 20, len = 0;
	int64_t until = vp_mono_us() + WIRE_WAIT_MS * 1000LL;
	char *buf = calloc(1, size + 1);
	char *request = vp_strf("%s %s HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: %zu\r\n"
				"Connection: close\r\n%s\r\n%s",
		method, path, port, body != NULL ? strlen(body) : 0, headers != NULL ? headers : "",
		body != NULL ? body : "");
	int fd = open_to(port);
	send_all(fd, request, strlen(request));
	while (!split(&answer, buf, len)) {
		KIT_CHECK(vp_mono_us() < until, "no answer to %s %s", method, path);
		wire_turn(5);
		if (!read_some(fd, buf, size, &len)) {
			KIT_CHECK(split(&answer, buf, len), "%s %s: closed", method, path);
			break;
		}
	}
	close(fd);
	free(request);
	free(buf);
	answer.json = json_loads(answer.body, JSON_DECODE_ANY, NULL);
	return answer;
}

void wire_free(struct answer *answer)
{
	free(answer->head);
	free(answer->body);
	json_decref(answer->json);
	*answer = (struct answer){0};
}

json_t *wire_at(json_t *json, const char *path)
{
	while (json != NULL && *path != '\0') {
		char part[64];
		size_t n = strcspn(path, ".");
		snprintf(part, sizeof(part), "%.*s", (int)n, path);
		json = json_is_array(json) ? json_array_get(json, (size_t)atoi(part))
					   : json_object_get(json, part);
		path += n + (path[n] == '.');
	}
	return json;
}

const char *wire_text(const json_t *json, const char *path)
{
	return json_string_value(wire_at((json_t *)json, path));
}

/* --- WebSocket --- */

int ws_open(struct ws *ws, int port, const char *query, const char *headers)
{
	struct answer answer = {0};
	int64_t until = vp_mono_us() + WIRE_WAIT_MS * 1000LL;
	char *request = vp_strf(
		"GET /api/voip/ws%s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: Upgrade\r\n"
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
		query, port, headers != NULL ? headers : "");
	memset(ws, 0, sizeof(*ws));
	ws->fd = open_to(port);
	ws->close_code = -1;
	ws->inbox = json_array();
	send_all(ws->fd, request, strlen(request));
	free(request);
	while (!split(&answer, (char *)ws->buf, ws->len)) {
		KIT_CHECK(vp_mono_us() < until, "no handshake");
		wire_turn(5);
		KIT_CHECK(read_some(ws->fd, ws->buf, sizeof(ws->buf) - 1, &ws->len),
			"closed in the handshake");
	}
	int status = answer.status;
	size_t head = strlen(answer.head) + 2;
	memmove(ws->buf, ws->buf + head, ws->len - head);
	ws->len -= head;
	wire_free(&answer);
	if (status != 101) {
		ws_close(ws);
	}
	return status;
}

void ws_send(struct ws *ws, const char *text)
{
	size_t len = strlen(text), n = 2;
	uint8_t *frame = calloc(1, len + 14);
	frame[0] = 0x81;
	if (len < 126) {
		frame[1] = (uint8_t)(0x80 | len);
	} else {
		frame[1] = 0x80 | 126;
		frame[2] = (uint8_t)(len >> 8);
		frame[3] = (uint8_t)len;
		n = 4;
	}
	memcpy(frame + n + 4, text, len); /* mask of zeros */
	send_all(ws->fd, frame, n + 4 + len);
	free(frame);
}

void ws_send_json(struct ws *ws, json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);
	KIT_CHECK(text != NULL);
	ws_send(ws, text);
	free(text);
	json_decref(message);
}

/* One whole frame from the buffer into the inbox; false: none is whole. */
static bool take_frame(struct ws *ws)
{
	size_t head = 2;
	if (ws->len < 2) {
		return false;
	}
	size_t len = ws->buf[1] & 0x7F;
	if (len == 126) {
		head = 4;
		len = (size_t)ws->buf[2] << 8 | ws->buf[3];
	} else if (len == 127) {
		head = 10;
		len = (size_t)ws->buf[7] << 16 | (size_t)ws->buf[8] << 8 | ws->buf[9];
	}
	if (ws->len < head + len) {
		return false;
	}
	int op = ws->buf[0] & 0x0F;
	if (op == 1) {
		json_t *message = json_loadb((char *)ws->buf + head, len, 0, NULL);
		KIT_CHECK(message != NULL, "%.*s", (int)len, (char *)ws->buf + head);
		if (wire_record != NULL) {
			fprintf(wire_record, "%.*s\n", (int)len, (char *)ws->buf + head);
		}
		json_array_append_new(ws->inbox, message);
	} else if (op == 8) {
		ws->close_code = len >= 2 ? ws->buf[head] << 8 | ws->buf[head + 1] : 0;
	}
	memmove(ws->buf, ws->buf + head + len, ws->len - head - len);
	ws->len -= head + len;
	return true;
}

static void ws_turn(struct ws *ws)
{
	wire_turn(5);
	if (ws->fd >= 0 && ws->close_code < 0 &&
		!read_some(ws->fd, ws->buf, sizeof(ws->buf) - 1, &ws->len)) {
		ws->close_code = 0;
	}
	while (take_frame(ws)) {
	}
}

static ssize_t find(struct ws *ws, const char *type, const char *id)
{
	for (size_t i = 0; i < json_array_size(ws->inbox); i++) {
		json_t *m = json_array_get(ws->inbox, i);
		const char *m_type = wire_text(m, "type"), *m_id = wire_text(m, "id");
		if (strcmp(m_type, type) == 0 &&
			(id == NULL || (m_id != NULL && strcmp(m_id, id) == 0))) {
			return (ssize_t)i;
		}
	}
	return -1;
}

static json_t *expect(struct ws *ws, const char *type, const char *id)
{
	int64_t until = vp_mono_us() + WIRE_WAIT_MS * 1000LL;
	ssize_t i;
	while ((i = find(ws, type, id)) < 0) {
		KIT_CHECK(vp_mono_us() < until && ws->close_code < 0, "no %s %s (close %d)", type,
			id != NULL ? id : "", ws->close_code);
		ws_turn(ws);
	}
	json_t *message = json_incref(json_array_get(ws->inbox, (size_t)i));
	json_array_remove(ws->inbox, (size_t)i);
	return message;
}

json_t *ws_expect(struct ws *ws, const char *type)
{
	return expect(ws, type, NULL);
}

json_t *ws_reply(struct ws *ws, const char *id)
{
	return expect(ws, "reply", id);
}

bool ws_has(struct ws *ws, const char *type, int ms)
{
	int64_t until = vp_mono_us() + ms * 1000LL;
	while (find(ws, type, NULL) < 0 && vp_mono_us() < until) {
		ws_turn(ws);
	}
	return find(ws, type, NULL) >= 0;
}

unsigned ws_count(struct ws *ws, const char *type)
{
	unsigned n = 0;
	for (size_t i = 0; i < json_array_size(ws->inbox); i++) {
		n += strcmp(wire_text(json_array_get(ws->inbox, i), "type"), type) == 0;
	}
	return n;
}

int ws_wait_close(struct ws *ws)
{
	int64_t until = vp_mono_us() + WIRE_WAIT_MS * 1000LL;
	while (ws->close_code < 0) {
		KIT_CHECK(vp_mono_us() < until, "the socket stays open");
		ws_turn(ws);
	}
	return ws->close_code;
}

void ws_close(struct ws *ws)
{
	if (ws->fd >= 0) {
		close(ws->fd);
	}
	ws->fd = -1;
	json_decref(ws->inbox);
	ws->inbox = NULL;
}
