#include <stddef.h>
#include "services/call-controller/domain/call_fsm.h"

#define GO(state, acts)                                                                            \
	{                                                                                          \
		.taken = true, .next = CALL_##state, .actions = (acts)                             \
	}
#define STAY(state) GO(state, 0)
#define OVER(state, who, why)                                                                      \
	{                                                                                          \
		.taken = true, .next = CALL_##state, .actions = CALL_ACT_END, .by = CALL_BY_##who, \
		.cause = (why)                                                                     \
	}

/* What may happen in every state before somebody answered. */
#define BEFORE_ANSWER                                                                              \
	[CALL_EV_MEDIA_FAILED] = OVER(FAILED, SYSTEM, NULL),                                       \
	[CALL_EV_MEDIA_LOST] = OVER(FAILED, SYSTEM, "media_lost"),                                 \
	[CALL_EV_TOO_OLD] = OVER(FAILED, SYSTEM, "too_long"),                                      \
	[CALL_EV_STOP] = OVER(FAILED, SYSTEM, "shutdown")

/* An agent calls. */
#define OUTBOUND                                                                                   \
	BEFORE_ANSWER, [CALL_EV_AGENT_HANGUP] = OVER(CANCELED, AGENT, "canceled"),                 \
		       [CALL_EV_AGENT_DECLINE] = OVER(CANCELED, AGENT, "declined"),                \
		       [CALL_EV_AGENT_GONE] = OVER(CANCELED, SYSTEM, "browser_lost")

/* A trunk calls. */
#define INBOUND                                                                                    \
	BEFORE_ANSWER, [CALL_EV_CALLER_HANGUP] = OVER(CANCELED, CUSTOMER, "caller_hung_up"),       \
		       [CALL_EV_CALLER_GONE] = OVER(CANCELED, SYSTEM, "trunk_lost")

/* A trunk is being called, in any of the ways it shows progress. */
#define DIALLED(dialing)                                                                           \
	[CALL_EV_TRUNK_BUSY] = OVER(BUSY, CUSTOMER, NULL),                                         \
	[CALL_EV_TRUNK_NO_ANSWER] = OVER(NO_ANSWER, CUSTOMER, NULL),                               \
	[CALL_EV_TRUNK_FAILED] = OVER(FAILED, SYSTEM, NULL),                                       \
	[CALL_EV_TRUNK_NEXT] = GO(dialing, CALL_ACT_DIAL_NEXT),                                    \
	[CALL_EV_TRUNK_HANGUP] = OVER(FAILED, CUSTOMER, "trunk_lost"),                             \
	[CALL_EV_TRUNK_GONE] = OVER(FAILED, SYSTEM, "trunk_lost"),                                 \
	[CALL_EV_TIMEOUT] = OVER(NO_ANSWER, SYSTEM, "no_answer")

/* Of the ways to dial for an agent: his leg must be made anew, at the carrier. */
#define OUT_PHONE                                                                                  \
	[CALL_EV_TRUNK_PHONE] = GO(OUT_RINGING_AGENT, CALL_ACT_LEAVE_TRUNKS | CALL_ACT_OFFER_AGENT)

#define OUT_ANSWERED [CALL_EV_TRUNK_ANSWERED] = GO(TALKING, CALL_ACT_CONNECT)
#define FWD_ANSWERED                                                                               \
	[CALL_EV_TRUNK_ANSWERED] = GO(TALKING, CALL_ACT_ACCEPT_CALLER | CALL_ACT_CONNECT)

/* Somebody answered: whatever ends it, the call was completed. */
#define ANSWERED                                                                                   \
	[CALL_EV_AGENT_HANGUP] = OVER(COMPLETED, AGENT, "hangup"),                                 \
	[CALL_EV_AGENT_GONE] = OVER(COMPLETED, SYSTEM, "browser_lost"),                            \
	[CALL_EV_CALLER_HANGUP] = OVER(COMPLETED, CUSTOMER, "hangup"),                             \
	[CALL_EV_CALLER_GONE] = OVER(COMPLETED, SYSTEM, "trunk_lost"),                             \
	[CALL_EV_TRUNK_HANGUP] = OVER(COMPLETED, CUSTOMER, "hangup"),                              \
	[CALL_EV_TRUNK_GONE] = OVER(COMPLETED, SYSTEM, "trunk_lost"),                              \
	[CALL_EV_MEDIA_FAILED] = OVER(FAILED, SYSTEM, NULL),                                       \
	[CALL_EV_MEDIA_LOST] = OVER(COMPLETED, SYSTEM, "media_lost"),                              \
	[CALL_EV_TOO_OLD] = OVER(COMPLETED, SYSTEM, "too_long"),                                   \
	[CALL_EV_STOP] = OVER(COMPLETED, SYSTEM, "shutdown")

