#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/bus/config_hint.h"
#include "tools/voip/announce.h"

enum { READY_WAIT_US = 2 * 1000000, POLL_MS = 20 };

/* Ready means that a message of ours came back, so the next one reaches everybody too. */
static bool await_ready(struct vp_bus *bus)
{
	const int64_t deadline_us = vp_mono_us() + READY_WAIT_US;
	struct pollfd pfd = {.fd = vp_bus_fd(bus), .events = POLLIN};

	while (!vp_bus_ready(bus) && vp_mono_us() < deadline_us) {
		poll(&pfd, 1, POLL_MS);
		vp_bus_drain(bus);
	}
	return vp_bus_ready(bus);
}

void announce_config(struct vp_uuid org, const char *table, struct vp_uuid row)
{
	char node[VP_UUID_TEXT_SIZE];
	struct vp_bus_cfg cfg = {.endpoints = getenv("VOIP_BUS"),
		.cert = getenv("VOIP_BUS_CERT"),
		.server_key = getenv("VOIP_BUS_SERVER_KEY"),
		.service = "voip",
		.node = node};
	struct vp_bus *bus = NULL;
	int err;

	if (!cfg.endpoints || !*cfg.endpoints) {
		return;
	}
	vp_uuid_text(vp_uuid_new(), node);
	err = vp_bus_create(&bus, &cfg);
	if (err || !await_ready(bus) || vp_bus_tell_config(bus, org, table, row) != 0) {
		fprintf(stderr, "voip: the bus at %s %s; the services see the change within 5 s\n",
			cfg.endpoints, err ? strerror(err) : "does not answer");
	}
	vp_bus_destroy(bus);
}
