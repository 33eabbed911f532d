#include <stdlib.h>
#include <string.h>
#include "services/call-controller/ua/conn.h"
#include "services/call-controller/ua/tls.h"

#define FIRST_MESSAGE_MS 32000   /* an accepted connection that says nothing */
#define IDLE_MS (15 * 60 * 1000) /* without any message */
#define PING_MS 60000            /* of connections that we opened */
#define RX_MAX (UA_MSG_HEAD_MAX + UA_MSG_BODY_MAX)
#define PENDING_MAX (64 * 1024)

struct ua_conn {
	uint64_t id;
	struct ua_conn_owner owner;
	struct sa peer;
	struct tcp_conn *tcp;
	struct tls *tls;
	struct tls_conn *secure;
	struct mbuf *rx;
	struct mbuf *pending; /* NULL once established */
	struct ua_timer idle;
	struct ua_timer ping;
	bool dispatching; /* a message of this connection is being handled */
	bool doomed;      /* close when dispatching is over */
};

static void conn_closed(struct ua_conn *conn)
{
	if (conn->dispatching) {
		conn->doomed = true;
		return;
	}
	conn->owner.on_closed(conn, conn->owner.arg);
}

static void on_idle(void *arg)
{
	conn_closed(arg);
}

static void touch(struct ua_conn *conn, int64_t ms)
{
	ua_timer_start(conn->owner.timers, &conn->idle, ms, on_idle, conn);
}

static int send_now(struct ua_conn *conn, const char *data, size_t len)
{
	struct mbuf *mb = mbuf_alloc(len);
	int err;

	if (!mb) {
		return ENOMEM;
	}
	err = mbuf_write_mem(mb, (const uint8_t *)data, len);
	mb->pos = 0;
	if (!err) {
		err = tcp_send(conn->tcp, mb);
	}
	mem_deref(mb);
	return err;
}

static void on_ping(void *arg)
{
	struct ua_conn *conn = arg;

	ua_timer_start(conn->owner.timers, &conn->ping, PING_MS, on_ping, conn);
	if (!conn->pending) {
		(void)send_now(conn, "\r\n\r\n", 4);
	}
}

/* --- receive --- */

/* Removes line ends between messages; two of them are a ping that wants one back. */
static size_t skip_pings(struct ua_conn *conn, const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && (p[n] == '\r' || p[n] == '\n')) {
		n++;
	}
	for (size_t i = 0; i + 4 <= n; i += 4) {
		(void)send_now(conn, "\r\n", 2);
	}
	return n;
}

static enum ua_scan take_message(struct ua_conn *conn)
{
	static struct ua_msg msg; /* large; one thread, and handlers never come back here */
	char *p = (char *)mbuf_buf(conn->rx);
	size_t left = mbuf_get_left(conn->rx), used = 0;
	enum ua_scan scan;

	mbuf_advance(conn->rx, (ssize_t)skip_pings(conn, p, left));
	left = mbuf_get_left(conn->rx);
	if (left == 0) {
		return UA_SCAN_MORE;
	}
	scan = ua_msg_scan(&msg, (char *)mbuf_buf(conn->rx), left, true, &used);
	if (scan == UA_SCAN_OK) {
		mbuf_advance(conn->rx, (ssize_t)used);
		msg.flow = (struct ua_flow){
			.tp = ua_conn_tp(conn), .peer = conn->peer, .conn = conn->id};
		touch(conn, IDLE_MS);
		conn->owner.on_message(&msg, conn->owner.arg);
	} else if (scan == UA_SCAN_MORE && left >= RX_MAX) {
		scan = UA_SCAN_JUNK;
	}
	return scan;
}

static void on_recv(struct mbuf *mb, void *arg)
{
	struct ua_conn *conn = arg;
	enum ua_scan scan = UA_SCAN_OK;
	int err;

	conn->rx->pos = conn->rx->end;
	err = mbuf_write_mem(conn->rx, mbuf_buf(mb), mbuf_get_left(mb));
	conn->rx->pos = 0;
	conn->dispatching = true;
	while (!err && !conn->doomed && scan == UA_SCAN_OK) {
		scan = take_message(conn);
	}
	conn->dispatching = false;
	if (err || scan == UA_SCAN_JUNK) {
		conn->owner.on_junk(&conn->peer, conn->owner.arg);
		conn->doomed = true;
	}
	if (conn->doomed) {
		conn_closed(conn);
		return;
	}
	/* move what is left to the front */
	memmove(conn->rx->buf, mbuf_buf(conn->rx), mbuf_get_left(conn->rx));
	conn->rx->end = mbuf_get_left(conn->rx);
	conn->rx->pos = 0;
}

