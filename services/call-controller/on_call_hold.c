/* "call.hold" and "call.unhold": asked twice they do nothing the second time. */
#include <string.h>
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/request.h"

static void on_request(struct vp_bus_call *request, const struct vp_bus_msg *msg, void *arg)
{
	const enum call_event event =
		strcmp(msg->type, "call.hold") == 0 ? CALL_EV_AGENT_HOLD : CALL_EV_AGENT_UNHOLD;
	struct call *call = request_ref(arg, request, msg);

	if (call && !call_fsm(call->state, event).taken) {
		vp_bus_reply_error(request, 409, "not_talking",
			"Only a call that was answered can be put on hold.");
	} else if (call && call->carrier && !call_carrier_can_hold(call)) {
		vp_bus_reply_error(request, 409, "not_supported",
			"Calls of this provider cannot be put on hold.");
	} else if (call) {
		vp_bus_reply_ok(request, NULL, 0);
		call_event(call, event, NULL, NULL);
	}
}

void on_call_hold(struct controller *cc)
{
	vp_bus_serve(cc->bus, "call.hold", on_request, cc);
	vp_bus_serve(cc->bus, "call.unhold", on_request, cc);
}
