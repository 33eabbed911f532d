#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/domain/provider_leg.h"
#include "services/call-controller/domain/sip_status.h"

static void add(struct provider_steps *steps, enum call_event event)
{
	vp_assert(steps->n < PROVIDER_STEPS_MAX);
	steps->events[steps->n++] = event;
}

/* The leg whose answer makes the call a conversation. */
static bool is_far(const struct provider_leg *leg, enum provider_who who, bool outbound)
{
	return leg->dialled && (who == PROVIDER_CUSTOMER) == outbound;
}

static void on_ringing(enum provider_who who, bool outbound, struct provider_steps *steps)
{
	if (who == PROVIDER_AGENT) {
		add(steps, CALL_EV_AGENT_ALERTING);
	} else if (outbound) {
		add(steps, CALL_EV_TRUNK_RINGING);
	}
}

static void on_answered(enum provider_who who, bool outbound, struct provider_steps *steps)
{
	if (who == PROVIDER_AGENT) {
		add(steps, CALL_EV_AGENT_ANSWER);
		add(steps, CALL_EV_MEDIA_READY); /* the carrier's audio needs nothing of ours */
	} else if (outbound) {
		add(steps, CALL_EV_TRUNK_ANSWERED);
	}
}

static void on_hangup(enum provider_who who, bool outbound, struct provider_steps *steps)
{
	add(steps, who == PROVIDER_AGENT ? CALL_EV_AGENT_HANGUP
		   : outbound            ? CALL_EV_TRUNK_HANGUP
					 : CALL_EV_CALLER_HANGUP);
}

/* Of two legs that are bridged, each goes with the other; the one whose own party did not end it
 * was taken along, whichever webhook is first. */
static enum provider_who who_hung_up(
	const struct provider_leg *leg, enum provider_who who, const struct provider_news *news)
{
	const enum provider_source own =
		leg->dialled ? PROVIDER_SOURCE_CALLEE : PROVIDER_SOURCE_CALLER;

	if (!news->bridged || news->source == PROVIDER_SOURCE_UNSAID || news->source == own) {
		return who;
	}
	return who == PROVIDER_AGENT ? PROVIDER_CUSTOMER : PROVIDER_AGENT;
}

static void agent_did_not_answer(enum provider_end end, struct provider_steps *steps)
{
	add(steps, end == PROVIDER_END_BUSY ? CALL_EV_AGENT_DECLINE : CALL_EV_TIMEOUT);
}

/* What the far network said, as of any trunk; but a trunk of ours had no part in it. */
static const char *network_cause(unsigned sip_status)
{
	const char *cause = sip_status >= 400 ? sip_outcome_of(sip_status, true).cause : "rejected";

	return strcmp(cause, "trunk_down") == 0 ? "rejected" : cause;
}

static void customer_did_not_answer(
	enum provider_end end, unsigned sip_status, struct provider_steps *steps)
{
	switch (end) {
	case PROVIDER_END_BUSY:
		steps->cause = "busy";
		add(steps, CALL_EV_TRUNK_BUSY);
		break;
	case PROVIDER_END_FAILED:
		steps->cause = network_cause(sip_status);
		add(steps, CALL_EV_TRUNK_FAILED);
		break;
	default:
		steps->cause = "no_answer";
		add(steps, CALL_EV_TRUNK_NO_ANSWER);
		break;
	}
}

static void not_answered(enum provider_who who, bool outbound, const struct provider_news *news,
	struct provider_steps *steps)
{
	if (who == PROVIDER_AGENT) {
		agent_did_not_answer(news->end, steps);
	} else if (outbound) {
		customer_did_not_answer(news->end, news->sip_status, steps);
	} else {
		add(steps, CALL_EV_CALLER_HANGUP);
	}
}

/* The carrier says how long it was answered: so the times do not depend on which of its events
 * came. */
static void set_times(struct provider_leg *leg, const struct provider_news *news, int64_t at_us)
{
	leg->ended_us = at_us;
	if (news->talk_s >= 0) {
		leg->answered_us = at_us - (int64_t)news->talk_s * 1000000;
	} else if (leg->answered_us == 0) {
		leg->answered_us = at_us;
	}
}

