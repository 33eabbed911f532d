/* The SIP side of a call: dialling its targets one after the other, and what the legs say. */
#include <errno.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/call-controller/controller.h"
#include "services/call-controller/domain/caller_id.h"
#include "services/call-controller/domain/sip_status.h"

#define KEY_MS 160
#define RESPONSE_MS 5000 /* a target that says nothing at all for this long is left */

static void release(struct call *call, struct vp_uuid *held)
{
	struct trunk *trunk = vp_uuid_is_nil(*held) ? NULL : trunks_find(call->cc->trunks, *held);

	if (trunk && trunk->channels > 0) {
		trunk->channels--;
	}
	*held = (struct vp_uuid){0};
}

/* --- the trunk that we call --- */

static const struct call_target *current(const struct call *call)
{
	return call->target < call->n_targets ? &call->targets[call->target] : NULL;
}

bool call_trunk_more(const struct call *call)
{
	const struct call_target *target = current(call);
	const struct trunk *trunk = target ? trunks_find(call->cc->trunks, target->trunk) : NULL;

	return (trunk && call->addr + 1 < trunk->n_addrs) || call->target + 1 < call->n_targets;
}

/* How the call goes on after this address has failed, while there is more to try. */
static enum call_event next_event(const struct call *call)
{
	const struct call_target *target = current(call);
	const struct trunk *trunk = target ? trunks_find(call->cc->trunks, target->trunk) : NULL;
	const bool same_trunk = trunk && call->addr + 1 < trunk->n_addrs;

	return !same_trunk && call->targets[call->target + 1].driver ? CALL_EV_TRUNK_PHONE
								     : CALL_EV_TRUNK_NEXT;
}

/* What media is told of the far side's SDP and of what follows goes out together. */
static void hear(struct call *call, const struct pl *sdp, enum call_event event)
{
	struct media *media = call->cc->media; /* outlives the call */

	media_cork(media);
	call_media_remote(call, call_callee_leg(call), sdp);
	call_event(call, event, NULL, NULL);
	media_uncork(media);
}

static void on_progress(struct ua_leg *leg, unsigned status, const struct pl *sdp, void *arg)
{
	struct call *call = arg;

	(void)leg;
	call->sip_status = status;
	if (sdp->l > 0) {
		call->progressed = true;
		hear(call, sdp, CALL_EV_TRUNK_EARLY);
	} else if (status == 180) {
		call->progressed = true;
		call_event(call, CALL_EV_TRUNK_RINGING, NULL, NULL);
	}
}

static void on_answer(struct ua_leg *leg, const struct pl *sdp, void *arg)
{
	struct call *call = arg;

	(void)leg;
	call->sip_status = 200;
	hear(call, sdp, CALL_EV_TRUNK_ANSWERED);
}

static void on_offer(struct ua_leg *leg, const struct pl *sdp, void *arg)
{
	struct call *call = arg;

	call_media_reoffer(call, leg == call->callee ? call_callee_leg(call) : LEG_CUSTOMER, sdp);
}

static void on_modified(struct ua_leg *leg, unsigned status, const struct pl *sdp, void *arg)
{
	struct call *call = arg;

	if (status < 300) {
		call_media_remote(
			call, leg == call->callee ? call_callee_leg(call) : LEG_CUSTOMER, sdp);
	} else {
		vp_log(INFO, "call.modify_refused", VP_KV_INT("sip_status", status));
	}
}

static void on_dtmf(struct ua_leg *leg, char key, void *arg)
{
	struct call *call = arg;
	Ringmain__V1__CallDtmfReceived msg = RINGMAIN__V1__CALL_DTMF_RECEIVED__INIT;
	char id[VP_UUID_TEXT_SIZE], digit[2] = {key, '\0'};
	uint8_t buf[128];

	(void)leg;
	vp_uuid_text(call->id, id);
	msg.call_id = id;
	msg.digit = digit;
	call_hint(
		call, "call.dtmf_received", buf, ringmain__v1__call_dtmf_received__pack(&msg, buf));
}

static unsigned status_of(const struct ua_end *how)
{
	switch (how->how) {
	case UA_END_BYE: return SIP_HUNG_UP;
	case UA_END_CANCELED:
	case UA_END_EXPIRED: return SIP_GONE;
	case UA_END_WRONG_PASSWORD: return SIP_WRONG_PASSWORD;
	case UA_END_REJECTED: return how->status;
	case UA_END_NO_RESPONSE:
	case UA_END_TRANSPORT: break;
	}
	return SIP_NO_RESPONSE;
}

