/* See request.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/request.h"

enum need { NEED_NOTHING, NEED_CALL, NEED_LEG };

static const struct {
	void (*h)(struct md_request *req);
	enum need need;
} handlers[] = {
	[RINGMAIN__V1__MEDIA_REQUEST__OP_BROWSER_OFFER] = {on_browser_offer, NEED_NOTHING},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_OFFER] = {on_trunk_offer, NEED_NOTHING},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_ANSWER] = {on_trunk_answer, NEED_LEG},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_REMOTE_OFFER] = {on_trunk_remote_offer,
		NEED_NOTHING},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_BRIDGE] = {on_bridge, NEED_LEG},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_UNBRIDGE] = {on_unbridge, NEED_LEG},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_PLAY] = {on_play, NEED_LEG},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_DTMF] = {on_dtmf, NEED_LEG},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_HOLD] = {on_hold, NEED_LEG},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_RECORD] = {on_record, NEED_CALL},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_DROP_LEG] = {on_drop_leg, NEED_LEG},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_DROP_CALL] = {on_drop_call, NEED_CALL},
	[RINGMAIN__V1__MEDIA_REQUEST__OP_STATS] = {on_stats, NEED_CALL},
};

static Ringmain__V1__MediaError error_of(int err)
{
	switch (err) {
	case EBADMSG: return RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_SDP;
	case ENOTSUP: return RINGMAIN__V1__MEDIA_ERROR__MEDIA_NO_COMMON_CODEC;
	case EADDRNOTAVAIL:
	case EADDRINUSE: return RINGMAIN__V1__MEDIA_ERROR__MEDIA_NO_PORT;
	case ESRCH: return RINGMAIN__V1__MEDIA_ERROR__MEDIA_UNKNOWN_CALL;
	case ENOENT: return RINGMAIN__V1__MEDIA_ERROR__MEDIA_UNKNOWN_LEG;
	case EDQUOT:
	case ENOMEM:
	case EMFILE:
	case ENFILE: return RINGMAIN__V1__MEDIA_ERROR__MEDIA_LIMIT;
	default: return RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST;
	}
}

void md_request_fail(struct md_request *req, int err, const char *reason)
{
	req->reply.error = error_of(err);
	if (reason != req->reason && !vp_strcopy(req->reason, sizeof(req->reason), reason)) {
		vp_strcopy(req->reason, sizeof(req->reason), "?");
	}
	req->reply.reason = req->reason;
}

bool md_request_leg(struct md_request *req, enum md_leg_kind kind)
{
	if (req->leg) {
		if (req->leg->kind != kind) {
			md_request_fail(req, EINVAL, "the leg is of another kind");
			return false;
		}
		return true;
	}
	struct md_call *call = req->call;
	int err = call ? 0 : md_call_create(&call, req->worker, req->call_id);
	if (err) {
		md_request_fail(req, err, "no more calls here");
		return false;
	}
	err = md_leg_create(&req->leg, call, req->msg->leg, kind);
	if (err) {
		md_request_fail(req, err, err == EDQUOT ? "too many legs" : strerror(err));
		if (!req->call) {
			md_call_drop(call);
		}
		return false;
	}
	req->call = call;
	return true;
}

void md_request_undo_leg(struct md_request *req, bool was_new)
{
	if (was_new) {
		md_leg_drop(VP_TAKE(req->leg));
		if (!req->call->legs) {
			md_call_drop(VP_TAKE(req->call));
		}
	}
}

unsigned md_request_codecs(char *const *names, size_t n, enum md_codec codecs[MD_CODEC_MAX])
{
	unsigned count = 0;
	if (n == 0) {
		codecs[0] = MD_PCMU;
		codecs[1] = MD_PCMA;
		codecs[2] = MD_OPUS;
		return 3;
	}
	for (size_t i = 0; i < n && count < MD_CODEC_MAX; i++) {
		enum md_codec codec;
		bool known = md_codec_parse(names[i], &codec);
		for (unsigned k = 0; known && k < count; k++) {
			known = codecs[k] != codec;
		}
		if (known) {
			codecs[count++] = codec;
		}
	}
	return count;
}

static bool has_what_it_needs(struct md_request *req, enum need need)
{
	if (need >= NEED_CALL && !req->call) {
		md_request_fail(req, ESRCH, "no such call");
		return false;
	}
	if (need == NEED_LEG && !req->leg) {
		md_request_fail(req, ENOENT, "no such leg");
		return false;
	}
	return true;
}

static void answer(struct md_request *req)
{
	struct md_control *control = req->worker->engine->control;
	if (req->msg->patient && req->reply.error == RINGMAIN__V1__MEDIA_ERROR__MEDIA_OK) {
		req->worker->owes = true;
		md_control_reply_later(control, &req->reply);
	} else {
		md_control_reply(control, &req->reply);
	}
}

void md_request_handle(struct md_worker *worker, Ringmain__V1__MediaRequest *msg)
{
	struct md_request req = {.worker = worker, .msg = msg};
	memcpy(req.call_id.b, msg->call_id.data, sizeof(req.call_id.b));
	ringmain__v1__media_reply__init(&req.reply);
	req.reply.id = msg->id;
	req.call = md_worker_find(worker, req.call_id);
	req.leg = req.call ? md_call_leg(req.call, msg->leg) : NULL;
	unsigned op = (unsigned)msg->op_case;
	if (op >= VP_ARRAY_LEN(handlers) || !handlers[op].h) {
		md_request_fail(&req, EINVAL, "unknown operation");
	} else if (has_what_it_needs(&req, handlers[op].need)) {
		if (req.call) {
			req.call->heard_us = worker->now_us;
		}
		handlers[op].h(&req);
	}
	if (!req.later) {
		answer(&req);
	}
}

static bool add(struct md_list *list, struct vp_uuid id)
{
	if (list->n == list->size) {
		size_t size = list->size ? 2 * list->size : 64;
		struct vp_uuid *ids = realloc(list->ids, size * sizeof(*ids));
		if (!ids) {
			return false;
		}
		list->ids = ids;
		list->size = size;
	}
	list->ids[list->n++] = id;
	return true;
}

static void send_list(struct md_worker *w, const struct md_list *list)
{
	Ringmain__V1__MediaReply reply = RINGMAIN__V1__MEDIA_REPLY__INIT;
	ProtobufCBinaryData *ids = calloc(list->n + 1, sizeof(*ids));
	reply.id = list->request_id;
	if (ids) {
		for (size_t i = 0; i < list->n; i++) {
			ids[i].data = list->ids[i].b;
			ids[i].len = sizeof(list->ids[i].b);
		}
		reply.n_call_ids = list->n;
		reply.call_ids = ids;
	} else {
		reply.error = RINGMAIN__V1__MEDIA_ERROR__MEDIA_LIMIT;
	}
	md_control_reply(w->engine->control, &reply);
	free(ids);
}

void md_request_list(struct md_worker *worker, struct md_list *list)
{
	bool ok = true;
	for (unsigned i = 0; i < MD_CALL_BUCKETS && ok; i++) {
		for (struct md_call *c = worker->calls[i]; c && ok; c = c->next) {
			ok = add(list, c->id);
		}
	}
	struct md_mail *mail = NULL;
	if (worker->index + 1 < worker->engine->n_workers) {
		mail = calloc(1, sizeof(*mail));
	}
	if (mail) {
		mail->kind = MD_MAIL_LIST;
		mail->list = list;
		md_worker_post(&worker->engine->workers[worker->index + 1], mail);
		return;
	}
	send_list(worker, list);
	md_list_free(list);
}
