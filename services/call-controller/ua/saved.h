/* A dialog as text, kept with the call's row: enough to send BYE for a process that died. */
#ifndef UA_SAVED_H
#define UA_SAVED_H
#include "libcommon/base/uuid.h"
#include "services/call-controller/ua/leg.h"

/* Appends the leg's dialog, with a name by which its owner finds the way back (a trunk's id);
 * nothing when it is not established. */
void ua_saved_write(const struct ua_leg *leg, const char *owner, struct ua_text *text);

/* Sends BYE for each dialog in text. tls_of says which TLS identity the owner's connections expect.
 * EBADMSG: not a text of ua_saved_write; what stood before the fault was done. */
int ua_saved_bye(struct ua_agent *agent, const char *text,
	unsigned (*tls_of)(const char *owner, void *arg), void *arg);
#endif
