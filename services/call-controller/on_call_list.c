/* "call.list": the live calls of a user on this controller, for a socket that just connected. */
#include <stdlib.h>
#include "services/call-controller/request.h"

#define LIST_MAX 64

static bool concerns(const struct call *call, struct vp_uuid org, struct vp_uuid user)
{
	return vp_uuid_equal(call->org, org) && call->version > 0 && call_is_his(call, user);
}

static void reply(
	struct controller *cc, struct vp_bus_call *request, struct vp_uuid org, struct vp_uuid user)
{
	Ringmain__V1__CallListed msg = RINGMAIN__V1__CALL_LISTED__INIT;
	struct call_changed *found = calloc(LIST_MAX, sizeof(*found));
	Ringmain__V1__CallChanged *calls[LIST_MAX];
	uint8_t *buf;

	if (!found) {
		vp_bus_reply_error(request, 500, "unavailable",
			"The service is out of memory. Try again in a moment.");
		return;
	}
	for (struct le *le = list_head(&cc->list); le && msg.n_calls < LIST_MAX; le = le->next) {
		if (concerns(le->data, org, user)) {
			call_describe(le->data, &found[msg.n_calls]);
			calls[msg.n_calls] = &found[msg.n_calls].msg;
			msg.n_calls++;
		}
	}
	msg.calls = calls;
	buf = malloc(ringmain__v1__call_listed__get_packed_size(&msg) + 1);
	if (buf) {
		vp_bus_reply_ok(request, buf, ringmain__v1__call_listed__pack(&msg, buf));
	} else {
		vp_bus_reply_error(request, 500, "unavailable",
			"The service is out of memory. Try again in a moment.");
	}
	free(buf);
	free(found);
}

static void on_request(struct vp_bus_call *request, const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__CallList *body =
		REQUEST_UNPACK(ringmain__v1__call_list__unpack, request, msg);
	struct vp_uuid user;

	if (!body) {
		return;
	}
	if (vp_uuid_parse(body->user_id, &user)) {
		reply(arg, request, msg->org, user);
	} else {
		vp_bus_reply_error(request, 400, "malformed", "The request cannot be read.");
	}
	ringmain__v1__call_list__free_unpacked(body, NULL);
}

void on_call_list(struct controller *cc)
{
	vp_bus_serve(cc->bus, "call.list", on_request, cc);
}
