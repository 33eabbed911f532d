/* One way to place a call, for REST and WebSocket: limits, the contact, then a controller. */
#ifndef GATEWAY_DIAL_H
#define GATEWAY_DIAL_H
#include "services/gateway/gateway.h"

#define DIAL_NUMBER_MAX 64
#define DIAL_KEY_MAX 128
#define DIAL_SDP_MAX 32768
#define DIAL_ASK_MS 5000

struct dial {
	const char *to, *from;               /* as typed; from "" or a wish */
	const char *entity_type, *entity_id; /* "" none */
	const char *key;                     /* idempotency key, "" none */
	const char *sdp, *session;           /* "" by REST */
};
struct dial_op;
/* Exactly once, later, unless cancelled. A refusal comes as reply with status, word and sentence */
typedef void dial_done_h(const struct vp_bus_reply *reply, void *arg);
/* Copies what it needs. EINVAL: the contact's type or id cannot be; others: no calls right now. */
int dial_start(struct gateway *gw, const struct identity *who, const struct dial *dial,
	dial_done_h *h, void *arg, struct dial_op **ret_op);
/* The call itself may still be placed. NULL is no-op. */
void dial_cancel(struct dial_op *op);

/* NULL: it may be a number. Else a sentence for a person, and the word for programs. */
const char *dial_number_fault(const struct identity *who, const char *to, const char **ret_error);

/* False: over the limit of dial attempts of this user. */
bool dial_allowed(struct gateway *gw, const struct identity *who, unsigned *ret_wait_s);
#endif
