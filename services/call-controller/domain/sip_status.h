/* What a trunk's final answer means for the call, in a stable word and a sentence; and what we
 * answer a trunk whose call ended before it was taken. Pure. */
#ifndef CC_SIP_STATUS_H
#define CC_SIP_STATUS_H
#include "services/call-controller/domain/call_fsm.h"

/* No answer came at all, or the transport failed: written as statuses of their own. */
#define SIP_NO_RESPONSE 0
#define SIP_WRONG_PASSWORD 1
/* The leg was up: the far side hung up, or cannot be reached any more. */
#define SIP_HUNG_UP 2
#define SIP_GONE 3

struct sip_outcome {
	enum call_event event; /* TRUNK_BUSY, TRUNK_NO_ANSWER or TRUNK_FAILED */
	const char *cause;     /* NULL: the table of the call has the word */
	bool next;             /* another target may be tried */
};

/* progressed: the far side had shown ringing or early media, so no other target is tried. */
struct sip_outcome sip_outcome_of(unsigned status, bool progressed);

/* The same for whatever ends a leg that we called: TRUNK_HANGUP and TRUNK_GONE come in addition.
 * Once the call was answered, every failure means that the far side is gone. */
struct sip_outcome sip_end_of(unsigned status, bool progressed, bool answered);

/* The final answer to a trunk that called, by how the call ended. */
struct sip_refusal {
	unsigned status;
	const char *reason;
};
struct sip_refusal sip_refusal_of(enum call_state ended, const char *cause);

/* The sentence for a person that goes with a cause word; never NULL. */
const char *call_cause_text(const char *cause);
#endif
