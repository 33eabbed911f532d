/* WebSocket (RFC 6455) by h2o and wslay. What is sent is queued and flushed after each round of the
 * loop: h2o's proceed may free the connection, so it never runs inside a callback. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http_int.h"

#define DEFAULT_MAX_MSG ((size_t)64 << 10)
#define DEFAULT_MAX_QUEUE ((size_t)1 << 20)
#define DEFAULT_PING_S 20
#define MAX_QUEUE_MSGS 4096
#define MAX_CONTROL_A_SECOND 20
#define CLOSE_WAIT_US 2000000 /* for the far side's close frame */

struct vp_ws {
	struct vp_http *http;
	struct vp_conn *conn;
	h2o_websocket_conn_t *h2o;
	struct vp_ws_cfg cfg;
	h2o_linklist_t link, dirty;
	int64_t pinged_us, closing_us;
	unsigned unheard;    /* pings since anything came */
	unsigned controls;   /* in this second */
	char *text;          /* the message being delivered */
	uint16_t close_code; /* a close frame that waits for the queue; 0: none, or it is out */
	char close_reason[124];
};

static void set_dirty(struct vp_ws *ws)
{
	if (!h2o_linklist_is_linked(&ws->dirty)) {
		h2o_linklist_insert(&ws->http->dirty, &ws->dirty);
	}
}

/* A close frame overtakes what wslay still has queued, so it is put there only when all else is
 * out. */
static void queue_close(struct vp_ws *ws, unsigned code, const char *reason)
{
	if (ws->closing_us != 0) {
		return;
	}
	ws->closing_us = vp_mono_us();
	ws->close_code = (uint16_t)code;
	snprintf(ws->close_reason, sizeof(ws->close_reason), "%s", reason != NULL ? reason : "");
	set_dirty(ws);
}

static void say_close(struct vp_ws *ws)
{
	if (ws->close_code == 0) {
		return;
	}
	if (wslay_event_get_queued_msg_count(ws->h2o->ws_ctx) != 0) {
		set_dirty(ws); /* looked at again in the next round: a finished write begins one */
		return;
	}
	wslay_event_queue_close(ws->h2o->ws_ctx, ws->close_code, (const uint8_t *)ws->close_reason,
		strlen(ws->close_reason));
	ws->close_code = 0;
}

static void on_gone(struct vp_ws *ws)
{
	struct vp_http *http = ws->http;
	h2o_linklist_unlink(&ws->link);
	if (h2o_linklist_is_linked(&ws->dirty)) {
		h2o_linklist_unlink(&ws->dirty);
	}
	http->stats.sockets--;
	if (ws->closing_us == 0) {
		ws->closing_us = vp_mono_us(); /* what on_close sends is dropped */
	}
	ws->cfg.on_close(ws, ws->cfg.arg);
	h2o_websocket_close(ws->h2o);
	free(ws->text);
	free(ws);
}

static void on_control(struct vp_ws *ws)
{
	struct wslay_event_context *ctx = ws->h2o->ws_ctx;
	/* a peer that pings and never reads would fill the queue with our pongs */
	if (++ws->controls > MAX_CONTROL_A_SECOND ||
		wslay_event_get_queued_msg_count(ctx) > MAX_QUEUE_MSGS) {
		queue_close(ws, 1008, "too many control frames");
	}
}

static void on_text_msg(struct vp_ws *ws, const struct wslay_event_on_msg_recv_arg *msg)
{
	char *text = realloc(ws->text, msg->msg_length + 1);
	if (text == NULL) {
		queue_close(ws, 1011, "out of memory");
		return;
	}
	ws->text = text;
	if (msg->msg_length != 0) {
		memcpy(text, msg->msg, msg->msg_length);
	}
	text[msg->msg_length] = '\0';
	ws->cfg.on_text(ws, text, msg->msg_length, ws->cfg.arg);
}

static void on_event(h2o_websocket_conn_t *conn, const struct wslay_event_on_msg_recv_arg *msg)
{
	struct vp_ws *ws = conn->data;
	if (msg == NULL) {
		on_gone(ws);
		return;
	}
	ws->unheard = 0;
	if (ws->closing_us != 0) {
		return;
	}
	if (wslay_is_ctrl_frame(msg->opcode)) {
		if (msg->opcode == WSLAY_CONNECTION_CLOSE) {
			ws->closing_us = vp_mono_us();
		} else {
			on_control(ws);
		}
	} else if (msg->opcode == WSLAY_TEXT_FRAME) {
		on_text_msg(ws, msg);
	} else {
		queue_close(ws, 1003, "text only");
	}
}

static bool is_allowed_origin(struct vp_http_req *req)
{
	const char *origin = vp_http_header(req, "origin");
	return origin == NULL || vp_origin_matches(origin, req->host, req->http->cfg.public_url);
}

