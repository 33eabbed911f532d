/* Guessing sessions and tokens is slowed down by address, and only guessing: many people may share
 * an address, so what is good stays good however much is guessed beside it. */
#ifndef GATEWAY_SECRET_LIMIT_H
#define GATEWAY_SECRET_LIMIT_H
#include "services/gateway/gateway.h"

/* Whether the database may be asked for this secret; false: answered 429. One that was good here a
 * while ago may always. */
bool secret_may_ask(struct gateway *gw, struct vp_http_req *req, enum identity_kind kind,
	const uint8_t key[IDENTITY_KEY_SIZE]);
/* Nobody is signed in by it: counts it, and tells whether that was too often (then answered 429).
 */
bool secret_was_wrong(struct gateway *gw, struct vp_http_req *req);
#endif
