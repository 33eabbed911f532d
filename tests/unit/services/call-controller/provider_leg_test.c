/* Webhooks of one call in every order, each once or several times: the row is the same in the end.
 * They go through the decoder of the driver, the leg and the table, as in the service. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "services/call-controller/domain/provider_leg.h"

#define T0 INT64_C(1700000000000000)
#define S INT64_C(1000000)
#define EVENTS 4

/* What of the final row the carrier's events decide; filled as call.c does. */
struct row {
	enum call_state state;
	int64_t answered_us, ended_us;
	enum call_by by;
	char cause[40];
};

struct run {
	struct row row;
	struct provider_leg leg;
	enum provider_who who;
	bool outbound;
	unsigned ends, dials;
};

static void feed(struct run *run, const struct provider_steps *steps, int64_t at_us)
{
	for (size_t i = 0; i < steps->n; i++) {
		const struct call_step step = call_fsm(run->row.state, steps->events[i]);

		if (!step.taken) {
			continue;
		}
		run->row.state = step.next;
		run->dials += (step.actions & CALL_ACT_DIAL) != 0;
		if (step.next == CALL_TALKING && run->row.answered_us == 0) {
			run->row.answered_us = at_us;
		}
		if (call_is_over(step.next)) {
			run->ends++;
			run->row.ended_us = at_us;
			run->row.by = step.by;
			snprintf(run->row.cause, sizeof(run->row.cause), "%s",
				step.cause     ? step.cause
				: steps->cause ? steps->cause
					       : "");
		}
	}
}

static void hear(struct run *run, const Ringmain__V1__ProviderEvent *event)
{
	struct provider_news news;
	struct provider_steps steps;

	cr_assert(provider_news_read(event, &news));
	provider_leg_take(&run->leg, run->who, run->outbound, &news, T0 + 999 * S, &steps);
	if (run->leg.dialled && run->leg.stage == PROVIDER_ENDED && run->leg.answered_us) {
		run->row.answered_us = run->leg.answered_us;
	}
	feed(run, &steps,
		run->leg.stage == PROVIDER_ENDED ? run->leg.ended_us
		: news.at_us                     ? news.at_us
						 : T0);
}

/* --- the events --- */

static Ringmain__V1__ProviderField fields[EVENTS][4];
static Ringmain__V1__ProviderField *lists[EVENTS][4];
static Ringmain__V1__ProviderEvent events[EVENTS];
static char bodies[EVENTS][256];

static void field(size_t i, size_t n, const char *name, const char *value)
{
	ringmain__v1__provider_field__init(&fields[i][n]);
	fields[i][n].name = (char *)(uintptr_t)name;
	fields[i][n].value = (char *)(uintptr_t)value;
	lists[i][n] = &fields[i][n];
}

static void event(size_t i, const char *driver, const char *kind, const char *leg, int64_t at_us)
{
	ringmain__v1__provider_event__init(&events[i]);
	events[i].driver = (char *)(uintptr_t)driver;
	events[i].kind = (char *)(uintptr_t)kind;
	events[i].leg = (char *)(uintptr_t)leg;
	events[i].external_id = "CA1";
	events[i].occurred_us = at_us;
}

static void twilio(size_t i, const char *leg, const char *status, int64_t at_us, const char *talk,
	const char *sip)
{
	event(i, "twilio", "status", leg, at_us);
	field(i, 0, "CallStatus", status);
	field(i, 1, "CallDuration", talk);
	field(i, 2, "SipResponseCode", sip);
	events[i].n_fields = 3;
	events[i].fields = lists[i];
}

static void telnyx(size_t i, const char *leg, const char *kind, int64_t at_us, const char *cause)
{
	event(i, "telnyx", kind, leg, at_us);
	snprintf(bodies[i], sizeof(bodies[i]),
		"{\"data\":{\"payload\":{\"hangup_cause\":\"%s\",\"sip_hangup_cause\":\"486\"}}}",
		cause);
	events[i].body.data = (uint8_t *)bodies[i];
	events[i].body.len = strlen(bodies[i]);
}

