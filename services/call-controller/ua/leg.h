/* One SIP leg: an INVITE dialog with a trunk, called or calling, from first to last message. It
 * knows provisional answers and forks, CANCEL and its races, digest, re-INVITE and UPDATE both
 * ways, session timers, INFO. What the call makes of it is the owner's business. */
#ifndef UA_LEG_H
#define UA_LEG_H
#include "services/call-controller/ua/digest.h"
#include "services/call-controller/ua/stack.h"

struct ua_agent;
struct ua_leg;

enum ua_end_how {
	UA_END_BYE,         /* the far side hung up */
	UA_END_CANCELED,    /* the far side cancelled its INVITE */
	UA_END_REJECTED,    /* a final answer 300..699: status says which */
	UA_END_NO_RESPONSE, /* nobody answered at all in time */
	UA_END_TRANSPORT,   /* the message could not be sent, the connection or its TLS failed */
	UA_END_WRONG_PASSWORD,
	UA_END_EXPIRED, /* session timer or missing ACK: the far side is gone */
};

struct ua_end {
	enum ua_end_how how;
	unsigned status; /* of REJECTED and WRONG_PASSWORD, else 0 */
	unsigned retry_after_s;
};

/* sdp slices may be empty. No handler is called any more once the leg was dropped; on_end is the
 * last call, after which the pointer is dead. */
struct ua_leg_handlers {
	void (*on_progress)(struct ua_leg *leg, unsigned status, const struct pl *sdp, void *arg);
	void (*on_answer)(struct ua_leg *leg, const struct pl *sdp, void *arg);
	/* The far side acknowledged our 200; its answer when our 200 carried the offer. */
	void (*on_confirmed)(struct ua_leg *leg, const struct pl *sdp, void *arg);
	/* A re-INVITE or UPDATE with an offer, or one that asks for ours (empty): answer it with
	 * ua_leg_answer_offer, now or later. */
	void (*on_offer)(struct ua_leg *leg, const struct pl *sdp, void *arg);
	/* The far side's final answer to ua_leg_modify. */
	void (*on_modified)(struct ua_leg *leg, unsigned status, const struct pl *sdp, void *arg);
	void (*on_dtmf)(struct ua_leg *leg, char key, void *arg);
	void (*on_end)(struct ua_leg *leg, const struct ua_end *end, void *arg);
};

struct ua_dial {
	struct ua_flow flow;
	const char *request_uri;
	const char *local;   /* "\"Name\" <sip:user@domain>" */
	const char *contact; /* user part, or NULL */
	const char *route;   /* outbound proxy, or NULL */
	const char *headers; /* more lines, or NULL */
	struct ua_credentials cred;
	bool session_timer;
	unsigned response_ms; /* how long to wait for any answer */
	const char *sdp;
	size_t sdp_len;
};

struct ua_agent_cfg {
	struct ua_stack *stack;
	/* A new call; take it by ua_leg_own before returning, or ua_leg_drop it. msg is valid now
	 * only. */
	void (*on_invite)(struct ua_leg *leg, const struct ua_msg *msg, void *arg);
	/* OPTIONS outside of a dialog: the status to answer (200, 503 while draining). */
	unsigned (*on_options)(const struct ua_msg *msg, void *arg);
	void *arg;
};

int ua_agent_create(struct ua_agent **ret, const struct ua_agent_cfg *cfg);
struct ua_agent *ua_agent_destroy(struct ua_agent *agent); /* drops all legs without a message */
/* What the stack hands up. */
void ua_agent_request(struct ua_agent *agent, struct ua_server *server, const struct ua_msg *msg);
/* Legs that still have something to say, dropped ones included. */
unsigned ua_agent_legs(const struct ua_agent *agent);

/* Sends the INVITE; strings are copied. */
int ua_leg_dial(struct ua_leg **ret, struct ua_agent *agent, const struct ua_dial *dial,
	const struct ua_leg_handlers *handlers, void *arg);

void ua_leg_own(struct ua_leg *leg, const struct ua_leg_handlers *handlers, void *arg);
void ua_leg_set_timer(struct ua_leg *leg, bool session_timer);
/* 180, 183 ... of an incoming leg. */
int ua_leg_progress(
	struct ua_leg *leg, unsigned status, const char *reason, const char *sdp, size_t len);
int ua_leg_accept(struct ua_leg *leg, const char *sdp, size_t len);
int ua_leg_answer_offer(struct ua_leg *leg, unsigned status, const char *sdp, size_t len);
/* re-INVITE with a new offer; EBUSY while another is under way. 491 is repeated here. */
int ua_leg_modify(struct ua_leg *leg, const char *sdp, size_t len);
int ua_leg_info_dtmf(struct ua_leg *leg, char key, unsigned duration_ms);

/* Ends it from any state: refusal (status), CANCEL or BYE. NULL is no-op. */
void ua_leg_drop(struct ua_leg *leg, unsigned status, const char *reason);

const char *ua_leg_call_id(const struct ua_leg *leg);
const struct sa *ua_leg_peer(const struct ua_leg *leg);
#endif