static void on_callee_end(struct ua_leg *leg, const struct ua_end *how, void *arg)
{
	struct call *call = arg;
	const struct sip_outcome outcome =
		sip_end_of(status_of(how), call->progressed, call->answered_us != 0);

	(void)leg;
	call->callee = NULL;
	release(call, &call->callee_trunk);
	if (how->status) {
		call->sip_status = how->status;
	}
	if (outcome.cause) {
		vp_log(INFO, "call.target_failed", VP_KV_STR("trunk", call->trunk_name),
			VP_KV_INT("sip_status", how->status), VP_KV_STR("cause", outcome.cause));
	}
	if (outcome.next && call_trunk_more(call)) {
		call_event(call, next_event(call), NULL, NULL);
	} else {
		call_event(call, outcome.event, outcome.cause, NULL);
	}
}

static const struct ua_leg_handlers callee_handlers = {.on_progress = on_progress,
	.on_answer = on_answer,
	.on_offer = on_offer,
	.on_modified = on_modified,
	.on_dtmf = on_dtmf,
	.on_end = on_callee_end};

/* "\"Name\" <sip:user@domain>" and the header that carries the caller's number. */
static bool write_identity(const struct trunk *trunk, const struct call_target *target,
	struct ua_text *from, struct ua_text *headers)
{
	const bool own_user = trunk->caller_id != CALLER_ID_FROM && trunk->username[0];
	char name[2 * CALL_NAME_SIZE + 4], number[3 * CALL_NUMBER_SIZE], user[3 * CALL_NUMBER_SIZE];

	if (!caller_quote(target->display_name, name, sizeof(name)) ||
		!caller_user(target->from_user, number, sizeof(number)) ||
		!caller_user(
			own_user || !target->from_user[0] ? trunk->username : target->from_user,
			user, sizeof(user))) {
		return false;
	}
	ua_text_reset(from);
	ua_text_fmt(from, "%s%s<sip:%s%s%s>", name, name[0] ? " " : "", user, user[0] ? "@" : "",
		trunk->from_domain);
	ua_text_reset(headers);
	if (number[0] && trunk->caller_id == CALLER_ID_RPID) {
		ua_text_fmt(headers, "Remote-Party-ID: <sip:%s@%s>;party=calling;privacy=off\r\n",
			number, trunk->from_domain);
	} else if (number[0] && trunk->caller_id != CALLER_ID_FROM) {
		ua_text_fmt(headers, "%s: <sip:%s@%s>\r\n",
			trunk->caller_id == CALLER_ID_PAI ? "P-Asserted-Identity"
							  : "P-Preferred-Identity",
			number, trunk->from_domain);
	}
	ua_text_mem(headers, "", 1);
	return !from->full && !headers->full;
}

static bool write_uri(
	const struct trunk *trunk, const struct call_target *target, struct ua_text *uri)
{
	char user[3 * CALL_NUMBER_SIZE];

	if (!caller_user(target->request_user, user, sizeof(user))) {
		return false;
	}
	ua_text_reset(uri);
	ua_text_fmt(uri, "sip:%s@%s", user, trunk->host);
	if (trunk->port && trunk->port != (trunk->tp == UA_TP_TLS ? 5061 : 5060)) {
		ua_text_fmt(uri, ":%u", trunk->port);
	}
	ua_text_add(uri, ua_tp_param(trunk->tp));
	ua_text_mem(uri, "", 1);
	return !uri->full;
}

static int invite(struct call *call, struct trunk *trunk, const struct call_target *target)
{
	static struct ua_text uri, from, headers;
	struct ua_dial dial = {.request_uri = uri.buf,
		.local = from.buf,
		.contact = trunk->contact,
		.route = trunk->route,
		.headers = headers.buf,
		.cred = trunk_credentials(trunk),
		.session_timer = trunk->session_timer,
		.response_ms = RESPONSE_MS,
		.sdp = call->callee_offer,
		.sdp_len = call->callee_offer ? strlen(call->callee_offer) : 0};

	if (!trunk_flow(trunk, call->addr, &dial.flow)) {
		return EHOSTUNREACH;
	}
	if (trunk->max_channels && trunk->channels >= trunk->max_channels) {
		return EBUSY;
	}
	if (!write_uri(trunk, target, &uri) || !write_identity(trunk, target, &from, &headers)) {
		return EMSGSIZE;
	}
	return ua_leg_dial(&call->callee, call->cc->agent, &dial, &callee_handlers, call);
}

/* What the new target needs before it can be dialled. */
static bool same_media(const struct trunk *a, const struct trunk *b)
{
	if (!a || !b || a->srtp != b->srtp || a->n_codecs != b->n_codecs) {
		return false;
	}
	for (size_t i = 0; i < a->n_codecs; i++) {
		if (strcasecmp(a->codecs[i], b->codecs[i]) != 0) {
			return false;
		}
	}
	return true;
}

