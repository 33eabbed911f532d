/* How the trunks are, as each call-controller tells on rt.trunk: remembered for some time, for the
 * panel. A hint that stays away makes what is known old, not false. */
#ifndef GATEWAY_TRUNK_HEALTH_H
#define GATEWAY_TRUNK_HEALTH_H
#include <jansson.h>
#include "libcommon/bus/bus.h"

#define TRUNK_HEALTH_TOPIC "rt.trunk"

struct trunk_health;
struct trunk_health *trunk_health_create(void); /* NULL: no memory */
struct trunk_health *trunk_health_destroy(struct trunk_health *health);
/* A live hint; others than "trunk.health" are ignored. */
void trunk_health_hear(struct trunk_health *health, const struct vp_bus_msg *msg, int64_t mono_us);
/* "up": some controller reaches it; "down": none does; "unknown": none told of late. */
const char *trunk_health_word(
	const struct trunk_health *health, struct vp_uuid trunk, int64_t mono_us);
/* [{node, up, registered, sip_status, reason, age_s}], one a controller that told of late. */
json_t *trunk_health_nodes(
	const struct trunk_health *health, struct vp_uuid trunk, int64_t mono_us);
#endif
