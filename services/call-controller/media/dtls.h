/* DTLS-SRTP (RFC 5764), always as server, on OpenSSL. It only makes keys: no data passes here, and
 * the state is thrown away as soon as they are made. */
#ifndef MD_DTLS_H
#define MD_DTLS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "services/call-controller/media/srtp.h"

#define MD_FINGERPRINT_SIZE 96 /* "AB:CD:...": SHA-256 and NUL */

struct md_dtls_ctx; /* of the process: certificate and settings; for all threads */
struct md_dtls;     /* one association */

/* Makes a fresh P-256 key and certificate. */
int md_dtls_ctx_create(struct md_dtls_ctx **ret);
struct md_dtls_ctx *md_dtls_ctx_destroy(struct md_dtls_ctx *ctx);
const char *md_dtls_fingerprint(const struct md_dtls_ctx *ctx);

/* send: one datagram to the far side, from within the calls below. */
typedef void md_dtls_send_h(const uint8_t *p, size_t len, void *arg);
int md_dtls_create(struct md_dtls **ret, struct md_dtls_ctx *ctx, md_dtls_send_h *send, void *arg);
struct md_dtls *md_dtls_destroy(struct md_dtls *dtls);

enum md_dtls_state { MD_DTLS_HANDSHAKE, MD_DTLS_UP, MD_DTLS_CLOSED, MD_DTLS_FAILED };
/* A datagram of the far side. UP stays UP for repeated flights; CLOSED: it said goodbye. */
enum md_dtls_state md_dtls_input(struct md_dtls *dtls, const uint8_t *p, size_t len);
/* Sends a lost flight again; how long until the next look, in ms (-1: nothing to wait for). */
enum md_dtls_state md_dtls_on_timer(struct md_dtls *dtls);
int md_dtls_wait_ms(const struct md_dtls *dtls);

/* What the last input made us send, to be repeated if the far side asks after this state is gone:
 * it frees some 30 KiB a call. Filled from the call that went UP. */
#define MD_FLIGHT_SIZE 640
struct md_flight {
	unsigned n;      /* datagrams */
	uint16_t len[4]; /* one after the other in data */
	uint8_t data[MD_FLIGHT_SIZE];
};
const struct md_flight *md_dtls_flight(const struct md_dtls *dtls);

/* Once UP: both directions' keys, if the far side's certificate has this SHA-256; else EACCES */
struct md_dtls_keys {
	enum md_srtp_suite suite;
	uint8_t rx[MD_SRTP_KEY_MAX], tx[MD_SRTP_KEY_MAX];
};
int md_dtls_get_keys(struct md_dtls *dtls, const uint8_t fingerprint[32], struct md_dtls_keys *ret);
/* Does a datagram begin a handshake (an epoch-0 ClientHello)? */
bool md_dtls_is_hello(const uint8_t *p, size_t len);
#endif