/* Steps to the next address or target; true when media must make another offer for it. */
static bool advance(struct call *call)
{
	const struct trunk *old = trunks_find(call->cc->trunks, call->targets[call->target].trunk);
	const struct call_target *target;

	if (old && call->addr + 1 < old->n_addrs) {
		call->addr++;
		return false;
	}
	call->addr = 0;
	call->target++;
	target = current(call);
	return target && !same_media(old, trunks_find(call->cc->trunks, target->trunk));
}

static void dial_current(struct call *call)
{
	const struct call_target *target = current(call);
	struct trunk *trunk = target ? trunks_find(call->cc->trunks, target->trunk) : NULL;
	int err = trunk ? invite(call, trunk, target) : ENOENT;

	if (err) {
		vp_log(WARN, "call.dial_failed", VP_KV_STR("trunk", trunk ? trunk->name : ""),
			VP_KV_ERR(err));
		if (call_trunk_more(call)) {
			call_event_soon(call, next_event(call), NULL);
		} else {
			call_event_soon(call, CALL_EV_TRUNK_FAILED, "trunk_down");
		}
		return;
	}
	trunk->channels++;
	call->callee_trunk = trunk->id;
	call->dtmf_info = trunk->dtmf_info;
	if (call->direction == CALL_OUTBOUND) {
		(void)vp_strcopy(
			call->sip_call_id, sizeof(call->sip_call_id), ua_leg_call_id(call->callee));
		call->trunk = trunk->id;
		call->provider = trunk->provider;
		(void)vp_strcopy(call->trunk_name, sizeof(call->trunk_name), trunk->name);
	}
}

void call_trunk_dial(struct call *call, bool next)
{
	if (next && advance(call)) {
		call_media_offer_callee(call); /* its answer dials */
		return;
	}
	dial_current(call);
}

/* --- the trunk that called --- */

static void on_confirmed(struct ua_leg *leg, const struct pl *sdp, void *arg)
{
	(void)leg;
	if (sdp->l > 0) {
		call_media_remote(arg, LEG_CUSTOMER, sdp);
	}
}

static void on_caller_end(struct ua_leg *leg, const struct ua_end *how, void *arg)
{
	struct call *call = arg;

	(void)leg;
	call->caller = NULL;
	release(call, &call->caller_trunk);
	call_event(call,
		how->how == UA_END_EXPIRED || how->how == UA_END_TRANSPORT ? CALL_EV_CALLER_GONE
									   : CALL_EV_CALLER_HANGUP,
		NULL, NULL);
}

void call_trunk_came_by(struct call *call, struct trunk *trunk)
{
	release(call, &call->caller_trunk);
	trunk->channels++;
	call->org = trunk->org;
	call->caller_trunk = call->trunk = trunk->id;
	call->provider = trunk->provider;
	call->dtmf_info = trunk->dtmf_info;
	(void)vp_strcopy(call->trunk_name, sizeof(call->trunk_name), trunk->name);
	ua_leg_set_timer(call->caller, trunk->session_timer);
}

void call_trunk_own_caller(struct call *call)
{
	static const struct ua_leg_handlers handlers = {.on_confirmed = on_confirmed,
		.on_offer = on_offer,
		.on_modified = on_modified,
		.on_dtmf = on_dtmf,
		.on_end = on_caller_end};

	ua_leg_own(call->caller, &handlers, call);
}

/* --- keys as SIP INFO --- */

static void on_keys_next(void *arg)
{
	struct call *call = arg;
	struct ua_leg *leg = call->callee ? call->callee : call->caller;

	/* while the far side has not answered the last one, the next waits */
	if (!leg || (call->keys[0] && ua_leg_info_dtmf(leg, call->keys[0], KEY_MS) == 0)) {
		memmove(call->keys, call->keys + 1, strlen(call->keys));
	}
	if (leg && call->keys[0]) {
		ua_timer_start(call->cc->timers, &call->keys_next, KEY_MS, on_keys_next, call);
	}
}

int call_trunk_dtmf(struct call *call, const char *digits)
{
	const size_t have = strlen(call->keys);

	if (have + strlen(digits) > CALL_DTMF_MAX) {
		return ENOBUFS;
	}
	memcpy(call->keys + have, digits, strlen(digits) + 1);
	if (!ua_timer_running(&call->keys_next)) {
		on_keys_next(call);
	}
	return 0;
}

void call_trunk_release(struct call *call)
{
	const struct sip_refusal refusal = sip_refusal_of(call->state, call->cause);

	ua_leg_drop(VP_TAKE(call->callee), refusal.status, refusal.reason);
	ua_leg_drop(VP_TAKE(call->caller), refusal.status, refusal.reason);
	release(call, &call->callee_trunk);
	release(call, &call->caller_trunk);
}
