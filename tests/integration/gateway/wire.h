/* A browser's side of HTTP and WebSocket, over plain sockets. While it waits it turns the test's
 * own loop (the fakes of other services live there). Every wait has a deadline. */
#ifndef GATEWAY_TEST_WIRE_H
#define GATEWAY_TEST_WIRE_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WIRE_WAIT_MS 30000

/* Called while waiting, for at most ms. */
extern void (*wire_turn)(int ms);
/* Each message of a WebSocket is written here, one a line; NULL: nowhere. */
extern FILE *wire_record;

struct answer {
	int status;
	char *head;
	char *body; /* NUL at end */
	size_t len;
	json_t *json; /* NULL when the body is none */
};
/* headers: "Name: value\r\n...", may be NULL; body NULL: none. */
struct answer wire_ask(
	int port, const char *method, const char *path, const char *headers, const char *body);
void wire_free(struct answer *answer);
/* Value of a header (lower-case name), valid until the next call; NULL: none. */
const char *wire_header(const struct answer *answer, const char *name);
/* Text at "a.b.0.c"; NULL when there is none. */
const char *wire_text(const json_t *json, const char *path);
json_t *wire_at(json_t *json, const char *path);

struct ws {
	int fd;
	uint8_t buf[1 << 17];
	size_t len;
	int close_code; /* -1: open; 0: closed without one */
	json_t *inbox;  /* array of messages not yet taken */
};
/* The status of the handshake: 101, or why not. headers as above. */
int ws_open(struct ws *ws, int port, const char *query, const char *headers);
void ws_send(struct ws *ws, const char *text);
void ws_send_json(struct ws *ws, json_t *message); /* takes it over */
/* The next message of this type; others stay. Fails after the deadline. The caller decrefs. */
json_t *ws_expect(struct ws *ws, const char *type);
/* The reply to this id. */
json_t *ws_reply(struct ws *ws, const char *id);
/* Turns for ms and tells whether such a message came; it stays. */
bool ws_has(struct ws *ws, const char *type, int ms);
unsigned ws_count(struct ws *ws, const char *type);
int ws_wait_close(struct ws *ws);
void ws_close(struct ws *ws);
#endif
