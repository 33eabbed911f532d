/* Wrong signatures, by address: who sends too many of them is not listened to for a while. */
#include <sys/socket.h>
#include "libcommon/base/address.h"
#include "libcommon/base/base.h"
#include "libcommon/http/http.h"
#include "libcommon/limiter/limiter.h"
#include "services/webhook-ingest/ingest.h"

#define BAD_S 60
#define BAD_US (BAD_S * 1000000LL) /* after it every address has a clean record */

/* Behind a proxy that does not say for whom, everybody has one address: nobody is shut out by it.
 */
static bool is_inside(const char *text)
{
	struct sockaddr_storage address;
	return vp_address_read(text, &address) &&
	       vp_address_reach((struct sockaddr *)&address) != VP_REACH_WORLD;
}

static struct vp_limit bad_limit(const struct ingest *ingest)
{
	return (struct vp_limit){"bad_signature", (unsigned)ingest->cfg->bad_per_minute, BAD_S};
}

bool address_is_shut_out(struct ingest *ingest, struct vp_http_req *req)
{
	unsigned wait_s;
	const struct vp_limit limit = bad_limit(ingest);
	if (!ingest->bad_us || vp_mono_us() - ingest->bad_us > BAD_US) {
		return false; /* no need to look who it is */
	}
	const char *address = vp_http_remote(req);
	return limit.max > 0 && !is_inside(address) &&
	       !vp_limiter_peek(ingest->limiter, &limit, address, vp_mono_us(), &wait_s);
}

void address_note_bad(struct ingest *ingest, const char *address)
{
	unsigned wait_s;
	const struct vp_limit limit = bad_limit(ingest);
	if (limit.max > 0) {
		ingest->bad_us = vp_mono_us();
		vp_limiter_take(ingest->limiter, &limit, address, vp_mono_us(), &wait_s);
	}
}
