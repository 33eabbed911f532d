/* "call.decline": the user refuses, for all his tabs. */
#include "services/call-controller/request.h"

static void on_request(struct vp_bus_call *request, const struct vp_bus_msg *msg, void *arg)
{
	struct call *call = request_ref(arg, request, msg);

	if (call) {
		vp_bus_reply_ok(request, NULL, 0);
		call_event(call, CALL_EV_AGENT_DECLINE, NULL, NULL);
	}
}

void on_call_decline(struct controller *cc)
{
	vp_bus_serve(cc->bus, "call.decline", on_request, cc);
}
