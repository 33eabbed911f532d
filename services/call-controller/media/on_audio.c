/* Bridge, Unbridge, Play, Dtmf, Hold: who hears what. */
#include <errno.h>
#include "services/call-controller/media/request.h"
#include "services/call-controller/media/trunk.h"

void on_bridge(struct md_request *req)
{
	struct md_leg *peer = md_call_leg(req->call, req->msg->bridge->peer);
	if (!peer || peer == req->leg) {
		md_request_fail(req, ENOENT, "no such peer");
		return;
	}
	md_leg_bridge(req->leg, peer);
}

void on_unbridge(struct md_request *req)
{
	md_leg_unbridge(req->leg);
}

void on_play(struct md_request *req)
{
	int tone = (int)req->msg->play->tone;
	if (tone < MD_TONE_NONE || tone > MD_TONE_HOLD) { /* the numbers are those of the message */
		md_request_fail(req, EINVAL, "no such tone");
		return;
	}
	md_player_tone(req->leg, (enum md_tone)tone);
}

void on_dtmf(struct md_request *req)
{
	const Ringmain__V1__Dtmf *op = req->msg->dtmf;
	int err = md_player_digits(req->leg, op->digits, op->duration_ms);
	if (err) {
		md_request_fail(req, err, err == ENOSPC ? "too many digits" : "no digits");
	}
}

void on_hold(struct md_request *req)
{
	md_leg_hold(req->leg, req->msg->hold->on);
	if (req->leg->kind == MD_LEG_TRUNK && md_trunk_reoffer(req->leg, req->sdp) == 0) {
		req->reply.sdp = req->sdp;
	}
}