static bool check_handshake(struct vp_http_req *req, const char **ret_key)
{
	const char *version = vp_http_header(req, "sec-websocket-version");
	if (h2o_is_websocket_handshake(req->h2o, ret_key) != 0 || *ret_key == NULL ||
		req->h2o->version != 0x101 || version == NULL || strcmp(version, "13") != 0) {
		vp_http_add_header(req, "sec-websocket-version", "13");
		vp_http_add_header(req, "upgrade", "websocket");
		vp_http_reply_error(req, 426, "upgrade_required", "This address is a WebSocket.");
		return false;
	}
	if (!is_allowed_origin(req)) {
		vp_http_reply_error(req, 403, "wrong_origin", "This page may not connect here.");
		return false;
	}
	return true;
}

static void or_defaults(struct vp_ws_cfg *cfg)
{
	cfg->max_msg = cfg->max_msg != 0 ? cfg->max_msg : DEFAULT_MAX_MSG;
	cfg->max_queue = cfg->max_queue != 0 ? cfg->max_queue : DEFAULT_MAX_QUEUE;
	cfg->ping_s = cfg->ping_s != 0 ? cfg->ping_s : DEFAULT_PING_S;
}

struct vp_ws *vp_http_upgrade(struct vp_http_req *req, const struct vp_ws_cfg *cfg)
{
	const char *key;
	if (!check_handshake(req, &key)) {
		return NULL;
	}
	struct vp_ws *ws = h2o_mem_alloc(sizeof(*ws));
	*ws = (struct vp_ws){.http = req->http, .conn = req->conn, .cfg = *cfg};
	or_defaults(&ws->cfg);
	ws->pinged_us = vp_mono_us();
	if (cfg->protocol != NULL) {
		vp_http_add_header(req, "sec-websocket-protocol", cfg->protocol);
	}
	req->answered = true;
	req->conn->upgraded = true;
	vp_defer_forget(req);
	ws->h2o = h2o_upgrade_to_websocket(req->h2o, key, ws, on_event);
	wslay_event_config_set_max_recv_msg_length(ws->h2o->ws_ctx, ws->cfg.max_msg);
	h2o_linklist_insert(&ws->http->sockets, &ws->link);
	ws->http->stats.sockets++;
	return ws;
}

static bool queue_is_full(struct vp_ws *ws, size_t len)
{
	return wslay_event_get_queued_msg_length(ws->h2o->ws_ctx) + len > ws->cfg.max_queue ||
	       wslay_event_get_queued_msg_count(ws->h2o->ws_ctx) >= MAX_QUEUE_MSGS;
}

void vp_ws_send(struct vp_ws *ws, const char *text, size_t len)
{
	if (ws->closing_us != 0) {
		return;
	}
	if (queue_is_full(ws, len)) {
		ws->closing_us = vp_mono_us();
		ws->http->stats.stalled++;
		vp_conn_kill(ws->conn); /* it does not read, so it would not see a close frame */
		return;
	}
	struct wslay_event_msg msg = {WSLAY_TEXT_FRAME, (const uint8_t *)text, len};
	wslay_event_queue_msg(ws->h2o->ws_ctx, &msg);
	set_dirty(ws);
}

void vp_ws_close(struct vp_ws *ws, unsigned code, const char *reason)
{
	queue_close(ws, code, reason);
}

void vp_ws_flush(struct vp_http *http)
{
	h2o_linklist_t todo;
	h2o_linklist_init_anchor(&todo);
	h2o_linklist_insert_list(&todo, &http->dirty);
	while (!h2o_linklist_is_empty(&todo)) {
		struct vp_ws *ws = H2O_STRUCT_FROM_MEMBER(struct vp_ws, dirty, todo.next);
		h2o_linklist_unlink(&ws->dirty);
		if (ws->h2o->sock == NULL) {
			set_dirty(ws); /* until the 101 is out */
			continue;
		}
		say_close(ws);
		h2o_websocket_proceed(ws->h2o);
	}
}

static void sweep_one(struct vp_ws *ws, int64_t now_us)
{
	int64_t ping_us = (int64_t)ws->cfg.ping_s * 1000000;
	ws->controls = 0;
	if (ws->closing_us != 0) {
		if (now_us - ws->closing_us > CLOSE_WAIT_US && ws->h2o->sock != NULL) {
			vp_conn_kill(ws->conn);
		}
		return;
	}
	if (now_us - ws->pinged_us < ping_us) {
		return;
	}
	if (ws->unheard == 2) {
		ws->closing_us = now_us;
		vp_conn_kill(ws->conn);
		return;
	}
	struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};
	ws->pinged_us = now_us;
	ws->unheard++;
	wslay_event_queue_msg(ws->h2o->ws_ctx, &ping);
	set_dirty(ws);
}

void vp_ws_sweep(struct vp_http *http, int64_t now_us)
{
	for (h2o_linklist_t *n = http->sockets.next; n != &http->sockets; n = n->next) {
		sweep_one(H2O_STRUCT_FROM_MEMBER(struct vp_ws, link, n), now_us);
	}
}

void vp_ws_close_all(struct vp_http *http)
{
	for (h2o_linklist_t *n = http->sockets.next; n != &http->sockets; n = n->next) {
		queue_close(H2O_STRUCT_FROM_MEMBER(struct vp_ws, link, n), 1001, "going away");
	}
}
