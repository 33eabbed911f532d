/* All calls of the carrier, live and ended, and the clock that makes the live ones speak. */
#ifndef DEMO_CARRIER_LEDGER_H
#define DEMO_CARRIER_LEDGER_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct call;
struct ledger;
struct sip_msg;

int ledger_create(struct ledger **ret);
/* With all its calls. */
struct ledger *ledger_destroy(struct ledger *ledger);

/* Makes room for one more call before it begins, so that nothing can fail after it has: 0, EAGAIN
 * (too many are live), ENOMEM. ledger_add takes that room; the ledger owns the call then. */
int ledger_reserve(struct ledger *ledger);
void ledger_add(struct ledger *ledger, struct call *call);

struct call *ledger_find(const struct ledger *ledger, unsigned id); /* NULL: unknown */
size_t ledger_live(const struct ledger *ledger);
void ledger_hangup_all(struct ledger *ledger);
/* An UPDATE goes to the call whose dialog it is; false: nobody's. */
bool ledger_take_update(struct ledger *ledger, const struct sip_msg *msg);
json_t *ledger_report(const struct ledger *ledger); /* array, oldest first; new reference */
#endif
