#include <stdlib.h>
#include <string.h>
#include "libcommon/http/http.h"
#include "services/webhook-ingest/count.h"
#include "services/webhook-ingest/reply.h"

void reply_unavailable(struct vp_http_req *req)
{
	count_unavailable();
	vp_http_add_header(req, "retry-after", "5");
	vp_http_reply_error(req, 503, "unavailable",
		"It could not be stored: database and spool are of no use. Send it again.");
}

void reply_twiml(struct vp_http_req *req, char *twiml)
{
	if (!twiml) {
		reply_unavailable(req);
		return;
	}
	vp_http_reply(req, 200, "text/xml; charset=utf-8", twiml, strlen(twiml));
	free(twiml);
}
