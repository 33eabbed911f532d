#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

#define CLAIM_US 8000000    /* what a tab may take from its claim to the leg's answer */
#define SETTLE_MS 3000      /* how long an answer may be overtaken by its hang-up */
#define AHEAD_US 300000000  /* a carrier's clock that is further ahead is wrong */
#define ROUNDED_US 60000000 /* what its count of a conversation may be too long */

static const char set_sid[] = "update voip.calls set sid = $3"
			      " where org_id = $1 and id = $2 and sid is distinct from $3";
static const char learn_id[] =
	"insert into voip.call_external_ids (org_id, provider_id, external_id, call_id, leg)"
	" values ($1, $2, $3, $4, $5) on conflict do nothing";

int call_carrier_create(struct call *call, struct vp_uuid provider, const char *driver)
{
	const struct carrier_driver *known = carrier_driver_find(driver);
	struct call_carrier *carrier = known ? calloc(1, sizeof(*carrier)) : NULL;
	char id[VP_UUID_TEXT_SIZE];

	if (!carrier) {
		return known ? ENOMEM : ENOTSUP;
	}
	carrier->provider = provider;
	carrier->driver = known;
	vp_uuid_text(call->id, id);
	(void)snprintf(carrier->room, sizeof(carrier->room), "call-%s", id);
	call->carrier = carrier;
	call->provider = provider;
	return 0;
}

struct call_carrier *call_carrier_leave(struct call *call)
{
	struct call_carrier *carrier = call->carrier;

	if (carrier) {
		carriers_cancel(carrier->looking);
		carriers_cancel(carrier->holding);
		carriers_cancel(carrier->accepting);
		carriers_cancel(carrier->keying);
		ua_timer_stop(call->cc->timers, &carrier->check);
		ua_timer_stop(call->cc->timers, &carrier->settle);
		free(carrier->token);
		free(carrier);
		call->carrier = NULL;
	}
	return NULL;
}

struct call_carrier *call_carrier_drop(struct call *call)
{
	struct call_carrier *carrier = call->carrier;

	if (carrier && call_is_over(call->state)) {
		call->cc->over[call->cc->n_over++ % CC_OVER_MAX] = call->id;
	}
	for (int i = 0; carrier && i < PROVIDER_LEGS; i++) {
		const struct provider_leg *leg = &carrier->legs[i];

		if (leg->external_id[0] && leg->stage < PROVIDER_ENDED) {
			carrier_hang_up(call->cc, &(struct carrier_end){.org = call->org,
							  .provider = carrier->provider,
							  .call = call->id,
							  .driver = carrier->driver,
							  .leg = (enum provider_who)i,
							  .external_id = leg->external_id});
		}
	}
	return call_carrier_leave(call);
}

/* --- rows --- */

/* The leg that the outside is on; until it is there, the one that is. */
static const char *main_id(const struct call_carrier *carrier)
{
	const char *customer = carrier->legs[PROVIDER_CUSTOMER].external_id;

	return customer[0] ? customer : carrier->legs[PROVIDER_AGENT].external_id;
}

int call_carrier_store(const struct call *call, struct vp_db_tx *tx)
{
	const char *sid = main_id(call->carrier);

	return sid[0] ? vp_db_tx_add(tx, set_sid,
				VP_PARAMS(
					VP_P_UUID(call->org), VP_P_UUID(call->id), VP_P_TEXT(sid)))
		      : 0;
}

static void on_learnt(int err, const struct vp_db_result *res, void *arg)
{
	(void)res;
	(void)arg;
	if (err) {
		vp_log(WARN, "carrier.id_not_stored", VP_KV_ERR(err));
	}
}

static void store_id(const struct call *call, const char *external_id, const char *leg)
{
	(void)vp_db_query(call->cc->db, learn_id,
		VP_PARAMS(VP_P_UUID(call->org), VP_P_UUID(call->carrier->provider),
			VP_P_TEXT(external_id), VP_P_UUID(call->id), VP_P_TEXT(leg)),
		on_learnt, NULL, NULL);
}

void call_carrier_learn(
	struct call *call, enum provider_who leg, const char *external_id, const char *room_id)
{
	struct call_carrier *carrier = call->carrier;
	struct provider_leg *at = &carrier->legs[leg];
	const bool is_new = external_id[0] && !at->external_id[0];

	if (external_id[0] && !at->external_id[0]) {
		(void)vp_strcopy(at->external_id, sizeof(at->external_id), external_id);
	}
	if (external_id[0]) {
		store_id(call, external_id, provider_who_name(leg));
	}
	if (leg == PROVIDER_CUSTOMER) {
		(void)vp_strcopy(call->sip_call_id, sizeof(call->sip_call_id), external_id);
	}
	if (is_new) {
		(void)carrier_dial_told(call->cc, &(struct carrier_end){.call = call->id,
							  .provider = carrier->provider,
							  .leg = leg,
							  .external_id = external_id});
	}
	if (room_id[0] && !carrier->room_id[0] &&
		vp_strcopy(carrier->room_id, sizeof(carrier->room_id), room_id)) {
		store_id(call, room_id, "room");
	}
}

