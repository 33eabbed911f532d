/* "trunk.test": an administrator asks whether a trunk works; the answer is the list of steps. */
#include <stdlib.h>
#include "proto/trunk.pb-c.h"
#include "services/call-controller/adapters/trunk_test.h"
#include "services/call-controller/request.h"

#define TESTS_MAX 8 /* under way at once; a person waits for each */

struct asked {
	struct le le;
	struct trunk_test *test;
	struct vp_bus_call *request;
};

static void on_tested(const struct trunk_test_step *steps, size_t n, void *arg)
{
	struct asked *asked = arg;
	Ringmain__V1__TrunkTested reply = RINGMAIN__V1__TRUNK_TESTED__INIT;
	Ringmain__V1__TrunkTestStep step[TRUNK_TEST_STEPS_MAX], *list[TRUNK_TEST_STEPS_MAX];
	uint8_t buf[TRUNK_TEST_STEPS_MAX * 3 * TRUNK_TEST_TEXT_MAX];

	for (size_t i = 0; i < n; i++) {
		ringmain__v1__trunk_test_step__init(&step[i]);
		step[i].name = (char *)(uintptr_t)steps[i].name;
		step[i].ok = steps[i].ok;
		step[i].message = (char *)(uintptr_t)steps[i].message;
		step[i].hint = (char *)(uintptr_t)steps[i].hint;
		list[i] = &step[i];
	}
	reply.n_steps = n;
	reply.steps = list;
	if (ringmain__v1__trunk_tested__get_packed_size(&reply) <= sizeof(buf)) {
		vp_bus_reply_ok(asked->request, buf, ringmain__v1__trunk_tested__pack(&reply, buf));
	} else {
		vp_bus_reply_error(asked->request, 500, "internal", "The report is too long.");
	}
	list_unlink(&asked->le);
	free(asked);
}

static void start(struct controller *cc, struct vp_bus_call *request, struct vp_uuid org,
	struct vp_uuid id, int64_t version)
{
	struct asked *asked =
		list_count(&cc->trunk_tests) < TESTS_MAX ? calloc(1, sizeof(*asked)) : NULL;
	const struct trunk_test_cfg cfg = {.trunks = cc->trunks,
		.links = trunks_links(cc->trunks),
		.org = org,
		.id = id,
		.version = version,
		.h = on_tested,
		.arg = asked};

	if (!asked || trunk_test_start(&asked->test, &cfg)) {
		free(asked);
		vp_bus_reply_error(request, 503, "busy",
			"Too many trunks are being tested. Try again in some seconds.");
		return;
	}
	asked->request = request;
	list_append(&cc->trunk_tests, &asked->le, asked);
}

static void on_request(struct vp_bus_call *request, const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__TrunkTest *body =
		REQUEST_UNPACK(ringmain__v1__trunk_test__unpack, request, msg);
	struct vp_uuid id;

	if (!body) {
		return;
	}
	if (vp_uuid_parse(body->trunk_id, &id)) {
		start(arg, request, msg->org, id, body->version);
	} else {
		vp_bus_reply_error(request, 400, "malformed", "The request cannot be read.");
	}
	ringmain__v1__trunk_test__free_unpacked(body, NULL);
}

void on_trunk_test(struct controller *cc)
{
	vp_bus_serve(cc->bus, "trunk.test", on_request, cc);
}

void on_trunk_test_stop(struct controller *cc)
{
	struct le *le;

	while ((le = list_head(&cc->trunk_tests)) != NULL) {
		struct asked *asked = le->data;

		trunk_test_cancel(asked->test);
		list_unlink(le);
		free(asked);
	}
}
