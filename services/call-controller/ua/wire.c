#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/conn.h"
#include "services/call-controller/ua/datagram.h"
#include "services/call-controller/ua/tls.h"
#include "services/call-controller/ua/wire.h"

#define CONNS_MAX 512
#define TLS_MAX 256

struct tls_identity {
	unsigned number; /* 0: free */
	struct tls *tls;
	char host[256];
};

struct ua_wire {
	struct ua_wire_cfg cfg;
	struct ua_datagram *udp;
	struct tcp_sock *tcp;
	struct tcp_sock *tls;
	struct tls *tls_server;
	struct sa addr[3]; /* bound, by transport */
	char host[64];     /* advertised; empty: by route to the peer */
	uint16_t port;     /* advertised; 0: as bound */
	struct ua_conn *conns[CONNS_MAX];
	struct tls_identity identities[TLS_MAX];
	uint64_t last_conn;
	unsigned last_identity;
	struct sa route_peer, route_source; /* the last answer of source_toward */
	struct sa said[3];                  /* the last address that we told, by transport */
	char said_text[3][UA_LOCAL_SIZE];
};

const char *ua_tp_name(enum ua_tp tp)
{
	static const char *const names[] = {"UDP", "TCP", "TLS"};

	return names[tp];
}

const char *ua_tp_param(enum ua_tp tp)
{
	static const char *const params[] = {"", ";transport=tcp", ";transport=tls"};

	return params[tp];
}

/* --- connections --- */

static size_t conn_place(const struct ua_wire *wire, uint64_t id)
{
	size_t i = 0;

	while (i < CONNS_MAX && !(wire->conns[i] && ua_conn_id(wire->conns[i]) == id)) {
		i++;
	}
	return i;
}

static size_t free_place(const struct ua_wire *wire)
{
	size_t i = 0;

	while (i < CONNS_MAX && wire->conns[i]) {
		i++;
	}
	return i;
}

static void on_conn_message(struct ua_msg *msg, void *arg)
{
	struct ua_wire *wire = arg;

	wire->cfg.on_message(msg, wire->cfg.arg);
}

static void on_conn_junk(const struct sa *peer, void *arg)
{
	struct ua_wire *wire = arg;

	wire->cfg.on_junk(peer, false, wire->cfg.arg);
}

static void on_conn_closed(struct ua_conn *conn, void *arg)
{
	struct ua_wire *wire = arg;
	const uint64_t id = ua_conn_id(conn);
	const size_t i = conn_place(wire, id);

	if (i < CONNS_MAX) {
		wire->conns[i] = NULL;
	}
	ua_conn_destroy(conn);
	wire->cfg.on_lost(id, wire->cfg.arg);
}

static struct ua_conn_owner owner(struct ua_wire *wire)
{
	return (struct ua_conn_owner){.timers = wire->cfg.timers,
		.on_message = on_conn_message,
		.on_junk = on_conn_junk,
		.on_closed = on_conn_closed,
		.arg = wire};
}

static void accept_one(
	struct ua_wire *wire, struct tcp_sock *sock, const struct sa *peer, struct tls *tls)
{
	const struct ua_conn_owner own = owner(wire);
	const size_t i = free_place(wire);
	struct ua_conn *conn;

	if (!wire->cfg.known(peer, wire->cfg.arg)) {
		tcp_reject(sock);
		wire->cfg.on_junk(peer, true, wire->cfg.arg);
		return;
	}
	if (i == CONNS_MAX) {
		tcp_reject(sock);
		return;
	}
	if (ua_conn_accept(&conn, ++wire->last_conn, &own, sock, peer, tls) == 0) {
		wire->conns[i] = conn;
	}
}

static void on_tcp(const struct sa *peer, void *arg)
{
	struct ua_wire *wire = arg;

	accept_one(wire, wire->tcp, peer, NULL);
}

static void on_tls(const struct sa *peer, void *arg)
{
	struct ua_wire *wire = arg;

	accept_one(wire, wire->tls, peer, wire->tls_server);
}

/* --- UDP --- */

static void on_udp(const struct sa *src, char *data, size_t len, void *arg)
{
	static struct ua_msg msg; /* large; one thread, and handlers never come back here */
	struct ua_wire *wire = arg;
	size_t used;

	if (!wire->cfg.known(src, wire->cfg.arg)) {
		wire->cfg.on_junk(src, true, wire->cfg.arg);
		return;
	}
	if (len <= 4) {
		return; /* a NAT keep-alive */
	}
	if (ua_msg_scan(&msg, data, len, false, &used) != UA_SCAN_OK) {
		wire->cfg.on_junk(src, false, wire->cfg.arg);
		return;
	}
	msg.flow = (struct ua_flow){.tp = UA_TP_UDP, .peer = *src};
	wire->cfg.on_message(&msg, wire->cfg.arg);
}

