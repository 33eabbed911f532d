/* The strict first look at every request, before any transaction sees it: what the RFCs ask a user
 * agent to refuse is refused here, with the headers that go with it. Pure: no state, no I/O. */
#ifndef UA_PRECHECK_H
#define UA_PRECHECK_H
#include "services/call-controller/ua/msg.h"
#include "services/call-controller/ua/text.h"

#define UA_ALLOW "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"
#define UA_SUPPORTED "timer"

struct ua_verdict {
	unsigned status; /* 0: fine */
	const char *reason;
};

struct ua_verdict ua_precheck(const struct ua_msg *msg);
/* Adds the headers that explain a refusal: Unsupported, Allow, Accept ... */
void ua_precheck_explain(const struct ua_msg *msg, unsigned status, struct ua_text *text);
#endif