/* --- all orders --- */

static void same(const struct run *run, const struct row *want, const char *order)
{
	cr_assert_eq(run->row.state, want->state, "%s: %s", order, call_state_name(run->row.state));
	cr_assert_eq(run->row.answered_us, want->answered_us, "%s: answered %lld", order,
		(long long)(run->row.answered_us - T0));
	cr_assert_eq(run->row.ended_us, want->ended_us, "%s: ended", order);
	cr_assert_eq(run->row.by, want->by, "%s: by", order);
	cr_assert_str_eq(run->row.cause, want->cause, "%s: cause", order);
	cr_assert_eq(run->ends, 1, "%s: ended %u times", order, run->ends);
}

/* Each event 1 to 3 times at its place, and all of them once more in the end. */
static void play(const struct run *start, const size_t order[EVENTS], unsigned copies,
	const struct row *want)
{
	struct run run = *start;
	char text[64];

	for (size_t i = 0; i < EVENTS; i++) {
		for (unsigned n = 0; n <= copies % 3; n++) {
			hear(&run, &events[order[i]]);
		}
		copies /= 3;
	}
	snprintf(text, sizeof(text), "order %zu%zu%zu%zu", order[0], order[1], order[2], order[3]);
	same(&run, want, text);
	for (size_t i = 0; i < EVENTS; i++) {
		hear(&run, &events[i]);
	}
	same(&run, want, text);
	cr_assert_leq(run.dials, 0);
}

static void all_orders(const struct run *start, const struct row *want)
{
	unsigned orders = 0;

	for (size_t a = 0; a < EVENTS; a++) {
		for (size_t b = 0; b < EVENTS; b++) {
			for (size_t c = 0; c < EVENTS; c++) {
				const size_t order[EVENTS] = {a, b, c, 6 - a - b - c};

				if (a == b || b == c || a == c) {
					continue;
				}
				orders++;
				for (unsigned copies = 0; copies < 81; copies++) {
					play(start, order, copies, want);
				}
			}
		}
	}
	cr_assert_eq(orders, 24);
}

static const struct run out_customer = {.row = {.state = CALL_OUT_DIALING},
	.leg = {.dialled = true},
	.who = PROVIDER_CUSTOMER,
	.outbound = true};
static const struct run in_agent = {
	.row = {.state = CALL_IN_OFFERED}, .leg = {.dialled = true}, .who = PROVIDER_AGENT};

Test(provider_leg, all_orders_of_an_answered_twilio_call_give_one_row)
{
	const struct row want = {.state = CALL_COMPLETED,
		.answered_us = T0 + 6 * S,
		.ended_us = T0 + 66 * S,
		.by = CALL_BY_CUSTOMER,
		.cause = "hangup"};

	twilio(0, "customer", "initiated", T0, "", "");
	twilio(1, "customer", "ringing", T0 + 2 * S, "", "");
	twilio(2, "customer", "in-progress", T0 + 7 * S, "", "");
	twilio(3, "customer", "completed", T0 + 66 * S, "60", "200");
	all_orders(&out_customer, &want);
}

Test(provider_leg, all_orders_of_an_inbound_twilio_call_give_one_row)
{
	const struct row want = {.state = CALL_COMPLETED,
		.answered_us = T0 + 7 * S,
		.ended_us = T0 + 66 * S,
		.by = CALL_BY_AGENT,
		.cause = "hangup"};

	twilio(0, "agent", "initiated", T0, "", "");
	twilio(1, "agent", "ringing", T0 + 2 * S, "", "");
	twilio(2, "agent", "in-progress", T0 + 7 * S, "", "");
	twilio(3, "agent", "completed", T0 + 66 * S, "59", "200");
	all_orders(&in_agent, &want);
}

