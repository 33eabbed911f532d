#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/bus.h"

enum { READY_WAIT_US = 2 * 1000000, POLL_MS = 20 };

static void turn(struct vp_bus *bus)
{
	struct pollfd pfd = {.fd = vp_bus_fd(bus), .events = POLLIN};

	poll(&pfd, 1, POLL_MS);
	vp_bus_drain(bus);
}

void tool_bus_await(struct vp_bus *bus, const bool *done, int64_t wait_us)
{
	const int64_t deadline_us = vp_mono_us() + wait_us;

	while (!*done && vp_mono_us() < deadline_us) {
		turn(bus);
	}
}

/* Ready means that a message of ours came back, so the next one reaches everybody too. */
static bool await_ready(struct vp_bus *bus)
{
	const int64_t deadline_us = vp_mono_us() + READY_WAIT_US;

	while (!vp_bus_ready(bus) && vp_mono_us() < deadline_us) {
		turn(bus);
	}
	return vp_bus_ready(bus);
}

struct vp_bus *tool_bus_open(const char **ret_why)
{
	char node[VP_UUID_TEXT_SIZE];
	struct vp_bus_cfg cfg = {.endpoints = getenv("VOIP_BUS"),
		.cert = getenv("VOIP_BUS_CERT"),
		.server_key = getenv("VOIP_BUS_SERVER_KEY"),
		.service = "voip",
		.node = node};
	struct vp_bus *bus = NULL;
	int err;

	*ret_why = NULL;
	if (!cfg.endpoints || !*cfg.endpoints) {
		return NULL;
	}
	vp_uuid_text(vp_uuid_new(), node);
	err = vp_bus_create(&bus, &cfg);
	if (err) {
		*ret_why = strerror(err);
	} else if (!await_ready(bus)) {
		*ret_why = "does not answer";
		bus = vp_bus_destroy(bus);
	}
	return bus;
}
