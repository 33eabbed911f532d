/* "config.changed" (a live hint): trunks are read again at once; without it changes are seen within
 * 5 s. */
#include <string.h>
#include "libcommon/bus/bus.h"
#include "libcommon/bus/config_hint.h"
#include "proto/config.pb-c.h"
#include "services/call-controller/adapters/carriers.h"
#include "services/call-controller/controller.h"

static void on_live(const struct vp_bus_msg *msg, void *arg)
{
	struct controller *cc = arg;
	Ringmain__V1__ConfigChanged *body;

	if (strcmp(msg->type, VP_CONFIG_TYPE) != 0) {
		return;
	}
	body = ringmain__v1__config_changed__unpack(NULL, msg->len, msg->data);
	if (body && (strcmp(body->table, "trunks") == 0 || strcmp(body->table, "providers") == 0)) {
		trunks_reload(cc->trunks);
		carriers_reload(cc->carriers);
	}
	if (body) {
		ringmain__v1__config_changed__free_unpacked(body, NULL);
	}
}

void on_config_changed(struct controller *cc)
{
	vp_bus_on_live(cc->bus, on_live, cc);
	(void)vp_bus_subscribe(cc->bus, VP_CONFIG_TOPIC);
}