Test(provider_leg, all_orders_of_an_unanswered_twilio_call_give_one_row)
{
	static const struct {
		const char *status, *sip;
		enum call_state state;
		enum call_by by;
		const char *cause;
	} ends[] = {
		{"busy", "486", CALL_BUSY, CALL_BY_CUSTOMER, "busy"},
		{"no-answer", "487", CALL_NO_ANSWER, CALL_BY_CUSTOMER, "no_answer"},
		{"failed", "404", CALL_FAILED, CALL_BY_SYSTEM, "invalid_number"},
		{"failed", "", CALL_FAILED, CALL_BY_SYSTEM, "rejected"},
		{"failed", "503", CALL_FAILED, CALL_BY_SYSTEM, "rejected"},
		{"canceled", "487", CALL_NO_ANSWER, CALL_BY_CUSTOMER, "no_answer"},
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct row want = {
			.state = ends[i].state, .ended_us = T0 + 9 * S, .by = ends[i].by};

		snprintf(want.cause, sizeof(want.cause), "%s", ends[i].cause);
		twilio(0, "customer", "queued", T0, "", "");
		twilio(1, "customer", "initiated", T0, "", "");
		twilio(2, "customer", "ringing", T0 + 2 * S, "", "");
		twilio(3, "customer", ends[i].status, T0 + 9 * S, "0", ends[i].sip);
		all_orders(&out_customer, &want);
	}
}

Test(provider_leg, all_orders_of_an_answered_telnyx_call_give_one_row)
{
	const struct row want = {.state = CALL_COMPLETED,
		.answered_us = T0 + 7 * S,
		.ended_us = T0 + 66 * S,
		.by = CALL_BY_CUSTOMER,
		.cause = "hangup"};

	telnyx(0, "customer", "call.initiated", T0, "");
	telnyx(1, "customer", "call.initiated", T0 + S, "");
	telnyx(2, "customer", "call.answered", T0 + 7 * S, "");
	telnyx(3, "customer", "call.hangup", T0 + 66 * S, "normal_clearing");
	all_orders(&out_customer, &want);
}

/* Telnyx ends the other leg of a bridge by itself, and that webhook may be the first. */
Test(provider_leg, a_leg_that_is_taken_along_did_not_hang_up)
{
	static const struct {
		const char *source;
		bool bridged, outbound, dialled;
		enum provider_who who;
		enum call_by by;
	} ends[] = {
		{"unknown", true, true, true, PROVIDER_AGENT, CALL_BY_CUSTOMER},
		{"caller", true, true, true, PROVIDER_AGENT, CALL_BY_CUSTOMER},
		{"callee", true, true, true, PROVIDER_AGENT, CALL_BY_AGENT},
		{"unknown", false, true, true, PROVIDER_AGENT, CALL_BY_AGENT},
		{"callee", true, true, true, PROVIDER_CUSTOMER, CALL_BY_CUSTOMER},
		{"unknown", true, true, true, PROVIDER_CUSTOMER, CALL_BY_AGENT},
		{"caller", true, false, false, PROVIDER_CUSTOMER, CALL_BY_CUSTOMER},
		{"unknown", true, false, false, PROVIDER_CUSTOMER, CALL_BY_AGENT},
		{"callee", true, false, true, PROVIDER_AGENT, CALL_BY_AGENT},
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct run run = {.row.state = CALL_TALKING,
			.leg = {.stage = PROVIDER_ANSWERED, .dialled = ends[i].dialled}};
		struct provider_news news;
		struct provider_steps steps;

		event(0, "telnyx", "call.hangup", provider_who_name(ends[i].who), T0);
		snprintf(bodies[0], sizeof(bodies[0]),
			"{\"data\":{\"payload\":{\"hangup_cause\":\"normal_clearing\","
			"\"hangup_source\":\"%s\"}}}",
			ends[i].source);
		events[0].body.data = (uint8_t *)bodies[0];
		events[0].body.len = strlen(bodies[0]);
		cr_assert(provider_news_read(&events[0], &news));
		news.bridged = ends[i].bridged;
		provider_leg_take(&run.leg, ends[i].who, ends[i].outbound, &news, T0, &steps);
		feed(&run, &steps, T0);
		cr_assert_eq(run.row.state, CALL_COMPLETED, "%zu", i);
		cr_assert_eq(run.row.by, ends[i].by, "%zu: %s", i, call_by_name(run.row.by));
	}
}