enum provider_who call_carrier_leg_of(const struct call *call, const char *external_id)
{
	for (int i = 0; external_id[0] && i < PROVIDER_LEGS; i++) {
		if (strcmp(call->carrier->legs[i].external_id, external_id) == 0) {
			return (enum provider_who)i;
		}
	}
	return PROVIDER_NOBODY;
}

/* --- news --- */

static bool outbound(const struct call *call)
{
	return call->direction == CALL_OUTBOUND;
}

/* The call may be gone after each of them. */
static void feed(struct call *call, const struct provider_steps *steps, int64_t at_us)
{
	struct controller *cc = call->cc;
	const struct vp_uuid id = call->id;

	for (size_t i = 0; i < steps->n && call; i++) {
		call->event_us = at_us;
		call_event(call, steps->events[i], steps->cause, NULL);
		call = controller_find(cc, id);
	}
	if (call) {
		call->event_us = 0;
	}
}

static void on_settle(void *arg)
{
	struct call *call = arg;
	const enum provider_who far = outbound(call) ? PROVIDER_CUSTOMER : PROVIDER_AGENT;
	struct provider_leg *leg = &call->carrier->legs[far];
	struct provider_steps steps;

	provider_leg_settle(leg, far, outbound(call), &steps);
	feed(call, &steps, leg->ended_us);
}

/* The leg whose answer made it a conversation is over: its carrier's times are the call's. */
static void take_times(struct call *call, enum provider_who who, const struct provider_leg *leg)
{
	const bool far = (who == PROVIDER_CUSTOMER) == outbound(call);

	if (far && leg->dialled && leg->stage == PROVIDER_ENDED && leg->answered_us) {
		call->answered_us = MIN(leg->answered_us, leg->ended_us);
		if (call->answered_us < call->started_us - ROUNDED_US) {
			call->answered_us = call->started_us;
		}
	}
}

/* When it happened, as the carrier says it: not before there was a call, nor in days to come. */
static int64_t credible_us(const struct call *call, int64_t at_us)
{
	if (at_us == 0 || at_us > vp_time_us() + AHEAD_US) {
		return 0; /* now */
	}
	return MAX(at_us, call->started_us);
}

void call_carrier_news(struct call *call, enum provider_who who, const struct provider_news *heard)
{
	struct call_carrier *carrier = call->carrier;
	struct provider_leg *leg = &carrier->legs[who];
	const enum provider_who other = who == PROVIDER_AGENT ? PROVIDER_CUSTOMER : PROVIDER_AGENT;
	const bool knew = leg->external_id[0] != '\0';
	struct provider_news news = *heard;
	struct provider_steps steps;
	int64_t at_us;

	news.at_us = credible_us(call, heard->at_us);
	news.bridged = carrier->legs[other].stage == PROVIDER_ANSWERED;
	if (knew && news.external_id[0] && strcmp(leg->external_id, news.external_id) != 0) {
		vp_log(WARN, "carrier.other_leg", VP_KV_STR("leg", provider_who_name(who)));
		return; /* not the leg that this call has */
	}
	carrier->quiet = 0;
	call_carrier_learn(call, who, knew ? "" : news.external_id, news.room);
	if (news.sip_status) {
		call->sip_status = news.sip_status;
	}
	provider_leg_take(leg, who, outbound(call), &news, vp_time_us(), &steps);
	if (leg->unsettled && !ua_timer_running(&carrier->settle)) {
		ua_timer_start(call->cc->timers, &carrier->settle, SETTLE_MS, on_settle, call);
	}
	take_times(call, who, leg);
	at_us = leg->stage == PROVIDER_ENDED ? leg->ended_us : news.at_us;
	feed(call, &steps, at_us);
}

/* --- what the table says --- */

static struct carrier_leg leg_of(struct call *call, enum provider_who who)
{
	struct call_carrier *carrier = call->carrier;
	struct carrier_leg leg = {.leg = who};

	vp_uuid_text(call->id, leg.call);
	vp_uuid_text(vp_uuid_new(), leg.command);
	(void)vp_strcopy(leg.external_id, sizeof(leg.external_id), carrier->legs[who].external_id);
	(void)vp_strcopy(leg.room, sizeof(leg.room), carrier->room_id);
	return leg;
}

static int build_hold(struct vp_api_request *ret, const struct carrier_account *account, void *arg)
{
	struct call *call = arg;
	struct carrier_leg leg = leg_of(call, PROVIDER_CUSTOMER);

	leg.on = call->state == CALL_HELD;
	return call->carrier->driver->hold(ret, account, &leg);
}

/* A hold that was refused is none: the agent sees the call as it is. */
static void on_held(struct vp_api_result *result, void *arg)
{
	struct call *call = arg;

	call->carrier->holding = NULL;
	if (result->verdict != VP_API_OK && call->state == CALL_HELD) {
		vp_log(WARN, "call.hold_failed",
			VP_KV_STR("verdict", vp_api_verdict_word(result->verdict)));
		call_event(call, CALL_EV_AGENT_UNHOLD, NULL, NULL);
	}
}

