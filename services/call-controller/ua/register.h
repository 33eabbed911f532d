/* Keeps one trunk registered (RFC 3261 section 10.2): refresh before it ends, 423, digest, and a
 * back-off that never hammers a registrar that refuses us. */
#ifndef UA_REGISTER_H
#define UA_REGISTER_H
#include "services/call-controller/ua/digest.h"
#include "services/call-controller/ua/stack.h"

struct ua_register;

struct ua_register_cfg {
	struct ua_stack *stack;
	struct ua_flow flow;
	const char *registrar; /* Request-URI: "sip:trunk.example.com" */
	const char *aor;       /* "sip:user@trunk.example.com" */
	const char *contact;   /* user part: requests to it are this trunk's */
	const char *route;     /* outbound proxy, or NULL */
	struct ua_credentials cred;
	unsigned expires_s;
	/* status: of the last answer, 0 when there was none. */
	void (*on_state)(bool registered, unsigned status, const char *reason, void *arg);
	void *arg;
};

/* Starts at once; strings are copied. */
int ua_register_create(struct ua_register **ret, const struct ua_register_cfg *cfg);
/* The registrar moved to another address. */
void ua_register_set_flow(struct ua_register *reg, const struct ua_flow *flow);
/* Asks the registrar now, out of turn, and tells the outcome once; on_state is told as ever. msg:
 * its answer, NULL when there was none; reason as of on_state, "" when registered, "gone" when the
 * registration is taken down meanwhile. EBUSY: somebody waits for that already. */
typedef void ua_register_checked_h(
	bool registered, const struct ua_msg *msg, const char *reason, void *arg);
int ua_register_check(struct ua_register *reg, ua_register_checked_h *h, void *arg);
/* Its handler is not called any more. */
void ua_register_uncheck(struct ua_register *reg);
/* Says good-bye (Expires: 0) without waiting for the answer, and frees. */
struct ua_register *ua_register_destroy(struct ua_register *reg);
bool ua_register_up(const struct ua_register *reg);
#endif
