#include "services/call-controller/request.h"

struct call *request_call(struct controller *cc, struct vp_bus_call *request,
	const struct vp_bus_msg *msg, const char *call_id, const char *user_id)
{
	struct vp_uuid id, user;
	struct call *call = vp_uuid_parse(call_id, &id) ? controller_find(cc, id) : NULL;
	const bool ours = call && vp_uuid_equal(call->org, msg->org);
	const bool named = vp_uuid_parse(user_id, &user);

	if (ours && (!user_id[0] || (named && call_is_his(call, user)))) {
		return call;
	}
	if (ours && named && call_rang(call, user)) {
		vp_bus_reply_error(
			request, 409, "already_answered", "The call was taken by somebody else.");
	} else {
		vp_bus_reply_error(
			request, 404, "no_such_call", "This call does not exist or has ended.");
	}
	return NULL;
}

struct call *request_ref(
	struct controller *cc, struct vp_bus_call *request, const struct vp_bus_msg *msg)
{
	Ringmain__V1__CallRef *body = REQUEST_UNPACK(ringmain__v1__call_ref__unpack, request, msg);
	struct call *call;

	if (!body) {
		return NULL;
	}
	call = request_call(cc, request, msg, body->call_id, body->user_id);
	ringmain__v1__call_ref__free_unpacked(body, NULL);
	return call;
}

void request_answer(struct controller *cc, struct vp_bus_call *request,
	const struct vp_bus_msg *msg,
	void (*take)(struct call *call, struct vp_bus_call *request,
		const Ringmain__V1__CallAnswer *body))
{
	Ringmain__V1__CallAnswer *body =
		REQUEST_UNPACK(ringmain__v1__call_answer__unpack, request, msg);
	struct call *call;

	if (!body) {
		return;
	}
	call = request_call(cc, request, msg, body->call_id, body->user_id);
	if (call) {
		take(call, request, body);
	}
	ringmain__v1__call_answer__free_unpacked(body, NULL);
}
