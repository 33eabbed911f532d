/* The legs that media makes for a call, and the SDP that goes to and fro for them. What flows on
 * them is in call_media_audio.c. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/log/log.h"
#include "services/call-controller/call_media_int.h"

Ringmain__V1__MediaRequest call_media_request(struct call *call, unsigned leg)
{
	Ringmain__V1__MediaRequest req = RINGMAIN__V1__MEDIA_REQUEST__INIT;

	req.call_id.data = call->id.b;
	req.call_id.len = sizeof(call->id.b);
	req.leg = leg;
	return req;
}

void call_media_ask(struct call *call, Ringmain__V1__MediaRequest *req, media_reply_h *h,
	struct media_op **slot)
{
	const int err = media_ask(call->cc->media, req, h, call, slot);

	if (err && h) {
		call_event_soon(call, CALL_EV_MEDIA_FAILED, "media_lost");
	}
}

bool call_media_failed(struct call *call, const Ringmain__V1__MediaReply *reply, const char *what)
{
	if (reply && reply->error == RINGMAIN__V1__MEDIA_ERROR__MEDIA_OK) {
		return false;
	}
	vp_log(WARN, "call.media_failed", VP_KV_STR("step", what),
		VP_KV_INT("error", reply ? (int)reply->error : -1),
		VP_KV_STR("reason", reply ? reply->reason : "no answer"));
	call_event(call, CALL_EV_MEDIA_FAILED, reply ? "media" : "media_lost", NULL);
	return true;
}

static void set(char **text, const char *fresh)
{
	free(*text);
	*text = strdup(fresh);
}

unsigned call_callee_leg(const struct call *call)
{
	return call->direction == CALL_OUTBOUND ? LEG_CUSTOMER : LEG_AGENT;
}

static struct trunk *current_trunk(struct call *call)
{
	return call->target < call->n_targets
		       ? trunks_find(call->cc->trunks, call->targets[call->target].trunk)
		       : NULL;
}

void call_media_say_peer(const struct call *call, unsigned leg, Ringmain__V1__RemoteSdp *remote,
	char text[CALL_MEDIA_PEER_SIZE])
{
	const struct ua_leg *sip =
		call->callee && leg == call_callee_leg(call) ? call->callee : call->caller;

	if (sip && re_snprintf(text, CALL_MEDIA_PEER_SIZE, "%j", ua_leg_peer(sip)) > 0) {
		remote->peer = text;
		remote->networks = call->cc->cfg->trunk_networks ? call->cc->cfg->trunk_networks
								 : remote->networks;
	}
}

/* --- making legs --- */

static void maybe_ready(struct call *call)
{
	if (!call->media_agent && !call->media_caller && !call->media_callee) {
		call_event(call, CALL_EV_MEDIA_READY, NULL, NULL);
	}
}

static void reply_sdp(struct call *call, struct vp_bus_call *waiting, const char *sdp)
{
	Ringmain__V1__CallMedia msg = RINGMAIN__V1__CALL_MEDIA__INIT;
	char id[VP_UUID_TEXT_SIZE];
	uint8_t *buf;
	size_t len;

	vp_uuid_text(call->id, id);
	msg.call_id = id;
	msg.sdp_answer = (char *)(uintptr_t)sdp;
	buf = malloc(ringmain__v1__call_media__get_packed_size(&msg));
	if (!buf) {
		vp_bus_reply_error(waiting, 500, "unavailable",
			"The service is out of memory. Try again in a moment.");
		return;
	}
	len = ringmain__v1__call_media__pack(&msg, buf);
	vp_bus_reply_ok(waiting, buf, len);
	free(buf);
}

/* The answer to the offer that came with the dial goes to the tab by itself. */
static void send_sdp(struct call *call, const char *sdp)
{
	Ringmain__V1__CallMediaReady msg = RINGMAIN__V1__CALL_MEDIA_READY__INIT;
	char id[VP_UUID_TEXT_SIZE];
	uint8_t *buf;

	vp_uuid_text(call->id, id);
	msg.call_id = id;
	msg.session = call->session;
	msg.sdp_answer = (char *)(uintptr_t)sdp;
	buf = malloc(ringmain__v1__call_media_ready__get_packed_size(&msg));
	if (buf) {
		call_hint(call, "call.media", buf, ringmain__v1__call_media_ready__pack(&msg, buf));
		free(buf);
	}
}

