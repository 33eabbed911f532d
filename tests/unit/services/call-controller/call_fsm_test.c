#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "services/call-controller/domain/call_fsm.h"

/* The whole table again, written by hand: one line a state, a word an event that it takes. What is
 * not named must be ignored. */
static const char *const expected[CALL_STATE_MAX] = {
	[CALL_OUT_ROUTING] =
		"routed>out_preparing routed_no_tab>out_ringing_agent refused>failed "
		"media_failed>failed media_lost>failed agent_decline>canceled "
		"agent_hangup>canceled agent_gone>canceled timeout>failed too_old>failed "
		"stop>failed",
	[CALL_OUT_RINGING_AGENT] =
		"media_failed>failed media_lost>failed agent_alerting>out_ringing_agent "
		"agent_answer>out_preparing agent_decline>canceled agent_hangup>canceled "
		"agent_gone>canceled trunk_next>out_ringing_agent trunk_failed>failed "
		"timeout>canceled too_old>failed stop>failed",
	[CALL_OUT_PREPARING] = "media_ready>out_dialing media_failed>failed media_lost>failed "
			       "agent_decline>canceled agent_hangup>canceled agent_gone>canceled "
			       "timeout>failed too_old>failed stop>failed",
	[CALL_OUT_DIALING] = "media_ready>out_dialing media_failed>failed media_lost>failed "
			     "agent_decline>canceled "
			     "agent_hangup>canceled agent_gone>canceled trunk_ringing>out_ringing "
			     "trunk_early>out_early trunk_answered>talking trunk_busy>busy "
			     "trunk_no_answer>no_answer trunk_failed>failed trunk_next>out_dialing "
			     "trunk_phone>out_ringing_agent "
			     "trunk_hangup>failed trunk_gone>failed timeout>no_answer "
			     "too_old>failed stop>failed",
	[CALL_OUT_RINGING] = "media_failed>failed media_lost>failed agent_decline>canceled "
			     "agent_hangup>canceled "
			     "agent_gone>canceled trunk_ringing>out_ringing trunk_early>out_early "
			     "trunk_answered>talking trunk_busy>busy trunk_no_answer>no_answer "
			     "trunk_failed>failed trunk_next>out_dialing "
			     "trunk_phone>out_ringing_agent trunk_hangup>failed trunk_gone>failed "
			     "timeout>no_answer too_old>failed stop>failed",
	[CALL_OUT_EARLY] = "media_failed>failed media_lost>failed agent_decline>canceled "
			   "agent_hangup>canceled "
			   "agent_gone>canceled trunk_ringing>out_early trunk_early>out_early "
			   "trunk_answered>talking trunk_busy>busy trunk_no_answer>no_answer "
			   "trunk_failed>failed trunk_next>out_dialing "
			   "trunk_phone>out_ringing_agent trunk_hangup>failed trunk_gone>failed "
			   "timeout>no_answer too_old>failed stop>failed",
	[CALL_IN_ROUTING] = "routed_user>in_offered routed_trunk>fwd_preparing refused>failed "
			    "media_failed>failed media_lost>failed caller_hangup>canceled "
			    "caller_gone>canceled timeout>failed too_old>failed stop>failed",
	[CALL_IN_OFFERED] =
		"media_failed>failed media_lost>failed agent_alerting>in_ringing "
		"agent_answer>in_answering agent_decline>busy agent_hangup>busy "
		"caller_hangup>canceled caller_gone>canceled trunk_failed>failed timeout>no_answer "
		"too_old>failed stop>failed",
	[CALL_IN_RINGING] =
		"media_failed>failed media_lost>failed agent_alerting>in_ringing "
		"agent_answer>in_answering agent_decline>busy agent_hangup>busy "
		"caller_hangup>canceled caller_gone>canceled trunk_failed>failed timeout>no_answer "
		"too_old>failed stop>failed",
	[CALL_IN_ANSWERING] = "media_ready>talking media_failed>failed media_lost>failed "
			      "agent_hangup>canceled agent_gone>failed caller_hangup>canceled "
			      "caller_gone>canceled timeout>failed too_old>failed stop>failed",
	[CALL_FWD_PREPARING] = "media_ready>fwd_dialing media_failed>failed media_lost>failed "
			       "caller_hangup>canceled caller_gone>canceled timeout>failed "
			       "too_old>failed stop>failed",
	[CALL_FWD_DIALING] =
		"media_ready>fwd_dialing media_failed>failed media_lost>failed "
		"caller_hangup>canceled "
		"caller_gone>canceled trunk_ringing>fwd_ringing trunk_early>fwd_early "
		"trunk_answered>talking trunk_busy>busy trunk_no_answer>no_answer "
		"trunk_failed>failed trunk_next>fwd_dialing trunk_hangup>failed trunk_gone>failed "
		"timeout>no_answer too_old>failed stop>failed",
	[CALL_FWD_RINGING] =
		"media_failed>failed media_lost>failed caller_hangup>canceled caller_gone>canceled "
		"trunk_ringing>fwd_ringing trunk_early>fwd_early trunk_answered>talking "
		"trunk_busy>busy trunk_no_answer>no_answer trunk_failed>failed "
		"trunk_next>fwd_dialing trunk_hangup>failed trunk_gone>failed timeout>no_answer "
		"too_old>failed stop>failed",
	[CALL_FWD_EARLY] =
		"media_failed>failed media_lost>failed caller_hangup>canceled caller_gone>canceled "
		"trunk_ringing>fwd_early trunk_early>fwd_early trunk_answered>talking "
		"trunk_busy>busy trunk_no_answer>no_answer trunk_failed>failed "
		"trunk_next>fwd_dialing trunk_hangup>failed trunk_gone>failed timeout>no_answer "
		"too_old>failed stop>failed",
	[CALL_TALKING] = "media_failed>failed media_lost>completed agent_hangup>completed "
			 "agent_hold>held agent_unhold>talking agent_gone>completed "
			 "caller_hangup>completed caller_gone>completed trunk_hangup>completed "
			 "trunk_gone>completed too_old>completed stop>completed",
	[CALL_HELD] = "media_failed>failed media_lost>completed agent_hangup>completed "
		      "agent_hold>held agent_unhold>talking agent_gone>completed "
		      "caller_hangup>completed caller_gone>completed trunk_hangup>completed "
		      "trunk_gone>completed too_old>completed stop>completed",
	[CALL_COMPLETED] = "",
	[CALL_FAILED] = "",
	[CALL_BUSY] = "",
	[CALL_NO_ANSWER] = "",
	[CALL_CANCELED] = "",
};

