/* One TCP or TLS connection: frames messages by Content-Length, keeps what is sent before it is up,
 * answers keep-alive pings (RFC 5626 section 4.4.1), closes when idle. */
#ifndef UA_CONN_H
#define UA_CONN_H
#include "services/call-controller/ua/wire.h"

struct ua_conn;
struct tls;
struct tcp_sock;

struct ua_conn_owner {
	struct ua_timers *timers;
	/* One whole message, scanned; flow is set. */
	void (*on_message)(struct ua_msg *msg, void *arg);
	/* Not SIP: the connection is closed after this. */
	void (*on_junk)(const struct sa *peer, void *arg);
	/* It is closed and will be destroyed by the owner now. */
	void (*on_closed)(struct ua_conn *conn, void *arg);
	void *arg;
};

/* Accepts what waits at the listener; tls NULL: plain. */
int ua_conn_accept(struct ua_conn **ret, uint64_t id, const struct ua_conn_owner *owner,
	struct tcp_sock *sock, const struct sa *peer, struct tls *tls);
/* host: what the certificate is for, NULL with plain TCP. */
int ua_conn_connect(struct ua_conn **ret, uint64_t id, const struct ua_conn_owner *owner,
	const struct sa *peer, struct tls *tls, const char *host);
struct ua_conn *ua_conn_destroy(struct ua_conn *conn);

int ua_conn_send(struct ua_conn *conn, const char *data, size_t len);
uint64_t ua_conn_id(const struct ua_conn *conn);
const struct sa *ua_conn_peer(const struct ua_conn *conn);
enum ua_tp ua_conn_tp(const struct ua_conn *conn);
const struct tls *ua_conn_tls(const struct ua_conn *conn);
#endif