static void on_agent_made(const Ringmain__V1__MediaReply *reply, void *arg)
{
	struct call *call = arg;

	if (call_media_failed(call, reply, "browser_offer")) {
		return;
	}
	call->agent_leg = true;
	if (call->answering) {
		reply_sdp(call, VP_TAKE(call->answering), reply->sdp);
	} else {
		send_sdp(call, reply->sdp);
	}
	maybe_ready(call);
}

/* codec first (what the other leg already speaks), then what the trunk knows. */
static void make_agent(struct call *call, const struct trunk *trunk, const char *codec)
{
	Ringmain__V1__MediaRequest req = call_media_request(call, LEG_AGENT);
	Ringmain__V1__BrowserOffer offer = RINGMAIN__V1__BROWSER_OFFER__INIT;
	char *codecs[TRUNK_CODECS_MAX + 1];

	offer.sdp = call->tab_offer ? call->tab_offer : (char *)(uintptr_t) "";
	if (codec && codec[0]) {
		codecs[offer.n_codecs++] = (char *)(uintptr_t)codec;
	}
	for (size_t i = 0; trunk && i < trunk->n_codecs; i++) {
		if (!codec || strcasecmp(codec, trunk->codecs[i]) != 0) {
			codecs[offer.n_codecs++] = trunk->codecs[i];
		}
	}
	offer.codecs = codecs;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_BROWSER_OFFER;
	req.browser_offer = &offer;
	call_media_ask(call, &req, on_agent_made, &call->media_agent);
}

static void on_callee_made(const Ringmain__V1__MediaReply *reply, void *arg)
{
	struct call *call = arg;

	if (call_media_failed(call, reply, "trunk_offer")) {
		return;
	}
	set(&call->callee_offer, reply->sdp);
	maybe_ready(call);
}

static void trunk_offer(struct call *call, unsigned leg, const struct trunk *trunk,
	media_reply_h *h, struct media_op **slot)
{
	Ringmain__V1__MediaRequest req = call_media_request(call, leg);
	Ringmain__V1__TrunkOffer offer = RINGMAIN__V1__TRUNK_OFFER__INIT;

	if (trunk) {
		offer.n_codecs = trunk->n_codecs;
		offer.codecs = (char **)(uintptr_t)trunk->codecs;
		offer.srtp = trunk->srtp;
	}
	offer.advertise =
		call->cc->cfg->media_advertise ? call->cc->cfg->media_advertise : offer.advertise;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_OFFER;
	req.trunk_offer = &offer;
	call_media_ask(call, &req, h, slot);
}

static void on_caller_made(const Ringmain__V1__MediaReply *reply, void *arg)
{
	struct call *call = arg;

	if (call_media_failed(call, reply, "trunk_remote_offer")) {
		return;
	}
	set(&call->caller_answer, reply->sdp);
	(void)vp_strcopy(call->codec, sizeof(call->codec), reply->codec);
	if (call->state == CALL_IN_ANSWERING) {
		/* the tab is answered with what the trunk speaks: nothing is transcoded */
		make_agent(call, trunks_find(call->cc->trunks, call->caller_trunk), call->codec);
		return;
	}
	maybe_ready(call);
}

static void remote_offer(struct call *call, unsigned leg, const struct trunk *trunk,
	const char *sdp, media_reply_h *h, struct media_op **slot)
{
	Ringmain__V1__MediaRequest req = call_media_request(call, leg);
	Ringmain__V1__RemoteSdp remote = RINGMAIN__V1__REMOTE_SDP__INIT;
	char peer[CALL_MEDIA_PEER_SIZE];

	call_media_say_peer(call, leg, &remote, peer);
	remote.sdp = (char *)(uintptr_t)sdp;
	if (trunk) {
		remote.n_codecs = trunk->n_codecs;
		remote.codecs = (char **)(uintptr_t)trunk->codecs;
		remote.srtp = trunk->srtp || (trunk->srtp_optional && strstr(sdp, "RTP/SAVP"));
	}
	remote.advertise =
		call->cc->cfg->media_advertise ? call->cc->cfg->media_advertise : remote.advertise;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_REMOTE_OFFER;
	req.trunk_remote_offer = &remote;
	call_media_ask(call, &req, h, slot);
}

/* The trunk that called: an answer to its offer, or our offer when its INVITE had none. */
static void make_caller(struct call *call, const char *sdp)
{
	const struct trunk *trunk = trunks_find(call->cc->trunks, call->caller_trunk);

	if (sdp && sdp[0]) {
		remote_offer(call, LEG_CUSTOMER, trunk, sdp, on_caller_made, &call->media_caller);
	} else {
		trunk_offer(call, LEG_CUSTOMER, trunk, on_caller_made, &call->media_caller);
	}
}

