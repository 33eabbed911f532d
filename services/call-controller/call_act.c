/* Performs the actions of a step, in the order of their bits. Nothing here feeds the table
 * directly: what fails at once comes back as an event of the loop's next turn. */
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/log/log.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"
#include "services/call-controller/domain/sip_status.h"

static void accept_caller(struct call *call)
{
	const char *sdp = call->caller_answer ? call->caller_answer : "";
	const int err = ua_leg_accept(call->caller, sdp, strlen(sdp));

	if (err) {
		vp_log(WARN, "call.accept_failed", VP_KV_ERR(err));
		call_event_soon(call, CALL_EV_CALLER_GONE, NULL);
	}
}

static void alert_caller(struct call *call)
{
	if (call->caller) {
		(void)ua_leg_progress(call->caller, 180, "Ringing", NULL, 0);
	}
}

/* From our trunks to a carrier whose own phone has the agent's audio. */
static bool leave_trunks(struct call *call)
{
	call_trunk_release(call);
	call_media_drop(call);
	if (call->attaching) { /* its answer will not come any more */
		vp_bus_reply_error(VP_TAKE(call->attaching), 409, "other_phone",
			call_cause_text("other_phone"));
	}
	call->agent_leg = false;
	call->early_media = false;
	call->addr = 0;
	call->trunk = (struct vp_uuid){0};
	call->trunk_name[0] = '\0';
	if (!call_next_target(call)) {
		call_event_soon(call, CALL_EV_TRUNK_FAILED, "provider_down");
		return false;
	}
	return true;
}

void call_act(struct call *call, unsigned actions)
{
	if ((actions & CALL_ACT_LEAVE_TRUNKS) && !leave_trunks(call)) {
		return;
	}
	if (call->carrier) {
		call_carrier_act(call, actions);
		return;
	}
	if (actions & CALL_ACT_PREPARE) {
		call_media_prepare(call);
	}
	if (actions & CALL_ACT_DIAL) {
		call_trunk_dial(call, false);
	}
	if (actions & CALL_ACT_DIAL_NEXT) {
		call_trunk_dial(call, true);
	}
	if (actions & CALL_ACT_RINGBACK) {
		call_media_tone(call, LEG_AGENT, RINGMAIN__V1__PLAY__TONE__RINGBACK);
	}
	if (actions & CALL_ACT_EARLY) {
		call_media_early(call);
	}
	if (actions & CALL_ACT_ALERT_CALLER) {
		alert_caller(call);
	}
	if (actions & CALL_ACT_TAKE) {
		call_media_take(call);
	}
	if ((actions & CALL_ACT_ACCEPT_CALLER) && call->caller) {
		accept_caller(call);
	}
	if (actions & CALL_ACT_CONNECT) {
		call_media_connect(call);
	}
	if (actions & CALL_ACT_HOLD) {
		call_media_hold(call, true);
	}
	if (actions & CALL_ACT_UNHOLD) {
		call_media_hold(call, false);
	}
}
