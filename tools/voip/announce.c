#include <stdio.h>
#include <stdlib.h>
#include "libcommon/bus/config_hint.h"
#include "tools/voip/announce.h"
#include "tools/voip/bus.h"

void announce_config(struct vp_uuid org, const char *table, struct vp_uuid row)
{
	const char *why;
	struct vp_bus *bus = tool_bus_open(&why);

	if (bus && vp_bus_tell_config(bus, org, table, row) != 0) {
		why = "does not take it";
	}
	if (why) {
		fprintf(stderr, "voip: the bus at %s %s; the services see the change within 5 s\n",
			getenv("VOIP_BUS"), why);
	}
	vp_bus_destroy(bus);
}
