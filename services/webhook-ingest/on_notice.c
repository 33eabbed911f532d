/* What a carrier only tells (status, recording, conference, events of Telnyx): 200 once it is safe.
 */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http.h"
#include "services/webhook-ingest/adapters/inbox.h"
#include "services/webhook-ingest/domain/twiml.h"
#include "services/webhook-ingest/ingest.h"
#include "services/webhook-ingest/reply.h"

struct notice {
	struct vp_http_ref *ref;
	enum hook_driver driver;
	bool wants_twiml; /* the call goes on with what we answer: it ends */
};

static void reply(const struct notice *notice, struct vp_http_req *req)
{
	if (notice->driver == HOOK_TELNYX) {
		vp_http_reply_json(req, 200, "{\"status\":\"received\"}");
	} else if (notice->wants_twiml) {
		reply_twiml(req, twiml_hangup());
	} else {
		vp_http_reply(req, 200, "text/plain", "", 0);
	}
}

static void on_stored(bool stored, void *arg)
{
	struct notice *notice = arg;
	struct vp_http_req *req = vp_http_ref_req(notice->ref);
	if (req && stored) {
		reply(notice, req);
	} else if (req) {
		reply_unavailable(req);
	}
	vp_http_ref_drop(notice->ref);
	free(notice);
}

void on_notice(struct arrival *arrival)
{
	struct notice *notice = malloc(sizeof(*notice));
	if (!notice) {
		reply_unavailable(arrival->req);
		return;
	}
	*notice = (struct notice){.ref = vp_http_defer(arrival->req),
		.driver = arrival->hook.driver,
		.wants_twiml = strcmp(arrival->hook.kind, "dial") == 0};
	inbox_put(arrival->ingest->inbox, &arrival->hook, &arrival->facts, on_stored, notice);
}