static void on_completed(struct provider_leg *leg, enum provider_who who, bool outbound,
	const struct provider_news *news, int64_t at_us, struct provider_steps *steps)
{
	const bool answer_is_news = leg->stage < PROVIDER_ANSWERED;

	set_times(leg, news, at_us);
	if (answer_is_news && is_far(leg, who, outbound)) {
		on_answered(who, outbound, steps);
	}
	on_hangup(who_hung_up(leg, who, news), outbound, steps);
}

static void on_ended(struct provider_leg *leg, enum provider_who who, bool outbound,
	const struct provider_news *news, int64_t at_us, struct provider_steps *steps)
{
	if (news->end == PROVIDER_END_NORMAL && leg->stage < PROVIDER_ANSWERED &&
		is_far(leg, who, outbound)) {
		leg->unsettled = true;
		leg->ended_us = at_us;
		return;
	}
	if (news->end == PROVIDER_END_COMPLETED || leg->stage == PROVIDER_ANSWERED) {
		on_completed(leg, who, outbound, news, at_us, steps);
	} else {
		leg->ended_us = at_us;
		not_answered(who, outbound, news, steps);
	}
	leg->stage = PROVIDER_ENDED;
}

/* The answer that a hang-up had overtaken. */
static void settle_answered(struct provider_leg *leg, enum provider_who who, bool outbound,
	int64_t at_us, struct provider_steps *steps)
{
	leg->unsettled = false;
	leg->stage = PROVIDER_ENDED;
	leg->answered_us = at_us < leg->ended_us ? at_us : leg->ended_us;
	on_answered(who, outbound, steps);
	on_hangup(who, outbound, steps);
}

static void forward(struct provider_leg *leg, enum provider_who who, bool outbound,
	const struct provider_news *news, int64_t at_us, struct provider_steps *steps)
{
	switch (news->said) {
	case PROVIDER_SAID_STARTED:
		leg->stage = leg->stage < PROVIDER_STARTED ? PROVIDER_STARTED : leg->stage;
		break;
	case PROVIDER_SAID_RINGING:
		if (leg->stage < PROVIDER_RINGING) {
			leg->stage = PROVIDER_RINGING;
			on_ringing(who, outbound, steps);
		}
		break;
	case PROVIDER_SAID_ANSWERED:
		if (leg->stage < PROVIDER_ANSWERED) {
			leg->stage = PROVIDER_ANSWERED;
			leg->answered_us = at_us;
			on_answered(who, outbound, steps);
		}
		break;
	case PROVIDER_SAID_ENDED: on_ended(leg, who, outbound, news, at_us, steps); break;
	case PROVIDER_SAID_LEFT:
		if (!leg->dialled) { /* of one that we dialled its own end follows, and says more */
			leg->stage = PROVIDER_ENDED;
			leg->ended_us = at_us;
			on_hangup(who, outbound, steps);
		}
		break;
	case PROVIDER_SAID_NOTHING: break;
	}
}

void provider_leg_take(struct provider_leg *leg, enum provider_who who, bool outbound,
	const struct provider_news *news, int64_t now_us, struct provider_steps *ret)
{
	const int64_t at_us = news->at_us ? news->at_us : now_us;

	*ret = (struct provider_steps){0};
	if (leg->external_id[0] == '\0') {
		(void)vp_strcopy(leg->external_id, sizeof(leg->external_id), news->external_id);
	}
	if (leg->unsettled && news->said == PROVIDER_SAID_ANSWERED) {
		settle_answered(leg, who, outbound, at_us, ret);
	} else if (leg->stage < PROVIDER_ENDED && !leg->unsettled) {
		forward(leg, who, outbound, news, at_us, ret);
	}
}

void provider_leg_settle(
	struct provider_leg *leg, enum provider_who who, bool outbound, struct provider_steps *ret)
{
	const struct provider_news news = {.end = PROVIDER_END_NO_ANSWER};

	*ret = (struct provider_steps){0};
	if (leg->unsettled) {
		leg->unsettled = false;
		leg->stage = PROVIDER_ENDED;
		not_answered(who, outbound, &news, ret);
	}
}
