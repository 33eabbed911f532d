/* Inside of facts: one file a driver. */
#ifndef WEBHOOK_FACTS_INT_H
#define WEBHOOK_FACTS_INT_H
#include "services/webhook-ingest/domain/facts.h"

#define FACTS_KEY_PARTS 8
struct vp_uuid facts_key(const struct hook *hook, const char *const parts[], size_t n);
/* Of what has no name of its own. */
struct vp_uuid facts_key_of_body(const struct hook *hook, const char *kind, const char *token);

int facts_twilio(struct facts *facts, const struct hook *hook, const struct facts_hints *hints);
int facts_telnyx(struct facts *facts, const struct hook *hook);
#endif