/* --- send --- */

static struct tls_identity *identity_find(struct ua_wire *wire, unsigned number)
{
	for (size_t i = 0; number != 0 && i < TLS_MAX; i++) {
		if (wire->identities[i].number == number) {
			return &wire->identities[i];
		}
	}
	return NULL;
}

/* A connection that already goes there with the same expectation of who it is. */
static struct ua_conn *conn_to(
	struct ua_wire *wire, const struct ua_flow *flow, const struct tls *tls)
{
	for (size_t i = 0; i < CONNS_MAX; i++) {
		struct ua_conn *conn = wire->conns[i];

		if (conn && ua_conn_tp(conn) == flow->tp && ua_conn_tls(conn) == tls &&
			sa_cmp(ua_conn_peer(conn), &flow->peer, SA_ALL)) {
			return conn;
		}
	}
	return NULL;
}

static int conn_open(struct ua_wire *wire, struct ua_flow *flow, struct ua_conn **ret)
{
	const struct ua_conn_owner own = owner(wire);
	struct tls_identity *identity = identity_find(wire, flow->tls);
	const size_t i = free_place(wire);
	struct ua_conn *conn;
	int err;

	if (flow->tp == UA_TP_TLS && !identity) {
		return EHOSTUNREACH; /* never TLS without knowing to whom */
	}
	conn = conn_to(wire, flow, identity ? identity->tls : NULL);
	if (!conn) {
		if (i == CONNS_MAX) {
			return ENOBUFS;
		}
		err = ua_conn_connect(&conn, ++wire->last_conn, &own, &flow->peer,
			identity ? identity->tls : NULL, identity ? identity->host : NULL);
		if (err) {
			return EHOSTUNREACH;
		}
		wire->conns[i] = conn;
	}
	flow->conn = ua_conn_id(conn);
	*ret = conn;
	return 0;
}

int ua_wire_send(struct ua_wire *wire, struct ua_flow *flow, const char *data, size_t len)
{
	struct ua_conn *conn = NULL;
	size_t i;
	int err;

	if (flow->tp == UA_TP_UDP) {
		return ua_datagram_send(wire->udp, &flow->peer, data, len);
	}
	i = flow->conn ? conn_place(wire, flow->conn) : CONNS_MAX;
	if (i < CONNS_MAX) {
		conn = wire->conns[i];
	} else {
		err = conn_open(wire, flow, &conn);
		if (err) {
			return err;
		}
	}
	return ua_conn_send(conn, data, len);
}

/* --- addresses --- */

/* Which of this machine's addresses the kernel would use toward the peer. */
static void source_toward(struct ua_wire *wire, const struct sa *peer, struct sa *ip)
{
	struct sa got = {.len = sizeof(got.u)};
	int fd;

	if (sa_cmp(&wire->route_peer, peer, SA_ADDR)) {
		*ip = wire->route_source;
		return;
	}
	fd = socket(sa_af(peer), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return;
	}
	if (connect(fd, &peer->u.sa, peer->len) == 0 && getsockname(fd, &got.u.sa, &got.len) == 0) {
		wire->route_peer = *peer;
		wire->route_source = *ip = got;
	}
	(void)close(fd);
}

void ua_wire_local(
	struct ua_wire *wire, enum ua_tp tp, const struct sa *peer, char buf[UA_LOCAL_SIZE])
{
	const struct sa *bound = &wire->addr[tp];
	uint16_t port = sa_port(bound);
	struct sa ip = *bound;

	if (wire->host[0]) {
		(void)re_snprintf(buf, UA_LOCAL_SIZE, "%s:%u", wire->host,
			wire->port && tp != UA_TP_TLS ? wire->port : port);
		return;
	}
	if (sa_is_any(bound)) {
		source_toward(wire, peer, &ip);
		sa_set_port(&ip, port);
	}
	if (!sa_cmp(&wire->said[tp], &ip, SA_ALL)) {
		wire->said[tp] = ip;
		(void)re_snprintf(wire->said_text[tp], UA_LOCAL_SIZE, "%J", &ip);
	}
	(void)vp_strcopy(buf, UA_LOCAL_SIZE, wire->said_text[tp]);
}

uint16_t ua_wire_port(const struct ua_wire *wire, enum ua_tp tp)
{
	return sa_port(&wire->addr[tp]);
}

/* 0: it is none */
static uint16_t port_of(const char *text)
{
	char *end;
	const unsigned long port = strtoul(text, &end, 10);

	return *end == '\0' && port <= UINT16_MAX ? (uint16_t)port : 0;
}