Test(provider_leg, a_normal_end_without_an_answer_settles_as_no_answer)
{
	struct run run = out_customer;
	struct provider_steps steps;

	telnyx(0, "customer", "call.hangup", T0 + 9 * S, "normal_clearing");
	hear(&run, &events[0]);
	hear(&run, &events[0]);
	cr_assert(run.leg.unsettled);
	cr_assert_eq(run.row.state, CALL_OUT_DIALING);
	provider_leg_settle(&run.leg, run.who, run.outbound, &steps);
	feed(&run, &steps, run.leg.ended_us);
	cr_assert_eq(run.row.state, CALL_NO_ANSWER);
	provider_leg_settle(&run.leg, run.who, run.outbound, &steps);
	cr_assert_eq(steps.n, 0);
	telnyx(1, "customer", "call.answered", T0 + 7 * S, "");
	hear(&run, &events[1]);
	cr_assert_eq(run.row.state, CALL_NO_ANSWER);
	cr_assert_eq(run.ends, 1);
}

Test(provider_leg, telnyx_causes_have_their_states)
{
	static const struct {
		const char *cause;
		enum call_state state;
	} ends[] = {{"user_busy", CALL_BUSY}, {"timeout", CALL_NO_ANSWER},
		{"no_answer", CALL_NO_ANSWER}, {"originator_cancel", CALL_NO_ANSWER},
		{"call_rejected", CALL_FAILED}, {"unspecified", CALL_FAILED}, {"", CALL_FAILED}};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct run run = out_customer;

		telnyx(0, "customer", "call.hangup", T0, ends[i].cause);
		hear(&run, &events[0]);
		cr_assert_eq(run.row.state, ends[i].state, "%s", ends[i].cause);
	}
}

/* An agent whose leg came by itself enters the room: then, and once, the customer is dialled. */
Test(provider_leg, an_agent_in_the_room_dials_once)
{
	struct run run = {.row = {.state = CALL_OUT_PREPARING},
		.leg = {.stage = PROVIDER_STARTED},
		.who = PROVIDER_AGENT,
		.outbound = true};

	event(0, "twilio", "conference", "", T0);
	field(0, 0, "StatusCallbackEvent", "participant-join");
	field(0, 1, "ParticipantLabel", "agent");
	field(0, 2, "ConferenceSid", "CF1");
	events[0].n_fields = 3;
	events[0].fields = lists[0];
	twilio(1, "agent", "in-progress", T0 + S, "", "");
	hear(&run, &events[0]);
	hear(&run, &events[1]);
	hear(&run, &events[0]);
	cr_assert_eq(run.row.state, CALL_OUT_DIALING);
	cr_assert_eq(run.dials, 1);
	event(2, "twilio", "conference", "", T0 + 5 * S);
	field(2, 0, "StatusCallbackEvent", "participant-leave");
	field(2, 1, "ParticipantLabel", "agent");
	events[2].n_fields = 2;
	events[2].fields = lists[2];
	hear(&run, &events[2]);
	hear(&run, &events[2]);
	cr_assert_eq(run.row.state, CALL_CANCELED);
	cr_assert_eq(run.ends, 1);
}

/* ... and when he has gone before that was told, nobody is dialled. */
Test(provider_leg, an_agent_who_has_gone_dials_nobody)
{
	struct run run = {.row = {.state = CALL_OUT_RINGING_AGENT},
		.leg = {.dialled = true},
		.who = PROVIDER_AGENT,
		.outbound = true};

	twilio(0, "agent", "completed", T0, "3", "");
	hear(&run, &events[0]);
	cr_assert_eq(run.row.state, CALL_CANCELED);
	cr_assert_eq(run.dials, 0);
}