/* "event>state" in the line: the state's name, NULL when the event is not there. */
static bool wanted(enum call_state state, enum call_event event, char next[32])
{
	char *copy = strdup(expected[state]), *save = NULL;
	bool found = false;

	for (char *word = strtok_r(copy, " ", &save); word && !found;
		word = strtok_r(NULL, " ", &save)) {
		char *arrow = strchr(word, '>');

		*arrow = '\0';
		found = strcmp(word, call_event_name(event)) == 0;
		if (found) {
			strncpy(next, arrow + 1, 31);
			next[31] = '\0';
		}
	}
	free(copy);
	return found;
}

Test(call_fsm, every_pair_of_state_and_event_is_as_written_down)
{
	for (int s = 0; s < CALL_STATE_MAX; s++) {
		for (int e = 0; e < CALL_EVENT_MAX; e++) {
			const struct call_step step = call_fsm(s, e);
			char next[32];
			const bool taken = wanted(s, e, next);

			cr_assert_eq(step.taken, taken, "%s in %s", call_event_name(e),
				call_state_name(s));
			if (taken) {
				cr_assert_str_eq(call_state_name(step.next), next, "%s in %s",
					call_event_name(e), call_state_name(s));
			}
		}
	}
}

Test(call_fsm, a_step_into_the_end_drops_every_leg_and_says_by_whom)
{
	for (int s = 0; s < CALL_STATE_MAX; s++) {
		for (int e = 0; e < CALL_EVENT_MAX; e++) {
			const struct call_step step = call_fsm(s, e);

			if (step.taken) {
				cr_assert_eq(call_is_over(step.next),
					(step.actions & CALL_ACT_END) != 0);
				cr_assert_eq(call_is_over(step.next), step.by != CALL_BY_NOBODY);
			}
		}
	}
}

