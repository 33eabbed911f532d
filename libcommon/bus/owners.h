/* Which service publishes an event type: the first word of a type names its owner. A consumer
 * subscribes to owners, and sees all of their events, so that holes show. */
#ifndef VP_BUS_OWNERS_H
#define VP_BUS_OWNERS_H
#include <stdbool.h>

/* "call.changed" -> "call-controller"; NULL: nobody that we know. */
const char *bus_owner_of(const char *type);
bool bus_owns_events(const char *service);
#endif
