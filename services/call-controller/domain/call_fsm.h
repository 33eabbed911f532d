/* The life of a call as one table: (state, event) -> (state', actions). No I/O, no clock, no
 * booleans beside the state. Terminal states are final: what comes late changes nothing. */
#ifndef CC_CALL_FSM_H
#define CC_CALL_FSM_H
#include <stdbool.h>

enum call_state {
	/* outbound: an agent calls */
	CALL_OUT_ROUTING,       /* router decides */
	CALL_OUT_RINGING_AGENT, /* click-to-call: the agent's tabs ring first */
	CALL_OUT_PREPARING,     /* media makes both legs */
	CALL_OUT_DIALING,       /* INVITE sent, nothing rings */
	CALL_OUT_RINGING,       /* 180: the agent hears our ringback */
	CALL_OUT_EARLY,         /* 183 with SDP: the agent hears the network */
	/* inbound: a trunk calls an agent */
	CALL_IN_ROUTING,
	CALL_IN_OFFERED,   /* gateways were told, no tab shows it yet */
	CALL_IN_RINGING,   /* at least one tab rings; 180 went to the trunk */
	CALL_IN_ANSWERING, /* a tab took it; media makes its leg */
	/* forwarded: a trunk calls, and the call goes out by a trunk */
	CALL_FWD_PREPARING,
	CALL_FWD_DIALING,
	CALL_FWD_RINGING,
	CALL_FWD_EARLY,
	CALL_TALKING,
	CALL_HELD,
	/* terminal */
	CALL_COMPLETED,
	CALL_FAILED,
	CALL_BUSY,
	CALL_NO_ANSWER,
	CALL_CANCELED,
	CALL_STATE_MAX,
};

enum call_event {
	CALL_EV_ROUTED,        /* outbound: targets are known and the tab's offer is here */
	CALL_EV_ROUTED_NO_TAB, /* outbound: targets are known, a tab must be found first */
	CALL_EV_ROUTED_USER,   /* inbound: to a user */
	CALL_EV_ROUTED_TRUNK,  /* inbound: out again by a trunk */
	CALL_EV_REFUSED,       /* the router said no; the cause says why */
	CALL_EV_MEDIA_READY,
	CALL_EV_MEDIA_FAILED,
	CALL_EV_MEDIA_LOST, /* the media process died */
	CALL_EV_AGENT_ALERTING,
	CALL_EV_AGENT_ANSWER,
	CALL_EV_AGENT_DECLINE,
	CALL_EV_AGENT_HANGUP,
	CALL_EV_AGENT_HOLD,
	CALL_EV_AGENT_UNHOLD,
	CALL_EV_AGENT_GONE,    /* the browser is silent */
	CALL_EV_CALLER_HANGUP, /* the trunk that called: CANCEL or BYE */
	CALL_EV_CALLER_GONE,   /* ... session expired, no ACK, no RTP */
	CALL_EV_TRUNK_RINGING, /* the trunk that we called */
	CALL_EV_TRUNK_EARLY,
	CALL_EV_TRUNK_ANSWERED,
	CALL_EV_TRUNK_BUSY,
	CALL_EV_TRUNK_NO_ANSWER,
	CALL_EV_TRUNK_FAILED,
	CALL_EV_TRUNK_NEXT, /* failed in a way that lets us try the next target, and there is one */
	CALL_EV_TRUNK_PHONE, /* the same, and the next one is a carrier whose own phone has the
				audio */
	CALL_EV_TRUNK_HANGUP,
	CALL_EV_TRUNK_GONE,
	CALL_EV_TIMEOUT, /* the state's wait is over */
	CALL_EV_TOO_OLD,
	CALL_EV_STOP, /* the service ends */
	CALL_EVENT_MAX,
};

/* Performed in this order. */
enum call_action {
	CALL_ACT_LEAVE_TRUNKS = 1 << 0, /* our audio goes, the next target's carrier has the call */
	CALL_ACT_PREPARE = 1 << 1,      /* ask media for the legs' SDP */
	CALL_ACT_DIAL = 1 << 2,         /* INVITE to the current target */
	CALL_ACT_DIAL_NEXT = 1 << 3,    /* INVITE to the next one */
	CALL_ACT_OFFER_AGENT = 1 << 4,  /* tell the user's gateways that it rings */
	CALL_ACT_RINGBACK = 1 << 5,     /* tone to the agent */
	CALL_ACT_EARLY = 1 << 6,        /* the far side's early media to who waits */
	CALL_ACT_ALERT_CALLER = 1 << 7, /* 180 to the trunk that called */
	CALL_ACT_TAKE = 1 << 8,         /* media leg for the tab that answered */
	CALL_ACT_ACCEPT_CALLER = 1 << 9, /* 200 to the trunk that called */
	CALL_ACT_CONNECT = 1 << 10,      /* bridge, record */
	CALL_ACT_HOLD = 1 << 11,
	CALL_ACT_UNHOLD = 1 << 12,
	CALL_ACT_END = 1 << 13, /* drop every leg */
};

enum call_by { CALL_BY_NOBODY, CALL_BY_AGENT, CALL_BY_CUSTOMER, CALL_BY_SYSTEM };

/* What a state waits for; the service knows how long. */
enum call_wait {
	CALL_WAIT_NONE,
	CALL_WAIT_ROUTE,
	CALL_WAIT_MEDIA,
	CALL_WAIT_RING,
	CALL_WAIT_ALERT
};

struct call_step {
	bool taken; /* false: the event means nothing in this state */
	enum call_state next;
	unsigned actions;
	enum call_by by;   /* who ended it, of a step into a terminal state */
	const char *cause; /* NULL: the event brings its own */
};

struct call_step call_fsm(enum call_state state, enum call_event event);
bool call_is_over(enum call_state state);
enum call_wait call_wait_of(enum call_state state);
const char *call_state_name(enum call_state state);
const char *call_event_name(enum call_event event);
const char *call_by_name(enum call_by by); /* "", "agent", "customer", "system" */
#endif
