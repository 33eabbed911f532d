/* One call at the carrier, in or out. Ended calls stay as records until carrier.c drops them. */
#ifndef DEMO_CARRIER_CALL_H
#define DEMO_CARRIER_CALL_H
#include <jansson.h>
#include "tools/demo-carrier/libre.h"
#include "tools/demo-carrier/numbers.h"
#include "tools/demo-carrier/prompt.h"
#include "tools/demo-carrier/stack.h"

struct call;

/* What all calls share; outlives them. */
struct call_env {
	const char *out_dir;
	const struct prompt *speech;
	bool pcmu, pcma;
};

/* An INVITE for one of our numbers; number NULL: nobody has it (404). Answers it by the plan. */
int call_take(struct call **ret, const struct call_env *env, struct stack *stack, unsigned id,
	const struct sip_msg *invite, const struct number *number);

struct call_out_cfg {
	const char *did, *from;     /* +E.164 */
	const char *const *targets; /* "ADDR:PORT[;params]", tried in order; or one whole SIP URI */
	size_t n_targets;
	struct plan plan; /* sound, and hangup_ms after the answer */
	unsigned answer_timeout_s;
};
/* Rings somebody; the strings are copied. */
int call_ring(struct call **ret, const struct call_env *env, struct stack *stack, unsigned id,
	const struct call_out_cfg *cfg);

/* Says BYE or CANCEL where there is a session, and frees. */
struct call *call_destroy(struct call *call);

unsigned call_id(const struct call *call);
bool call_is_live(const struct call *call);
const char *call_wav(
	const struct call *call); /* path; the file is there once something was heard */
void call_tick(struct call *call);
void call_flush(struct call *call);
void call_hangup(struct call *call);
/* EINVAL, ENOTSUP as voice_send_digits; ENOTCONN: no audio now. */
int call_send_digits(struct call *call, const char *digits);
/* True when the request (UPDATE) belonged to this call's dialog and was answered. */
bool call_take_update(struct call *call, const struct sip_msg *msg);
/* New reference. */
json_t *call_report(const struct call *call);
#endif
