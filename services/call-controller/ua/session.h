/* Session timers (RFC 4028): what was agreed, and when to refresh or to give up. Pure. */
#ifndef UA_SESSION_H
#define UA_SESSION_H
#include "services/call-controller/ua/msg.h"

#define UA_SESSION_DEFAULT_S 1800
#define UA_SESSION_MIN_S 90

struct ua_session {
	unsigned wanted_s;  /* 0: session timers are off for this leg */
	unsigned min_s;     /* the highest Min-SE that a 422 told us */
	unsigned expires_s; /* agreed; 0: none */
	bool we_refresh;
	bool update; /* the far side takes UPDATE */
};

/* Reads the answer to our INVITE or refresh. */
void ua_session_answered(struct ua_session *session, const struct ua_msg *response);
/* Takes a 422: false when it asks for nothing new (no loop). */
bool ua_session_too_small(struct ua_session *session, const struct ua_msg *response);
/* Reads their INVITE, re-INVITE or UPDATE: 0 or 422. */
unsigned ua_session_offered(struct ua_session *session, const struct ua_msg *request);

/* Header lines for our request, and for our 2xx; "" when timers are off. */
#define UA_SESSION_LINES 160
void ua_session_ask(const struct ua_session *session, char lines[UA_SESSION_LINES]);
void ua_session_confirm(const struct ua_session *session, char lines[UA_SESSION_LINES]);

/* When the next thing is due, ms from now: a refresh (we_refresh) or the end. 0: never. */
int64_t ua_session_due_ms(const struct ua_session *session);
#endif
