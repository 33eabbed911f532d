/* SIP's transports: one UDP socket, a TCP and a TLS listener, and the connections to trunks. It
 * frames, scans and hands up whole messages from addresses that may talk to us; strangers get
 * silence. It knows nothing of transactions. */
#ifndef UA_WIRE_H
#define UA_WIRE_H
#include "services/call-controller/ua/msg.h"
#include "services/call-controller/ua/timer.h"

struct ua_wire;

struct ua_wire_cfg {
	struct ua_timers *timers;
	const char *listen;     /* "127.0.0.1:5060", or "127.0.0.1:5060-5079": UDP and TCP */
	const char *tls_listen; /* NULL: no TLS listener */
	const char *tls_cert;   /* PEM file of the TLS listener */
	const char *advertise;  /* host or host:port in Via and Contact; NULL: the address we listen
				   on */

	/* Whether this address is one of our trunks'. */
	bool (*known)(const struct sa *peer, void *arg);
	/* A whole message; valid in the handler only. */
	void (*on_message)(struct ua_msg *msg, void *arg);
	/* From a known address but no SIP message; and anything from a stranger. For counting. */
	void (*on_junk)(const struct sa *peer, bool stranger, void *arg);
	/* What was sent on this connection and not answered will not be. */
	void (*on_lost)(uint64_t conn, void *arg);
	void *arg;
};

int ua_wire_create(struct ua_wire **ret, const struct ua_wire_cfg *cfg);
struct ua_wire *ua_wire_destroy(struct ua_wire *wire);

/* Sends to the flow; opens a connection when it needs one (flow->conn is then set). ENOTCONN,
 * EHOSTUNREACH: the transport failed at once; later failures come as on_lost. */
int ua_wire_send(struct ua_wire *wire, struct ua_flow *flow, const char *data, size_t len);

/* "host:port" that this transport puts into Via and Contact toward the peer. */
#define UA_LOCAL_SIZE 96
void ua_wire_local(
	struct ua_wire *wire, enum ua_tp tp, const struct sa *peer, char buf[UA_LOCAL_SIZE]);
/* The port bound: one of the range, or any with port 0. */
uint16_t ua_wire_port(const struct ua_wire *wire, enum ua_tp tp);

/* A TLS identity to expect: its number goes into ua_flow.tls. Connections that live keep what they
 * were opened with when it is removed. */
int ua_wire_tls_add(
	struct ua_wire *wire, const char *host, const char *ca_pem, bool verify, unsigned *ret_tls);
void ua_wire_tls_remove(struct ua_wire *wire, unsigned tls);

const char *ua_tp_name(enum ua_tp tp);  /* "UDP" */
const char *ua_tp_param(enum ua_tp tp); /* ";transport=tcp", "" for UDP */
#endif
