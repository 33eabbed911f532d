/* "call.answer": a tab takes a ringing call, with its offer; the first wins. At a carrier it has no
 * offer, and takes the leg in the carrier's phone when it may. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/request.h"

static bool can_answer(const struct call *call)
{
	return call_fsm(call->state, CALL_EV_AGENT_ANSWER).taken;
}

static void refuse(struct vp_bus_call *request)
{
	vp_bus_reply_error(request, 409, "already_answered",
		"The call was taken in another tab or has ended.");
}

/* The audio is in the carrier's own phone: the tab may take the leg there. */
static void claim(
	struct call *call, struct vp_bus_call *request, const Ringmain__V1__CallAnswer *body)
{
	if (!call_carrier_claim(call, body->session)) {
		refuse(request);
		return;
	}
	vp_bus_reply_ok(request, NULL, 0);
	call_tell(call);
}

static void take(
	struct call *call, struct vp_bus_call *request, const Ringmain__V1__CallAnswer *body)
{
	if (!can_answer(call)) {
		refuse(request);
		return;
	}
	if (call->carrier) {
		claim(call, request, body);
		return;
	}
	if (!body->sdp_offer[0] || strlen(body->sdp_offer) > CALL_SDP_MAX ||
		!vp_uuid_parse(body->user_id, &call->user) ||
		!vp_strcopy(call->session, sizeof(call->session), body->session)) {
		vp_bus_reply_error(request, 400, "bad_sdp",
			"This browser's audio cannot be used. Load the page again, or try another "
			"browser.");
		return;
	}
	call_name_user(call);
	free(call->tab_offer);
	call->tab_offer = strdup(body->sdp_offer);
	call->answering = request; /* gets media's answer, or the reason why there is none */
	call_event(call, CALL_EV_AGENT_ANSWER, NULL, NULL);
}

static void on_request(struct vp_bus_call *request, const struct vp_bus_msg *msg, void *arg)
{
	request_answer(arg, request, msg, take);
}

void on_call_answer(struct controller *cc)
{
	vp_bus_serve(cc->bus, "call.answer", on_request, cc);
}
