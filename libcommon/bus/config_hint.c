#include <errno.h>
#include "libcommon/bus/bus.h"
#include "libcommon/bus/config_hint.h"
#include "proto/config.pb-c.h"

#define BODY_MAX 128

int vp_bus_tell_config(
	struct vp_bus *bus, struct vp_uuid org, const char *table, struct vp_uuid row)
{
	Ringmain__V1__ConfigChanged message = RINGMAIN__V1__CONFIG_CHANGED__INIT;
	struct vp_event event = {.type = VP_CONFIG_TYPE, .org = org};
	char id[VP_UUID_TEXT_SIZE];
	uint8_t body[BODY_MAX];

	vp_uuid_text(row, id);
	message.table = (char *)table;
	message.id = id;
	if (ringmain__v1__config_changed__get_packed_size(&message) > sizeof(body)) {
		return EMSGSIZE;
	}
	event.subject = id;
	event.data = body;
	event.len = ringmain__v1__config_changed__pack(&message, body);
	return vp_bus_publish(bus, VP_CONFIG_TOPIC, &event);
}