static void on_established(void *arg)
{
	struct ua_conn *conn = arg;
	struct mbuf *pending = conn->pending;
	int err = 0;

	conn->pending = NULL;
	if (pending && pending->end > 0) {
		pending->pos = 0;
		err = tcp_send(conn->tcp, pending);
	}
	mem_deref(pending);
	if (err) {
		conn_closed(conn);
	}
}

static void on_close(int err, void *arg)
{
	(void)err;
	conn_closed(arg);
}

/* --- life --- */

static struct ua_conn *conn_new(
	uint64_t id, const struct ua_conn_owner *owner, const struct sa *peer, struct tls *tls)
{
	struct ua_conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		return NULL;
	}
	conn->id = id;
	conn->owner = *owner;
	conn->peer = *peer;
	conn->tls = mem_ref(tls);
	conn->rx = mbuf_alloc(4096);
	conn->pending = mbuf_alloc(1024);
	return conn->rx && conn->pending ? conn : ua_conn_destroy(conn);
}

static int secure(struct ua_conn *conn, const char *host)
{
	return conn->tls ? ua_tls_start(&conn->secure, conn->tls, conn->tcp, host) : 0;
}

int ua_conn_accept(struct ua_conn **ret, uint64_t id, const struct ua_conn_owner *owner,
	struct tcp_sock *sock, const struct sa *peer, struct tls *tls)
{
	struct ua_conn *conn = conn_new(id, owner, peer, tls);
	int err;

	if (!conn) {
		tcp_reject(sock);
		return ENOMEM;
	}
	err = tcp_accept(&conn->tcp, sock, on_established, on_recv, on_close, conn);
	if (!err) {
		err = secure(conn, NULL);
	}
	if (err) {
		ua_conn_destroy(conn);
		return err;
	}
	if (!tls) {
		conn->pending = mem_deref(conn->pending);
	}
	touch(conn, FIRST_MESSAGE_MS);
	*ret = conn;
	return 0;
}

int ua_conn_connect(struct ua_conn **ret, uint64_t id, const struct ua_conn_owner *owner,
	const struct sa *peer, struct tls *tls, const char *host)
{
	struct ua_conn *conn = conn_new(id, owner, peer, tls);
	int err;

	if (!conn) {
		return ENOMEM;
	}
	err = tcp_connect(&conn->tcp, peer, on_established, on_recv, on_close, conn);
	if (!err) {
		err = secure(conn, host);
	}
	if (err) {
		ua_conn_destroy(conn);
		return err;
	}
	touch(conn, IDLE_MS);
	ua_timer_start(owner->timers, &conn->ping, PING_MS, on_ping, conn);
	*ret = conn;
	return 0;
}

int ua_conn_send(struct ua_conn *conn, const char *data, size_t len)
{
	if (conn->doomed) {
		return ENOTCONN;
	}
	touch(conn, IDLE_MS);
	if (!conn->pending) {
		return send_now(conn, data, len);
	}
	if (conn->pending->end + len > PENDING_MAX) {
		return ENOBUFS;
	}
	return mbuf_write_mem(conn->pending, (const uint8_t *)data, len);
}

uint64_t ua_conn_id(const struct ua_conn *conn)
{
	return conn->id;
}

const struct sa *ua_conn_peer(const struct ua_conn *conn)
{
	return &conn->peer;
}

enum ua_tp ua_conn_tp(const struct ua_conn *conn)
{
	return conn->tls ? UA_TP_TLS : UA_TP_TCP;
}

const struct tls *ua_conn_tls(const struct ua_conn *conn)
{
	return conn->tls;
}

struct ua_conn *ua_conn_destroy(struct ua_conn *conn)
{
	if (!conn) {
		return NULL;
	}
	ua_timer_stop(conn->owner.timers, &conn->idle);
	ua_timer_stop(conn->owner.timers, &conn->ping);
	mem_deref(conn->secure);
	mem_deref(conn->tcp);
	mem_deref(conn->tls);
	mem_deref(conn->rx);
	mem_deref(conn->pending);
	free(conn);
	return NULL;
}