Test(call_fsm, every_state_can_be_stopped_and_none_lasts_for_ever)
{
	for (int s = 0; s < CALL_COMPLETED; s++) {
		cr_assert(call_is_over(call_fsm(s, CALL_EV_STOP).next));
		cr_assert(call_is_over(call_fsm(s, CALL_EV_TOO_OLD).next));
		cr_assert(call_is_over(call_fsm(s, CALL_EV_MEDIA_LOST).next));
		/* who waits has a time-out, and who has a time-out waits */
		cr_assert_eq(call_fsm(s, CALL_EV_TIMEOUT).taken, call_wait_of(s) != CALL_WAIT_NONE);
	}
}

/* A call under random events, seen from outside. */
struct run {
	enum call_state state;
	bool answered, dialled, prepared;
	unsigned ends, connects, accepts;
};

static void feed(struct run *run, enum call_event event)
{
	const struct call_step step = call_fsm(run->state, event);

	if (!step.taken) {
		return;
	}
	cr_assert(!call_is_over(run->state), "a terminal state moved");
	run->prepared |= (step.actions & (CALL_ACT_PREPARE | CALL_ACT_TAKE)) != 0;
	if (step.actions & (CALL_ACT_DIAL | CALL_ACT_DIAL_NEXT)) {
		cr_assert(run->prepared, "dialled without media");
		run->dialled = true;
	}
	if (step.actions & CALL_ACT_CONNECT) {
		cr_assert(run->prepared, "connected without media");
		run->connects++;
	}
	run->accepts += (step.actions & CALL_ACT_ACCEPT_CALLER) != 0;
	run->ends += (step.actions & CALL_ACT_END) != 0;
	run->answered |= step.next == CALL_TALKING;
	run->state = step.next;
	if (run->state == CALL_COMPLETED) {
		cr_assert(run->answered, "completed without an answer");
	}
	if (run->state == CALL_BUSY || run->state == CALL_NO_ANSWER ||
		run->state == CALL_CANCELED) {
		cr_assert(
			!run->answered, "an answered call became %s", call_state_name(run->state));
	}
}

Test(call_fsm, random_orders_of_events_keep_the_promises)
{
	static const enum call_state starts[] = {CALL_OUT_ROUTING, CALL_IN_ROUTING};

	srand(4711);
	for (int round = 0; round < 200000; round++) {
		struct run run = {.state = starts[round % 2]};

		for (int i = 0; i < 40; i++) {
			feed(&run, (enum call_event)(rand() % CALL_EVENT_MAX));
			/* late and repeated events */
			feed(&run, (enum call_event)(rand() % CALL_EVENT_MAX));
		}
		cr_assert_leq(run.ends, 1);
		cr_assert_leq(run.connects, 1);
		cr_assert_leq(run.accepts, 1);
		feed(&run, CALL_EV_STOP);
		cr_assert(call_is_over(run.state));
		cr_assert_eq(run.ends, 1);
	}
}

Test(call_fsm, all_orders_of_a_finished_calls_events_end_alike)
{
	/* the far side answers and hangs up, with repetitions, in any order after the answer */
	static const enum call_event late[] = {CALL_EV_TRUNK_RINGING, CALL_EV_TRUNK_HANGUP,
		CALL_EV_TRUNK_ANSWERED, CALL_EV_TRUNK_BUSY};

	for (int a = 0; a < 4; a++) {
		for (int b = 0; b < 4; b++) {
			for (int c = 0; c < 4; c++) {
				struct run run = {
					.state = CALL_TALKING, .answered = true, .prepared = true};

				feed(&run, late[a]);
				feed(&run, late[b]);
				feed(&run, late[c]);
				feed(&run, CALL_EV_TRUNK_HANGUP);
				cr_assert_eq(run.state, CALL_COMPLETED);
			}
		}
	}
}

Test(call_fsm, names_are_unique)
{
	for (int a = 0; a < CALL_STATE_MAX; a++) {
		for (int b = a + 1; b < CALL_STATE_MAX; b++) {
			cr_assert_str_neq(call_state_name(a), call_state_name(b));
		}
	}
	for (int a = 0; a < CALL_EVENT_MAX; a++) {
		for (int b = a + 1; b < CALL_EVENT_MAX; b++) {
			cr_assert_str_neq(call_event_name(a), call_event_name(b));
		}
	}
}
