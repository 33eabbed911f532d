/* One TCP or TLS connection to see whether it comes about, closed again at once. It says why not in
 * words, which the wire's connections cannot: they only break. */
#ifndef UA_HANDSHAKE_H
#define UA_HANDSHAKE_H
#include "services/call-controller/ua/msg.h"
#include "services/call-controller/ua/timer.h"

#define UA_HANDSHAKE_MS 5000

struct ua_handshake;

enum ua_handshake_verdict {
	UA_HANDSHAKE_UP,
	UA_HANDSHAKE_REFUSED,     /* nobody listens there */
	UA_HANDSHAKE_SILENT,      /* no answer in time, or no way there */
	UA_HANDSHAKE_NOT_TLS,     /* the far side took the connection and broke off */
	UA_HANDSHAKE_CERTIFICATE, /* why says what is wrong with it */
};
/* why: OpenSSL's words about a certificate, else "". Exactly once unless cancelled, never from
 * inside ua_handshake_start. */
typedef void ua_handshake_h(enum ua_handshake_verdict verdict, const char *why, void *arg);

struct ua_handshake_cfg {
	struct ua_timers *timers;
	struct sa peer;
	enum ua_tp tp;      /* TCP or TLS */
	const char *host;   /* what the certificate is for */
	const char *ca_pem; /* NULL: the system's authorities */
	bool verify;
	ua_handshake_h *h;
	void *arg;
};
/* *slot becomes NULL when it is over. */
int ua_handshake_start(struct ua_handshake **slot, const struct ua_handshake_cfg *cfg);
void ua_handshake_cancel(struct ua_handshake *handshake); /* NULL is no-op */
#endif
