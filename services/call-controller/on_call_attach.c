/* "call.attach": a page that was loaded again, or another tab, takes over the agent's side of a
 * live call. The old tab keeps the audio until the new offer was answered. */
#include <string.h>
#include "services/call-controller/domain/sip_status.h"
#include "services/call-controller/request.h"

static void take(
	struct call *call, struct vp_bus_call *request, const Ringmain__V1__CallAnswer *body)
{
	if (call->carrier) {
		vp_bus_reply_error(request, 409, "other_phone", call_cause_text("other_phone"));
		return;
	}
	if (!call->agent_leg) {
		vp_bus_reply_error(request, 409, "not_answered", "Answer the call first.");
	} else if (call->attaching) {
		vp_bus_reply_error(
			request, 409, "attaching", "Another tab is taking over the call just now.");
	} else if (!body->sdp_offer[0] || strlen(body->sdp_offer) > CALL_SDP_MAX ||
		   strlen(body->session) >= CALL_SESSION_SIZE) {
		vp_bus_reply_error(request, 400, "bad_sdp",
			"This browser's audio cannot be used. Load the page again, or try another "
			"browser.");
	} else {
		call_media_attach(call, request, body->session, body->sdp_offer);
	}
}

static void on_request(struct vp_bus_call *request, const struct vp_bus_msg *msg, void *arg)
{
	request_answer(arg, request, msg, take);
}

void on_call_attach(struct controller *cc)
{
	vp_bus_serve(cc->bus, "call.attach", on_request, cc);
}