void call_media_offer_callee(struct call *call)
{
	trunk_offer(call, call_callee_leg(call), current_trunk(call), on_callee_made,
		&call->media_callee);
}

void call_media_prepare(struct call *call)
{
	call_media_offer_callee(call);
	if (call->direction == CALL_OUTBOUND) {
		make_agent(call, current_trunk(call), NULL);
	} else {
		make_caller(call, call->caller_offer);
	}
}

void call_media_take(struct call *call)
{
	make_caller(call, call->caller_offer);
}

/* --- another tab, or the same page loaded again --- */

static void on_attached(const Ringmain__V1__MediaReply *reply, void *arg)
{
	struct call *call = arg;
	struct vp_bus_call *waiting = VP_TAKE(call->attaching);

	if (!waiting) {
		return;
	}
	if (!reply || reply->error != RINGMAIN__V1__MEDIA_ERROR__MEDIA_OK) {
		vp_bus_reply_error(waiting, reply ? 400 : 503, "media",
			reply ? "This browser's audio cannot be used. Load the page again, or try "
				"another browser."
			      : "The audio service is away. Try again in a moment.");
		return; /* the old tab keeps the audio */
	}
	(void)vp_strcopy(call->session, sizeof(call->session), call->attach_session);
	reply_sdp(call, waiting, reply->sdp);
	call_tell(call);
}

void call_media_attach(
	struct call *call, struct vp_bus_call *waiting, const char *session, const char *offer)
{
	Ringmain__V1__MediaRequest req = call_media_request(call, LEG_AGENT);
	Ringmain__V1__BrowserOffer msg = RINGMAIN__V1__BROWSER_OFFER__INIT;
	char *codecs[1] = {call->codec};

	(void)vp_strcopy(call->attach_session, sizeof(call->attach_session), session);
	call->attaching = waiting;
	msg.sdp = (char *)(uintptr_t)offer;
	msg.codecs = codecs;
	msg.n_codecs = call->codec[0] ? 1 : 0;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_BROWSER_OFFER;
	req.browser_offer = &msg;
	if (media_ask(call->cc->media, &req, on_attached, call, &call->media_attach)) {
		vp_bus_reply_error(VP_TAKE(call->attaching), 503, "media_lost",
			"The audio service is away. Try again in a moment.");
	}
}

/* --- offers of a trunk inside the call --- */

static void answer_offer(struct ua_leg *leg, const Ringmain__V1__MediaReply *reply)
{
	if (!leg) {
		return;
	}
	if (reply && reply->error == RINGMAIN__V1__MEDIA_ERROR__MEDIA_OK) {
		(void)ua_leg_answer_offer(leg, 200, reply->sdp, strlen(reply->sdp));
	} else {
		(void)ua_leg_answer_offer(leg, 488, NULL, 0);
	}
}

static void on_caller_reoffer(const Ringmain__V1__MediaReply *reply, void *arg)
{
	const struct call *call = arg;

	answer_offer(call->caller, reply);
}

static void on_callee_reoffer(const Ringmain__V1__MediaReply *reply, void *arg)
{
	const struct call *call = arg;

	answer_offer(call->callee, reply);
}

void call_media_reoffer(struct call *call, unsigned leg, const struct pl *sdp)
{
	const bool by_callee = call->callee && leg == call_callee_leg(call);
	const struct trunk *trunk =
		trunks_find(call->cc->trunks, by_callee ? call->callee_trunk : call->caller_trunk);
	struct ua_leg *asking = by_callee ? call->callee : call->caller;
	const char *ours = by_callee ? call->callee_offer : call->caller_answer;
	char *text;

	if (sdp->l == 0) {
		/* they ask for our offer: what we have */
		(void)ua_leg_answer_offer(asking, 200, ours ? ours : "", ours ? strlen(ours) : 0);
		return;
	}
	text = strndup(sdp->p, MIN(sdp->l, CALL_SDP_MAX));
	if (!text) {
		(void)ua_leg_answer_offer(asking, 488, NULL, 0);
		return;
	}
	media_forget(call->media_offer);
	remote_offer(call, leg, trunk, text, by_callee ? on_callee_reoffer : on_caller_reoffer,
		&call->media_offer);
	free(text);
}