/* clang-format off */
static const struct call_step table[CALL_STATE_MAX][CALL_EVENT_MAX] = {
	[CALL_OUT_ROUTING] = {OUTBOUND,
		[CALL_EV_ROUTED] = GO(OUT_PREPARING, CALL_ACT_PREPARE),
		[CALL_EV_ROUTED_NO_TAB] = GO(OUT_RINGING_AGENT, CALL_ACT_OFFER_AGENT),
		[CALL_EV_REFUSED] = OVER(FAILED, SYSTEM, NULL),
		[CALL_EV_TIMEOUT] = OVER(FAILED, SYSTEM, "no_route")},
	[CALL_OUT_RINGING_AGENT] = {OUTBOUND,
		[CALL_EV_AGENT_ALERTING] = STAY(OUT_RINGING_AGENT),
		[CALL_EV_AGENT_ANSWER] = GO(OUT_PREPARING, CALL_ACT_PREPARE),
		/* a carrier that was to ring the agent did not take the order */
		[CALL_EV_TRUNK_NEXT] = GO(OUT_RINGING_AGENT, CALL_ACT_OFFER_AGENT),
		[CALL_EV_TRUNK_FAILED] = OVER(FAILED, SYSTEM, NULL),
		[CALL_EV_TIMEOUT] = OVER(CANCELED, SYSTEM, "agent_no_answer")},
	[CALL_OUT_PREPARING] = {OUTBOUND,
		[CALL_EV_MEDIA_READY] = GO(OUT_DIALING, CALL_ACT_DIAL),
		[CALL_EV_TIMEOUT] = OVER(FAILED, SYSTEM, "media_lost")},
	[CALL_OUT_DIALING] = {OUTBOUND, DIALLED(OUT_DIALING), OUT_PHONE, OUT_ANSWERED,
		[CALL_EV_MEDIA_READY] = GO(OUT_DIALING, CALL_ACT_DIAL), /* the next trunk's own offer */
		[CALL_EV_TRUNK_RINGING] = GO(OUT_RINGING, CALL_ACT_RINGBACK),
		[CALL_EV_TRUNK_EARLY] = GO(OUT_EARLY, CALL_ACT_EARLY)},
	[CALL_OUT_RINGING] = {OUTBOUND, DIALLED(OUT_DIALING), OUT_PHONE, OUT_ANSWERED,
		[CALL_EV_TRUNK_RINGING] = STAY(OUT_RINGING),
		[CALL_EV_TRUNK_EARLY] = GO(OUT_EARLY, CALL_ACT_EARLY)},
	[CALL_OUT_EARLY] = {OUTBOUND, DIALLED(OUT_DIALING), OUT_PHONE, OUT_ANSWERED,
		[CALL_EV_TRUNK_RINGING] = STAY(OUT_EARLY), /* the network's own tone goes on */
		[CALL_EV_TRUNK_EARLY] = GO(OUT_EARLY, CALL_ACT_EARLY)},

	[CALL_IN_ROUTING] = {INBOUND,
		[CALL_EV_ROUTED_USER] = GO(IN_OFFERED, CALL_ACT_OFFER_AGENT),
		[CALL_EV_ROUTED_TRUNK] = GO(FWD_PREPARING, CALL_ACT_PREPARE),
		[CALL_EV_REFUSED] = OVER(FAILED, SYSTEM, NULL),
		[CALL_EV_TIMEOUT] = OVER(FAILED, SYSTEM, "no_route")},
	[CALL_IN_OFFERED] = {INBOUND,
		[CALL_EV_AGENT_ALERTING] = GO(IN_RINGING, CALL_ACT_ALERT_CALLER),
		[CALL_EV_AGENT_ANSWER] = GO(IN_ANSWERING, CALL_ACT_TAKE),
		[CALL_EV_AGENT_DECLINE] = OVER(BUSY, AGENT, "declined"),
		[CALL_EV_AGENT_HANGUP] = OVER(BUSY, AGENT, "declined"),
		[CALL_EV_TRUNK_FAILED] = OVER(FAILED, SYSTEM, NULL),
		[CALL_EV_TIMEOUT] = OVER(NO_ANSWER, SYSTEM, "nobody_available")},
	[CALL_IN_RINGING] = {INBOUND,
		[CALL_EV_AGENT_ALERTING] = STAY(IN_RINGING),
		[CALL_EV_AGENT_ANSWER] = GO(IN_ANSWERING, CALL_ACT_TAKE),
		[CALL_EV_AGENT_DECLINE] = OVER(BUSY, AGENT, "declined"),
		[CALL_EV_AGENT_HANGUP] = OVER(BUSY, AGENT, "declined"),
		[CALL_EV_TRUNK_FAILED] = OVER(FAILED, SYSTEM, NULL),
		[CALL_EV_TIMEOUT] = OVER(NO_ANSWER, SYSTEM, "no_answer")},
	[CALL_IN_ANSWERING] = {INBOUND,
		[CALL_EV_AGENT_HANGUP] = OVER(CANCELED, AGENT, "hangup"),
		[CALL_EV_AGENT_GONE] = OVER(FAILED, SYSTEM, "browser_lost"),
		[CALL_EV_MEDIA_READY] = GO(TALKING, CALL_ACT_ACCEPT_CALLER | CALL_ACT_CONNECT),
		[CALL_EV_TIMEOUT] = OVER(FAILED, SYSTEM, "media_lost")},

	[CALL_FWD_PREPARING] = {INBOUND,
		[CALL_EV_MEDIA_READY] = GO(FWD_DIALING, CALL_ACT_DIAL),
		[CALL_EV_TIMEOUT] = OVER(FAILED, SYSTEM, "media_lost")},
	[CALL_FWD_DIALING] = {INBOUND, DIALLED(FWD_DIALING), FWD_ANSWERED,
		[CALL_EV_MEDIA_READY] = GO(FWD_DIALING, CALL_ACT_DIAL),
		[CALL_EV_TRUNK_RINGING] = GO(FWD_RINGING, CALL_ACT_ALERT_CALLER),
		[CALL_EV_TRUNK_EARLY] = GO(FWD_EARLY, CALL_ACT_EARLY)},
	[CALL_FWD_RINGING] = {INBOUND, DIALLED(FWD_DIALING), FWD_ANSWERED,
		[CALL_EV_TRUNK_RINGING] = STAY(FWD_RINGING),
		[CALL_EV_TRUNK_EARLY] = GO(FWD_EARLY, CALL_ACT_EARLY)},
	[CALL_FWD_EARLY] = {INBOUND, DIALLED(FWD_DIALING), FWD_ANSWERED,
		[CALL_EV_TRUNK_RINGING] = STAY(FWD_EARLY),
		[CALL_EV_TRUNK_EARLY] = GO(FWD_EARLY, CALL_ACT_EARLY)},

	[CALL_TALKING] = {ANSWERED,
		[CALL_EV_AGENT_HOLD] = GO(HELD, CALL_ACT_HOLD),
		[CALL_EV_AGENT_UNHOLD] = STAY(TALKING)},
	[CALL_HELD] = {ANSWERED,
		[CALL_EV_AGENT_HOLD] = STAY(HELD),
		[CALL_EV_AGENT_UNHOLD] = GO(TALKING, CALL_ACT_UNHOLD)},
};
/* clang-format on */

