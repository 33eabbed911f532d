/* trunk.health: a controller's view of a trunk. A controller that is gone has no view. */
#include "libcommon/base/base.h"
#include "proto/route.pb-c.h"
#include "services/router/domain/trunk_health.h"
#include "services/router/handlers.h"
#include "services/router/router.h"

void on_trunk_health(const struct vp_bus_msg *msg, void *arg)
{
	struct router *router = arg;
	Ringmain__V1__TrunkHealth *hint;

	hint = ringmain__v1__trunk_health__unpack(NULL, msg->len, msg->data);
	if (!hint) {
		return;
	}
	trunk_health_hint(router->health, hint->trunk_id, hint->node, hint->up, vp_mono_us());
	ringmain__v1__trunk_health__free_unpacked(hint, NULL);
}

void on_node_lost(const char *service, const char *node, void *arg)
{
	struct router *router = arg;

	(void)service;
	trunk_health_forget_node(router->health, node);
}
