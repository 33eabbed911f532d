/* One leg at a carrier: webhooks come twice, late and in any order, and move it only forward. What
 * they mean for the call is said in events of the call's table. Pure. */
#ifndef CC_PROVIDER_LEG_H
#define CC_PROVIDER_LEG_H
#include <stddef.h>
#include "services/call-controller/domain/call_fsm.h"
#include "services/call-controller/domain/provider_news.h"

enum provider_stage {
	PROVIDER_NONE,
	PROVIDER_STARTED,
	PROVIDER_RINGING,
	PROVIDER_ANSWERED,
	PROVIDER_ENDED,
};

struct provider_leg {
	enum provider_stage stage;
	bool dialled;   /* by us; else it came by itself */
	bool unsettled; /* hung up, and whether it had been answered is not known yet */
	int64_t answered_us, ended_us; /* by the carrier's clock */
	char external_id[PROVIDER_ID_SIZE];
};

#define PROVIDER_STEPS_MAX 4
struct provider_steps {
	size_t n;
	enum call_event events[PROVIDER_STEPS_MAX]; /* to feed, in this order */
	const char *cause;                          /* of those that bring their own */
};

/* outbound: the call's direction. now_us stands in for a time that the carrier does not say. */
void provider_leg_take(struct provider_leg *leg, enum provider_who who, bool outbound,
	const struct provider_news *news, int64_t now_us, struct provider_steps *ret);
/* No word of an answer has come for a while: there was none. */
void provider_leg_settle(
	struct provider_leg *leg, enum provider_who who, bool outbound, struct provider_steps *ret);
#endif
