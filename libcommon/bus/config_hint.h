/* The live hint that something was configured (proto/ringmain/v1/config.proto). */
#ifndef VP_BUS_CONFIG_HINT_H
#define VP_BUS_CONFIG_HINT_H
#include "libcommon/base/uuid.h"

#define VP_CONFIG_TOPIC "rt.config"
#define VP_CONFIG_TYPE "config.changed"

struct vp_bus;

/* Says that a row of a table is new, changed or gone: services that remember it read it again.
 * Errors of vp_bus_publish; EMSGSIZE for a table name of unreasonable length. */
int vp_bus_tell_config(
	struct vp_bus *bus, struct vp_uuid org, const char *table, struct vp_uuid row);
#endif
