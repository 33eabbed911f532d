/* POST /admin/voip/debug/vectors: the carriers' test vectors through the code of this very build,
 * so that whoever runs it can see on the server itself that signatures and tokens are decided as
 * the carriers decide them. It reads no account and keeps nothing. */
#include "libcommon/provider/vectors/vectors.h"
#include "services/gateway/handlers.h"

#define CASES_MAX 200 /* each costs up to 0.1 ms in which nobody else is served */

struct tally {
	json_t *data;
	int passed, failed;
};

static void add(const struct vp_vector_result *result, void *arg)
{
	struct tally *tally = arg;

	tally->passed += result->passed;
	tally->failed += !result->passed && !result->optional;
	json_array_append_new(tally->data,
		json_pack("{s:s, s:b, s:b, s:s}", "id", result->id, "passed", result->passed,
			"optional", result->optional, "why", result->why));
}

void on_debug_vectors(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	json_t *body = body_object(req);
	const json_t *cases = json_object_get(body, "cases");
	size_t n = json_array_size(cases);
	struct tally tally = {0};

	(void)gw;
	(void)who;
	if (!body) {
		return;
	}
	if (n == 0 || n > CASES_MAX) {
		answer_field(req, "invalid", "cases",
			"A file of vectors has a list \"cases\" with 1 to 200 of them. Send "
			"more in several requests.");
	} else {
		tally.data = json_array();
		vp_vectors_run(cases, add, &tally);
		answer_json(req, 200,
			json_pack("{s:b, s:i, s:i, s:o}", "success", tally.failed == 0, "passed",
				tally.passed, "failed", tally.failed, "data", tally.data));
	}
	json_decref(body);
}
