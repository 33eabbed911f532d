/* "call.hangup": the agent ends the call, in whatever state it is. */
#include "services/call-controller/request.h"

static void on_request(struct vp_bus_call *request, const struct vp_bus_msg *msg, void *arg)
{
	struct call *call = request_ref(arg, request, msg);

	if (call) {
		vp_bus_reply_ok(request, NULL, 0);
		call_event(call, CALL_EV_AGENT_HANGUP, NULL, NULL);
	}
}

void on_call_hangup(struct controller *cc)
{
	vp_bus_serve(cc->bus, "call.hangup", on_request, cc);
}
