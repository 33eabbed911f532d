/* route.voice: a webhook as a question to router, its reply as TwiML. */
#ifndef WEBHOOK_ASK_ROUTE_H
#define WEBHOOK_ASK_ROUTE_H
#include "libcommon/base/uuid.h"

struct arrival;
struct ask_route;

/* twiml is the handler's; NULL: no memory even for an apology. */
typedef void ask_route_h(char *twiml, void *arg);

/* Exactly once, later, within VOIP_WEBHOOK_VOICE_TIMEOUT_MS; an apology when router does not say
 * what to do. key: the same question has the same. */
int ask_route(struct ask_route **ret, const struct arrival *arrival, struct vp_uuid key,
	ask_route_h *h, void *arg);
void ask_route_cancel(struct ask_route *ask);
#endif
