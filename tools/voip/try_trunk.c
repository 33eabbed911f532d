/* A SIP trunk is tried where its sockets, addresses and registration are: by a call-controller. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "proto/trunk.pb-c.h"
#include "tools/voip/bus.h"
#include "tools/voip/try_provider.h"

enum { PRESENCE_WAIT_US = 3 * 1000000, TEST_MS = 26000, TEST_WAIT_US = 28 * 1000000 };

struct asked {
	bool done;
	enum try_verdict verdict;
};

static void on_node(const char *node, unsigned load, unsigned capacity, void *arg)
{
	bool *found = arg;

	(void)node;
	(void)load;
	(void)capacity;
	*found = true;
}

/* Who is there tells a newcomer so at once. */
static bool await_controller(struct vp_bus *bus)
{
	const int64_t deadline_us = vp_mono_us() + PRESENCE_WAIT_US;
	const bool never = false;
	bool found = false;

	while (!found && vp_mono_us() < deadline_us) {
		tool_bus_await(bus, &never, 1);
		vp_bus_nodes(bus, "call-controller", on_node, &found);
	}
	return found;
}

static void on_tested(const struct vp_bus_reply *reply, void *arg)
{
	struct asked *asked = arg;
	Ringmain__V1__TrunkTested *tested =
		reply->status < 400
			? ringmain__v1__trunk_tested__unpack(NULL, reply->len, reply->data)
			: NULL;

	asked->done = true;
	asked->verdict = tested && tested->n_steps > 0 ? TRY_GOOD : TRY_BAD;
	for (size_t i = 0; tested && i < tested->n_steps; i++) {
		const Ringmain__V1__TrunkTestStep *step = tested->steps[i];

		try_say(step->name, step->ok, step->message, step->hint);
		asked->verdict = step->ok ? asked->verdict : TRY_BAD;
	}
	if (!tested) {
		try_say("controller", false, reply->message[0] ? reply->message : reply->error,
			"`voip status` shows whether call-controller runs; then try again.");
	}
	ringmain__v1__trunk_tested__free_unpacked(tested, NULL);
}

static enum try_verdict ask(
	struct vp_bus *bus, struct vp_uuid org, struct vp_uuid trunk, int64_t version)
{
	char id[VP_UUID_TEXT_SIZE];
	Ringmain__V1__TrunkTest message = RINGMAIN__V1__TRUNK_TEST__INIT;
	uint8_t data[128];
	struct asked asked = {.verdict = TRY_BAD};
	struct vp_bus_op *op = NULL;

	vp_uuid_text(trunk, id);
	message.trunk_id = id;
	message.version = version;
	const struct vp_bus_req req = {.service = "call-controller",
		.type = "trunk.test",
		.org = org,
		.subject = id,
		.timeout_ms = TEST_MS,
		.data = data,
		.len = ringmain__v1__trunk_test__pack(&message, data)};

	if (vp_bus_request(bus, &req, on_tested, &asked, &op) == 0) {
		tool_bus_await(bus, &asked.done, TEST_WAIT_US);
	}
	if (!asked.done) {
		vp_bus_cancel(op);
		try_say("controller", false, "The call-controller could not be asked.",
			"`voip status` shows whether it runs; then try again.");
	}
	return asked.verdict;
}

enum try_verdict try_trunk(struct vp_uuid org, struct vp_uuid trunk, int64_t version)
{
	const char *why;
	struct vp_bus *bus = tool_bus_open(&why);
	enum try_verdict verdict = TRY_UNTRIED;

	if (bus && await_controller(bus)) {
		verdict = ask(bus, org, trunk, version);
	} else {
		printf("  A SIP trunk is tried by a running call-controller, and %s.\n"
		       "        -> With all services running `voip provider test` tries it, as "
		       "does the panel's Test.\n",
			bus   ? "none is there"
			: why ? "the bus that VOIP_BUS names does not answer"
			      : "VOIP_BUS does not say where the services are");
	}
	vp_bus_destroy(bus);
	return verdict;
}