static void hold(struct call *call)
{
	struct call_carrier *carrier = call->carrier;
	const struct carrier_ask ask = {.org = call->org,
		.provider = carrier->provider,
		.driver = carrier->driver,
		.build = build_hold,
		.done = on_held,
		.arg = call,
		.tries = 3};

	if (!carrier->driver->hold) {
		return; /* the phone sees the call held */
	}
	/* the last word counts: it is built from the state as it is then */
	carriers_cancel(VP_TAKE(carrier->holding));
	if (carriers_ask(call->cc->carriers, &ask, &carrier->holding)) {
		vp_log(WARN, "call.hold_failed", VP_KV_STR("verdict", "memory"));
	}
}

static int build_accept(
	struct vp_api_request *ret, const struct carrier_account *account, void *arg)
{
	struct call *call = arg;
	struct carrier_leg leg = leg_of(call, PROVIDER_CUSTOMER);

	return call->carrier->driver->accept(ret, account, &leg);
}

static void on_accepted(struct vp_api_result *result, void *arg)
{
	struct call *call = arg;

	call->carrier->accepting = NULL;
	if (result->verdict != VP_API_OK) {
		/* it is gone, or the bridge has taken it: its own webhooks tell */
		vp_log(WARN, "call.accept_failed",
			VP_KV_STR("verdict", vp_api_verdict_word(result->verdict)),
			VP_KV_STR("code", result->code));
	}
}

static void accept_caller(struct call *call)
{
	struct call_carrier *carrier = call->carrier;
	const struct carrier_ask ask = {.org = call->org,
		.provider = carrier->provider,
		.driver = carrier->driver,
		.build = build_accept,
		.done = on_accepted,
		.arg = call,
		.tries = 3};

	if (carrier->driver->accept && !carrier->accepting &&
		carriers_ask(call->cc->carriers, &ask, &carrier->accepting)) {
		vp_log(WARN, "call.accept_failed", VP_KV_STR("verdict", "memory"));
	}
}

void call_carrier_act(struct call *call, unsigned actions)
{
	if (actions & CALL_ACT_OFFER_AGENT) {
		call_carrier_dial(call, PROVIDER_AGENT);
	}
	if (actions & (CALL_ACT_DIAL | CALL_ACT_DIAL_NEXT)) {
		call_carrier_dial(call, PROVIDER_CUSTOMER);
	}
	if (actions & CALL_ACT_ACCEPT_CALLER) {
		accept_caller(call);
	}
	if (actions & CALL_ACT_CONNECT) {
		call->recording = call->carrier->records;
	}
	if (actions & (CALL_ACT_HOLD | CALL_ACT_UNHOLD)) {
		hold(call);
	}
	call_carrier_watch(call);
}

/* --- keys --- */

static int build_dtmf(struct vp_api_request *ret, const struct carrier_account *account, void *arg)
{
	struct call *call = arg;
	struct carrier_leg leg = leg_of(call, PROVIDER_CUSTOMER);

	(void)vp_strcopy(leg.digits, sizeof(leg.digits), call->carrier->digits);
	return call->carrier->driver->dtmf(ret, account, &leg);
}

static void on_keyed(struct vp_api_result *result, void *arg)
{
	struct call *call = arg;

	call->carrier->keying = NULL;
	if (result->verdict != VP_API_OK) {
		vp_log(WARN, "call.keys_failed",
			VP_KV_STR("verdict", vp_api_verdict_word(result->verdict)));
	}
}

int call_carrier_dtmf(struct call *call, const char *digits)
{
	struct call_carrier *carrier = call->carrier;
	const struct carrier_ask ask = {.org = call->org,
		.provider = carrier->provider,
		.driver = carrier->driver,
		.build = build_dtmf,
		.done = on_keyed,
		.arg = call,
		.tries = 1};

	if (!carrier->driver->dtmf) {
		return ENOTSUP;
	}
	if (carrier->keying) {
		return EBUSY;
	}
	return vp_strcopy(carrier->digits, sizeof(carrier->digits), digits)
		       ? carriers_ask(call->cc->carriers, &ask, &carrier->keying)
		       : ENOBUFS;
}

bool call_carrier_can_hold(const struct call *call)
{
	return call->carrier->driver->hold || call->carrier->driver->phone_holds;
}

bool call_carrier_claim(struct call *call, const char *session)
{
	struct call_carrier *carrier = call->carrier;
	const bool mine = strcmp(call->session, session) == 0;

	if (!session[0] || (call->session[0] && !mine && carrier->claimed_us &&
				   vp_mono_us() - carrier->claimed_us < CLAIM_US)) {
		return false;
	}
	if (strlen(session) >= sizeof(call->session)) {
		return false;
	}
	carrier->claimed_us = vp_mono_us();
	return vp_strcopy(call->session, sizeof(call->session), session);
}
