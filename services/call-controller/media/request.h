/* What the controller asks for: one handler an operation, one reply a request. */
#ifndef MD_REQUEST_H
#define MD_REQUEST_H
#include "services/call-controller/media/browser.h"
#include "services/call-controller/media/call.h"
#include "services/call-controller/media/control.h"

struct md_request {
	struct md_worker *worker;
	Ringmain__V1__MediaRequest *msg;
	struct vp_uuid call_id;
	struct md_call *call; /* NULL: none of this id */
	struct md_leg *leg;   /* NULL: none of this number */
	Ringmain__V1__MediaReply reply;
	char reason[MD_SDP_REASON_SIZE];
	char sdp[MD_SDP_ANSWER_SIZE];
	bool later; /* somebody else replies */
};

/* Runs on the worker that has the call. */
void md_request_handle(struct md_worker *worker, Ringmain__V1__MediaRequest *msg);
/* ListCalls passes by; takes the list over. */
void md_request_list(struct md_worker *worker, struct md_list *list);

/* Handlers. */
void on_browser_offer(struct md_request *req);
void on_trunk_offer(struct md_request *req);
void on_trunk_answer(struct md_request *req);
void on_trunk_remote_offer(struct md_request *req);
void on_bridge(struct md_request *req);
void on_unbridge(struct md_request *req);
void on_play(struct md_request *req);
void on_dtmf(struct md_request *req);
void on_hold(struct md_request *req);
void on_record(struct md_request *req);
void on_drop_leg(struct md_request *req);
void on_drop_call(struct md_request *req);
void on_stats(struct md_request *req);

/* Sets error and reason from an errno. */
void md_request_fail(struct md_request *req, int err, const char *reason);
/* The leg of this request, made (with its call) if there is none; on failure the reply is set. kind
 * must fit an existing one. */
bool md_request_leg(struct md_request *req, enum md_leg_kind kind);
/* A leg that was just made and came to nothing goes again, its empty call with it. */
void md_request_undo_leg(struct md_request *req, bool was_new);
/* Names to codecs; none named: all we have. 0: none of them is known. */
unsigned md_request_codecs(char *const *names, size_t n, enum md_codec codecs[MD_CODEC_MAX]);
#endif
