/* Answers that come later. h2o stops reading an HTTP/1 connection while its request is under way,
 * so a client that leaves is not noticed before the answer is written: hence the deadline. */
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http_int.h"

struct vp_http_ref *vp_http_defer(struct vp_http_req *req)
{
	struct vp_http_ref *ref = h2o_mem_alloc(sizeof(*ref));
	*ref = (struct vp_http_ref){.req = req, .next = req->refs};
	req->refs = ref;
	if (!h2o_linklist_is_linked(&req->link)) {
		req->deadline_us =
			vp_mono_us() + (int64_t)req->http->cfg.answer_timeout_s * 1000000;
		h2o_linklist_insert(&req->http->deferred, &req->link);
	}
	return ref;
}

struct vp_http_req *vp_http_ref_req(struct vp_http_ref *ref)
{
	return ref->req;
}

void vp_http_ref_drop(struct vp_http_ref *ref)
{
	if (ref == NULL) {
		return;
	}
	struct vp_http_req *req = ref->req;
	if (req != NULL) {
		struct vp_http_ref **at = &req->refs;
		while (*at != ref) {
			at = &(*at)->next;
		}
		*at = ref->next;
		if (req->refs == NULL) { /* given up, and nobody is left who could answer */
			vp_http_reply_error(req, 500, "internal", "This request was not answered.");
		}
	}
	free(ref);
}

void vp_defer_forget(struct vp_http_req *req)
{
	while (req->refs != NULL) {
		struct vp_http_ref *ref = req->refs;
		req->refs = ref->next;
		ref->req = NULL;
	}
	if (h2o_linklist_is_linked(&req->link)) {
		h2o_linklist_unlink(&req->link);
	}
}

static struct vp_http_req *oldest(struct vp_http *http)
{
	if (h2o_linklist_is_empty(&http->deferred)) {
		return NULL;
	}
	return H2O_STRUCT_FROM_MEMBER(struct vp_http_req, link, http->deferred.next);
}

void vp_defer_sweep(struct vp_http *http, int64_t now_us)
{
	struct vp_http_req *req;
	while ((req = oldest(http)) != NULL && req->deadline_us <= now_us) {
		http->stats.timed_out++;
		vp_http_reply_error(req, 504, "timeout", "The answer took too long. Try again.");
	}
}

void vp_defer_fail_all(struct vp_http *http)
{
	struct vp_http_req *req;
	while ((req = oldest(http)) != NULL) {
		req->h2o->http1_is_persistent = 0;
		vp_http_reply_error(req, 503, "unavailable", "The server is stopping. Try again.");
	}
}
