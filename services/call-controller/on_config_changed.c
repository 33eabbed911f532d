/* "config.changed": somebody configured something; only trunks and their providers concern us. */
#include <string.h>
#include "libcommon/bus/bus.h"
#include "proto/recording.pb-c.h"
#include "services/call-controller/controller.h"

static void on_event(const struct vp_bus_msg *msg, void *arg)
{
	struct controller *cc = arg;
	Ringmain__V1__ConfigChanged *body =
		ringmain__v1__config_changed__unpack(NULL, msg->len, msg->data);

	if (!body) {
		return;
	}
	if (strcmp(body->table, "trunks") == 0 || strcmp(body->table, "providers") == 0) {
		trunks_reload(cc->trunks);
	}
	ringmain__v1__config_changed__free_unpacked(body, NULL);
}

void on_config_changed(struct controller *cc)
{
	vp_bus_on_event(cc->bus, "config.changed", on_event, cc);
}