static void advertise(struct ua_wire *wire, const char *text)
{
	const char *colon = text ? strrchr(text, ':') : NULL;
	const size_t len = colon ? (size_t)(colon - text) : text ? strlen(text) : 0;

	if (len > 0 && len < sizeof(wire->host)) {
		memcpy(wire->host, text, len);
		wire->port = colon ? port_of(colon + 1) : 0;
	}
}

/* --- TLS identities --- */

int ua_wire_tls_add(
	struct ua_wire *wire, const char *host, const char *ca_pem, bool verify, unsigned *ret_tls)
{
	struct tls_identity *slot = NULL;
	struct tls *tls;
	int err;

	for (size_t i = 0; i < TLS_MAX && !slot; i++) {
		slot = wire->identities[i].number == 0 ? &wire->identities[i] : NULL;
	}
	if (!slot) {
		return ENOBUFS;
	}
	err = ua_tls_client(&tls, host, ca_pem, verify);
	if (err) {
		return err;
	}
	if (!vp_strcopy(slot->host, sizeof(slot->host), host)) {
		mem_deref(tls);
		return ENAMETOOLONG;
	}
	slot->tls = tls;
	slot->number = ++wire->last_identity;
	*ret_tls = slot->number;
	return 0;
}

void ua_wire_tls_remove(struct ua_wire *wire, unsigned tls)
{
	struct tls_identity *identity = identity_find(wire, tls);

	if (identity) {
		mem_deref(identity->tls);
		memset(identity, 0, sizeof(*identity));
	}
}

/* --- life --- */

/* "ADDR:PORT" or "ADDR:FIRST-LAST": tries one port after the other until one is free. */
static int listen_first_free(struct ua_wire *wire, const char *text,
	int (*try_one)(struct ua_wire *wire, const struct sa *sa))
{
	const char *dash = strrchr(text, '-');
	struct sa sa;
	int err = sa_decode(&sa, text, dash ? (size_t)(dash - text) : strlen(text));
	const uint16_t last = dash ? port_of(dash + 1) : 0;

	if (err) {
		return err;
	}
	err = try_one(wire, &sa);
	while (err == EADDRINUSE && sa_port(&sa) < last) {
		sa_set_port(&sa, (uint16_t)(sa_port(&sa) + 1));
		err = try_one(wire, &sa);
	}
	return err;
}

static int try_plain(struct ua_wire *wire, const struct sa *sa)
{
	int err = ua_datagram_open(&wire->udp, sa, on_udp, wire);

	if (!err) {
		err = ua_datagram_local(wire->udp, &wire->addr[UA_TP_UDP]);
	}
	if (!err) {
		err = tcp_listen(&wire->tcp, &wire->addr[UA_TP_UDP], on_tcp, wire);
	}
	if (err) {
		wire->udp = ua_datagram_close(wire->udp);
	}
	return err;
}

static int listen_plain(struct ua_wire *wire)
{
	const int err = listen_first_free(wire, wire->cfg.listen, try_plain);

	if (err) {
		return err;
	}
	return tcp_sock_local_get(wire->tcp, &wire->addr[UA_TP_TCP]);
}

static int try_tls(struct ua_wire *wire, const struct sa *sa)
{
	return tcp_listen(&wire->tls, sa, on_tls, wire);
}

static int listen_tls(struct ua_wire *wire)
{
	int err = ua_tls_server(&wire->tls_server, wire->cfg.tls_cert);

	if (!err) {
		err = listen_first_free(wire, wire->cfg.tls_listen, try_tls);
	}
	return err ? err : tcp_sock_local_get(wire->tls, &wire->addr[UA_TP_TLS]);
}

int ua_wire_create(struct ua_wire **ret, const struct ua_wire_cfg *cfg)
{
	struct ua_wire *wire = calloc(1, sizeof(*wire));
	int err;

	if (!wire) {
		return ENOMEM;
	}
	wire->cfg = *cfg;
	advertise(wire, cfg->advertise);
	err = listen_plain(wire);
	wire->addr[UA_TP_TLS] = wire->addr[UA_TP_TCP]; /* what we say when we only call by TLS */
	if (!err && cfg->tls_listen) {
		err = listen_tls(wire);
	}
	if (err) {
		ua_wire_destroy(wire);
		return err;
	}
	*ret = wire;
	return 0;
}

struct ua_wire *ua_wire_destroy(struct ua_wire *wire)
{
	if (!wire) {
		return NULL;
	}
	for (size_t i = 0; i < CONNS_MAX; i++) {
		ua_conn_destroy(wire->conns[i]);
	}
	for (size_t i = 0; i < TLS_MAX; i++) {
		mem_deref(wire->identities[i].tls);
	}
	ua_datagram_close(wire->udp);
	mem_deref(wire->tcp);
	mem_deref(wire->tls);
	mem_deref(wire->tls_server);
	free(wire);
	return NULL;
}