Test(provider_leg, an_agent_who_does_not_answer_declines_or_times_out)
{
	static const struct {
		const char *status;
		enum call_state outbound, inbound;
	} ends[] = {{"busy", CALL_CANCELED, CALL_BUSY},
		{"no-answer", CALL_CANCELED, CALL_NO_ANSWER},
		{"failed", CALL_CANCELED, CALL_NO_ANSWER}};

	for (size_t i = 0; i < 3; i++) {
		struct run out = {.row = {.state = CALL_OUT_RINGING_AGENT},
			.leg = {.dialled = true},
			.who = PROVIDER_AGENT,
			.outbound = true};
		struct run in = in_agent;

		twilio(0, "agent", ends[i].status, T0, "0", "");
		hear(&out, &events[0]);
		hear(&in, &events[0]);
		cr_assert_eq(out.row.state, ends[i].outbound, "%s", ends[i].status);
		cr_assert_eq(in.row.state, ends[i].inbound, "%s", ends[i].status);
	}
}

Test(provider_leg, a_caller_who_leaves_the_room_has_hung_up)
{
	struct run run = {.row = {.state = CALL_IN_RINGING},
		.leg = {.stage = PROVIDER_STARTED},
		.who = PROVIDER_CUSTOMER};

	event(0, "twilio", "conference", "", T0);
	field(0, 0, "StatusCallbackEvent", "participant-leave");
	field(0, 1, "ParticipantLabel", "customer");
	events[0].n_fields = 2;
	events[0].fields = lists[0];
	hear(&run, &events[0]);
	cr_assert_eq(run.row.state, CALL_CANCELED);
	cr_assert_eq(run.row.by, CALL_BY_CUSTOMER);
}

Test(provider_leg, a_document_that_is_over_is_the_end_of_a_leg_that_came_by_itself)
{
	struct run run = {.row = {.state = CALL_TALKING, .answered_us = T0},
		.leg = {.stage = PROVIDER_ANSWERED},
		.who = PROVIDER_AGENT,
		.outbound = true};
	struct run dialled = {.row = {.state = CALL_TALKING},
		.leg = {.stage = PROVIDER_ANSWERED, .dialled = true},
		.who = PROVIDER_AGENT,
		.outbound = true};

	event(0, "twilio", "dial", "agent", T0 + S);
	hear(&run, &events[0]);
	cr_assert_eq(run.row.state, CALL_COMPLETED);
	cr_assert_eq(run.row.by, CALL_BY_AGENT);
	hear(&dialled, &events[0]);
	cr_assert_eq(dialled.row.state, CALL_TALKING);
}

Test(provider_leg, garbage_says_nothing)
{
	struct provider_news news;

	twilio(0, "customer", "exploded", T0, "", "");
	cr_assert_not(provider_news_read(&events[0], &news));
	event(0, "twilio", "voice", "customer", T0);
	cr_assert_not(provider_news_read(&events[0], &news));
	event(0, "twilio", "conference", "customer", T0);
	cr_assert_not(provider_news_read(&events[0], &news));
	event(0, "carrier-pigeon", "status", "customer", T0);
	cr_assert_not(provider_news_read(&events[0], &news));
	event(0, "telnyx", "call.dtmf.received", "customer", T0);
	cr_assert_not(provider_news_read(&events[0], &news));
	twilio(0, "nobody", "completed", -5, "-4", "99999");
	cr_assert(provider_news_read(&events[0], &news));
	cr_assert_eq(news.leg, PROVIDER_NOBODY);
	cr_assert_eq(news.at_us, 0);
	cr_assert_eq(news.talk_s, -1);
	cr_assert_eq(news.sip_status, 0);
	event(0, "telnyx", "call.hangup", "customer", T0);
	events[0].body.data = (uint8_t *)(uintptr_t) "{\"data\":[";
	events[0].body.len = 9;
	cr_assert(provider_news_read(&events[0], &news));
	cr_assert_eq(news.end, PROVIDER_END_FAILED);
}
