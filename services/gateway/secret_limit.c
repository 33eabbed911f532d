#include "services/gateway/secret_limit.h"
#include "libcommon/base/base.h"
#include "libcommon/limiter/limiter.h"
#include "services/gateway/adapters/session_store.h"

/* From one address: what is answered 401, and what the database is asked for at all. Secrets have
 * 256 random bits, so the second guards the database and not the secrets. */
static const struct vp_limit wrong = {"wrong_secret", 60, 60};
static const struct vp_limit asked = {"wrong_secret_asked", 600, 60};

bool secret_may_ask(struct gateway *gw, struct vp_http_req *req, enum identity_kind kind,
	const uint8_t key[IDENTITY_KEY_SIZE])
{
	unsigned wait_s;
	if (session_store_seen(gw->sessions, kind, key) ||
		vp_limiter_peek(gw->limiter, &asked, vp_http_remote(req), vp_mono_us(), &wait_s)) {
		return true;
	}
	answer_too_many(req, wait_s);
	return false;
}

bool secret_was_wrong(struct gateway *gw, struct vp_http_req *req)
{
	unsigned wait_s;
	const int64_t now_us = vp_mono_us();
	const char *address = vp_http_remote(req);
	vp_limiter_take(gw->limiter, &asked, address, now_us, &wait_s);
	if (vp_limiter_take(gw->limiter, &wrong, address, now_us, &wait_s)) {
		return false;
	}
	answer_too_many(req, wait_s);
	return true;
}
