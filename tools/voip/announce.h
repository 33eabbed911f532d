/* Tells the running services that something was configured. */
#ifndef VOIP_ANNOUNCE_H
#define VOIP_ANNOUNCE_H
#include "libcommon/base/uuid.h"

/* On the bus that VOIP_BUS names. Without it, or when it does not answer within 2 s, the services
 * find the change by themselves some seconds later; a bus that was named and is silent is said on
 * standard error. */
void announce_config(struct vp_uuid org, const char *table, struct vp_uuid row);
#endif
