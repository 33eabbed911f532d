/* A trunk calls: whose trunk, which number was called and by whom; the router says the rest */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/call-controller/controller.h"
#include "services/call-controller/domain/caller_id.h"

static bool number_of(const struct pl *user, char *buf, size_t size)
{
	return ua_unescape(user, buf, size) && caller_is_text(buf);
}

static bool user_of(const struct pl *header, char *buf, size_t size)
{
	struct ua_addr addr;

	return header && ua_addr_decode(&addr, header) == 0 &&
	       number_of(&addr.parsed.user, buf, size);
}

/* The number that was called: the Request-URI, unless that is the Contact we registered. */
static bool called_number(
	const struct ua_msg *msg, const struct trunk *trunk, char number[CALL_NUMBER_SIZE])
{
	if (pl_strcmp(&msg->uri.user, trunk->contact) && msg->uri.user.l > 0) {
		return number_of(&msg->uri.user, number, CALL_NUMBER_SIZE);
	}
	return user_of(ua_msg_header(msg, UA_HDR_P_CALLED_PARTY_ID), number, CALL_NUMBER_SIZE) ||
	       user_of(ua_msg_header(msg, UA_HDR_TO), number, CALL_NUMBER_SIZE);
}

/* What the trunk asserts of the caller goes before what the caller says; withheld is withheld. */
static void calling_number(const struct ua_msg *msg, char number[CALL_NUMBER_SIZE])
{
	const struct pl *privacy = ua_msg_header(msg, UA_HDR_PRIVACY);

	number[0] = '\0';
	if (privacy && !pl_strcasecmp(privacy, "id")) {
		return;
	}
	if (!user_of(ua_msg_header(msg, UA_HDR_P_ASSERTED_IDENTITY), number, CALL_NUMBER_SIZE) &&
		!user_of(ua_msg_header(msg, UA_HDR_REMOTE_PARTY_ID), number, CALL_NUMBER_SIZE) &&
		!number_of(&msg->from.parsed.user, number, CALL_NUMBER_SIZE)) {
		number[0] = '\0';
	}
	if (caller_is_anonymous(number)) {
		number[0] = '\0';
	}
}

static void start(
	struct controller *cc, struct ua_leg *leg, const struct ua_msg *msg, struct trunk *trunk)
{
	char did[CALL_NUMBER_SIZE], from[CALL_NUMBER_SIZE];
	struct vp_uuid also[CALL_ALSO_MAX];
	struct call *call;

	if (!called_number(msg, trunk, did)) {
		ua_leg_drop(leg, 404, "Not Found");
		return;
	}
	calling_number(msg, from);
	call = call_create(cc, trunk->org, CALL_INBOUND);
	if (!call) {
		ua_leg_drop(leg, 500, "Server Internal Error");
		return;
	}
	call->caller = leg;
	call_trunk_came_by(call, trunk);
	(void)vp_strcopy(call->did, sizeof(call->did), did);
	(void)vp_strcopy(call->to, sizeof(call->to), did);
	(void)vp_strcopy(call->from, sizeof(call->from), from);
	if (!vp_strcopy(call->sip_call_id, sizeof(call->sip_call_id), ua_leg_call_id(leg))) {
		call->sip_call_id[0] = '\0'; /* longer than anybody's: not worth keeping */
	}
	call->caller_offer = msg->body.l > 0 ? strndup(msg->body.p, msg->body.l) : NULL;
	call_trunk_own_caller(call);
	vp_metric_add(cc->metrics.received, 1);
	call_route_inbound(call, did, from, also,
		trunks_also(cc->trunks, &msg->flow.peer, trunk, also, CALL_ALSO_MAX));
}

void on_sip_invite(struct ua_leg *leg, const struct ua_msg *msg, void *arg)
{
	struct controller *cc = arg;
	struct trunk *trunk = trunks_of(cc->trunks, &msg->flow.peer, &msg->uri.user);

	if (!trunk) {
		ua_leg_drop(leg, 403, "Forbidden"); /* the trunk was removed just now */
	} else if (controller_busy(cc)) {
		ua_leg_drop(leg, 503, "Service Unavailable");
	} else if (trunk->max_channels && trunk->channels >= trunk->max_channels) {
		vp_log(WARN, "trunk.full", VP_KV_STR("trunk", trunk->name));
		ua_leg_drop(leg, 486, "Busy Here");
	} else if (msg->body.l > CALL_SDP_MAX) {
		ua_leg_drop(leg, 413, "Request Entity Too Large");
	} else {
		start(cc, leg, msg, trunk);
	}
}
