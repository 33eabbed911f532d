/* BrowserOffer: makes a browser leg, or gives one that exists another page, tab or network. */
#include <errno.h>
#include <string.h>
#include "services/call-controller/media/request.h"

void on_browser_offer(struct md_request *req)
{
	const Ringmain__V1__BrowserOffer *op = req->msg->browser_offer;
	enum md_codec codecs[MD_CODEC_MAX];
	unsigned n = md_request_codecs(op->codecs, op->n_codecs, codecs);
	struct md_sdp offer;
	int err = md_sdp_parse(&offer, op->sdp, strlen(op->sdp), req->reason);
	if (err) {
		md_request_fail(req, err, req->reason);
		return;
	}
	bool was_new = req->leg == NULL;
	if (!md_request_leg(req, MD_LEG_BROWSER)) {
		return;
	}
	err = md_browser_offer(req->leg, &offer, codecs, n, req->sdp, req->reason);
	if (err) {
		md_request_fail(req, err, req->reason);
		md_request_undo_leg(req, was_new);
		return;
	}
	req->reply.sdp = req->sdp;
	req->reply.codec = (char *)md_codec_name(req->leg->agreed.codec);
}