bool call_is_over(enum call_state state)
{
	return state >= CALL_COMPLETED;
}

struct call_step call_fsm(enum call_state state, enum call_event event)
{
	return call_is_over(state) ? (struct call_step){0} : table[state][event];
}

enum call_wait call_wait_of(enum call_state state)
{
	static const enum call_wait waits[CALL_STATE_MAX] = {
		[CALL_OUT_ROUTING] = CALL_WAIT_ROUTE,
		[CALL_OUT_RINGING_AGENT] = CALL_WAIT_RING,
		[CALL_OUT_PREPARING] = CALL_WAIT_MEDIA,
		[CALL_OUT_DIALING] = CALL_WAIT_RING,
		[CALL_OUT_RINGING] = CALL_WAIT_RING,
		[CALL_OUT_EARLY] = CALL_WAIT_RING,
		[CALL_IN_ROUTING] = CALL_WAIT_ROUTE,
		[CALL_IN_OFFERED] = CALL_WAIT_ALERT,
		[CALL_IN_RINGING] = CALL_WAIT_RING,
		[CALL_IN_ANSWERING] = CALL_WAIT_MEDIA,
		[CALL_FWD_PREPARING] = CALL_WAIT_MEDIA,
		[CALL_FWD_DIALING] = CALL_WAIT_RING,
		[CALL_FWD_RINGING] = CALL_WAIT_RING,
		[CALL_FWD_EARLY] = CALL_WAIT_RING,
	};

	return waits[state];
}

const char *call_state_name(enum call_state state)
{
	static const char *const names[CALL_STATE_MAX] = {"out_routing", "out_ringing_agent",
		"out_preparing", "out_dialing", "out_ringing", "out_early", "in_routing",
		"in_offered", "in_ringing", "in_answering", "fwd_preparing", "fwd_dialing",
		"fwd_ringing", "fwd_early", "talking", "held", "completed", "failed", "busy",
		"no_answer", "canceled"};

	return names[state];
}

const char *call_event_name(enum call_event event)
{
	static const char *const names[CALL_EVENT_MAX] = {"routed", "routed_no_tab", "routed_user",
		"routed_trunk", "refused", "media_ready", "media_failed", "media_lost",
		"agent_alerting", "agent_answer", "agent_decline", "agent_hangup", "agent_hold",
		"agent_unhold", "agent_gone", "caller_hangup", "caller_gone", "trunk_ringing",
		"trunk_early", "trunk_answered", "trunk_busy", "trunk_no_answer", "trunk_failed",
		"trunk_next", "trunk_phone", "trunk_hangup", "trunk_gone", "timeout", "too_old",
		"stop"};

	return names[event];
}

const char *call_by_name(enum call_by by)
{
	static const char *const names[] = {"", "agent", "customer", "system"};

	return names[by];
}
