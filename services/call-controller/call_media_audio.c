/* What flows on a call's legs: tones, the bridge, early media, recording, holding, keys; and the
 * end of it all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/call_media_int.h"

static void on_remote(const Ringmain__V1__MediaReply *reply, void *arg)
{
	struct call *call = arg;

	if (!call_media_failed(call, reply, "trunk_answer") && reply->codec[0]) {
		(void)vp_strcopy(call->codec, sizeof(call->codec), reply->codec);
	}
}

void call_media_remote(struct call *call, unsigned leg, const struct pl *sdp)
{
	Ringmain__V1__MediaRequest req = call_media_request(call, leg);
	Ringmain__V1__RemoteSdp remote = RINGMAIN__V1__REMOTE_SDP__INIT;
	char *text, peer[CALL_MEDIA_PEER_SIZE];

	if (sdp->l == 0 || (call->remote_sdp && !pl_strcmp(sdp, call->remote_sdp))) {
		return;
	}
	text = strndup(sdp->p, sdp->l);
	if (!text) {
		return;
	}
	free(call->remote_sdp);
	call->remote_sdp = text;
	remote.sdp = text;
	call_media_say_peer(call, leg, &remote, peer);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_ANSWER;
	req.trunk_answer = &remote;
	req.patient = true; /* only the codec is news */
	media_forget(call->media_offer);
	call_media_ask(call, &req, on_remote, &call->media_offer);
}

void call_media_tone(struct call *call, unsigned leg, int tone)
{
	Ringmain__V1__MediaRequest req = call_media_request(call, leg);
	Ringmain__V1__Play play = RINGMAIN__V1__PLAY__INIT;

	play.tone = (Ringmain__V1__Play__Tone)tone;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_PLAY;
	req.play = &play;
	call_media_ask(call, &req, NULL, NULL);
}

static void bridge(struct call *call)
{
	Ringmain__V1__MediaRequest req = call_media_request(call, LEG_AGENT);
	Ringmain__V1__Bridge msg = RINGMAIN__V1__BRIDGE__INIT;

	if (call->bridged) {
		return;
	}
	call->bridged = true;
	msg.peer = LEG_CUSTOMER;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_BRIDGE;
	req.bridge = &msg;
	call_media_ask(call, &req, NULL, NULL);
}

void call_media_early(struct call *call)
{
	call->early_media = true;
	bridge(call);
	if (call->caller && call->caller_answer) {
		(void)ua_leg_progress(call->caller, 183, "Session Progress", call->caller_answer,
			strlen(call->caller_answer));
	}
}

static void record(struct call *call)
{
	Ringmain__V1__MediaRequest req = call_media_request(call, 0);
	Ringmain__V1__Record msg = RINGMAIN__V1__RECORD__INIT;
	char id[VP_UUID_TEXT_SIZE], path[512];

	if (!call->wants_record || !call->cc->cfg->recording || !call->cc->cfg->spool_dir) {
		return;
	}
	vp_uuid_text(call->id, id);
	if (snprintf(path, sizeof(path), "%s/%s.spool", call->cc->cfg->spool_dir, id) >=
		(int)sizeof(path)) {
		return;
	}
	msg.on = true;
	msg.path = path;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_RECORD;
	req.record = &msg;
	call->recording = true;
	call_media_ask(call, &req, NULL, NULL);
}

void call_media_connect(struct call *call)
{
	bridge(call);
	record(call);
}

static void on_held(const Ringmain__V1__MediaReply *reply, void *arg)
{
	struct call *call = arg;
	struct ua_leg *leg = call->callee ? call->callee : call->caller;

	/* the tone is on in any case; a re-INVITE that cannot go out now changes nothing heard */
	if (reply && reply->error == RINGMAIN__V1__MEDIA_ERROR__MEDIA_OK && reply->sdp[0] && leg) {
		(void)ua_leg_modify(leg, reply->sdp, strlen(reply->sdp));
	}
}

void call_media_hold(struct call *call, bool on)
{
	Ringmain__V1__MediaRequest req = call_media_request(call, LEG_CUSTOMER);
	Ringmain__V1__Hold hold = RINGMAIN__V1__HOLD__INIT;

	hold.on = on;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_HOLD;
	req.hold = &hold;
	media_forget(call->media_hold);
	call_media_ask(call, &req, on_held, &call->media_hold);
}

/* --- keys --- */

int call_media_dtmf(struct call *call, const char *digits)
{
	Ringmain__V1__MediaRequest req = call_media_request(call, LEG_CUSTOMER);
	Ringmain__V1__Dtmf dtmf = RINGMAIN__V1__DTMF__INIT;

	dtmf.digits = (char *)(uintptr_t)digits;
	dtmf.duration_ms = 120;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_DTMF;
	req.dtmf = &dtmf;
	return media_ask(call->cc->media, &req, NULL, NULL, NULL);
}

void call_media_drop(struct call *call)
{
	struct media_op **ops[] = {&call->media_agent, &call->media_caller, &call->media_callee,
		&call->media_attach, &call->media_hold, &call->media_offer};
	Ringmain__V1__MediaRequest req = call_media_request(call, 0);
	Ringmain__V1__DropCall drop = RINGMAIN__V1__DROP_CALL__INIT;

	for (size_t i = 0; i < VP_ARRAY_LEN(ops); i++) {
		media_forget(*ops[i]);
	}
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_DROP_CALL;
	req.drop_call = &drop;
	if (call->recording) { /* recorder comes for it as soon as it hears of the end */
		(void)media_ask(call->cc->media, &req, NULL, NULL, NULL);
	} else {
		(void)media_tell_later(call->cc->media, &req);
	}
}
