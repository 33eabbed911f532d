/* POST /admin/voip/providers/{id}/test: really asks. A SIP trunk is asked by a call-controller, a
 * carrier with an API by us. The outcome is remembered with the provider. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "proto/trunk.pb-c.h"
#include "services/gateway/adapters/ask.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/handlers.h"
#include "services/gateway/provider_report.h"
#include "services/gateway/providers.h"

#define TRUNK_TEST_MS 26000 /* the longest that its steps may take; the answer waits 30 s */

/* The test is no change of the provider: its version stays. */
static const char sql[] =
	"with p as (update providers set last_test_at = $3, last_test_ok = $4 where org_id = $1 "
	"and "
	"id = $2 returning id), audited as (insert into audit_log (org_id, id, actor_type, "
	"actor_id, action, object_type, object_id, ip, detail) select $1, $5, $6, $7, "
	"'provider.tested', 'provider', p.id::text, $8, jsonb_build_object('ok', $4::boolean) "
	"from p) select id from p";

static void on_remembered(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	(void)gw;
	(void)who;
	(void)res;
	vp_http_reply_json(req, 200, data);
}

/* Takes steps over. */
static void remember(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, json_t *steps)
{
	bool success = report_success(steps);
	json_t *report = report_json(steps, "The provider works.");
	VP_CLEANUP(vp_freep) char *text = report ? json_dumps(report, JSON_COMPACT) : NULL;
	char user[VP_UUID_TEXT_SIZE];
	char *answer;

	json_decref(report);
	if (!text) {
		answer_json(req, 500, NULL);
		return;
	}
	answer = vp_http_alloc(req, strlen(text) + 1);
	memcpy(answer, text, strlen(text) + 1);
	vp_uuid_text(who->user, user);
	struct vp_db_param params[] = {VP_P_UUID(who->org), VP_P_UUID(id), VP_P_TIME(vp_time_us()),
		VP_P_BOOL(success), VP_P_UUID(vp_uuid_new()),
		VP_P_TEXT(who->kind == IDENTITY_TOKEN ? "token" : "user"), VP_P_TEXT(user),
		VP_P_TEXT(vp_http_remote(req))};

	db_ask(gw, req, who,
		&(struct db_ask){.place = "provider.test",
			.sql = sql,
			.params = params,
			.n_params = VP_ARRAY_LEN(params),
			.h = on_remembered,
			.data = answer});
}

static void on_report(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, const struct vp_check_report *report)
{
	remember(gw, req, who, id, report_steps(report));
}

/* --- SIP --- */

struct asked {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who; /* of the request: only while that is there */
	struct vp_uuid id;
};

static void on_tested(const struct vp_bus_reply *reply, void *arg)
{
	struct asked *asked = arg;
	struct vp_http_req *req = vp_http_ref_req(asked->ref);
	Ringmain__V1__TrunkTested *tested =
		reply->status < 400
			? ringmain__v1__trunk_tested__unpack(NULL, reply->len, reply->data)
			: NULL;

	if (req && reply->status >= 400) {
		answer_bus_error(req, reply);
	} else if (req) {
		json_t *steps = json_array();

		for (size_t i = 0; tested && i < tested->n_steps; i++) {
			const Ringmain__V1__TrunkTestStep *step = tested->steps[i];

			json_array_append_new(steps,
				report_step(step->name, step->ok, step->message, step->hint));
		}
		remember(asked->gw, req, asked->who, asked->id, steps);
	}
	ringmain__v1__trunk_tested__free_unpacked(tested, NULL);
	vp_http_ref_drop(asked->ref);
	free(asked);
}

static void ask_trunk(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res)
{
	struct asked *asked = malloc(sizeof(*asked));
	Ringmain__V1__TrunkTest message = RINGMAIN__V1__TRUNK_TEST__INIT;
	char id[VP_UUID_TEXT_SIZE];
	int err = ENOMEM;

	if (asked) {
		vp_strcopy(id, sizeof(id), vp_db_text(res, 0, PROVIDER_TRUNK));
		message.trunk_id = id;
		message.version = vp_db_int(res, 0, PROVIDER_TRUNK_VERSION);
		*asked = (struct asked){
			gw, vp_http_defer(req), who, vp_db_uuid(res, 0, PROVIDER_ID)};
		err = ask_send(gw->bus,
			&(struct ask){.service = "call-controller",
				.type = "trunk.test",
				.org = who->org,
				.timeout_ms = TRUNK_TEST_MS,
				.message = &message.base},
			on_tested, asked, NULL);
		if (err != 0) {
			vp_http_ref_drop(asked->ref);
		}
	}
	if (err != 0) {
		free(asked);
		answer_db_error(req, "provider.test", err, NULL);
	}
}

static void test(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	(void)data;
	if (strcmp(vp_db_text(res, 0, PROVIDER_DRIVER), "sip") != 0) {
		report_ask(gw, req, who, res, false, on_report);
	} else if (!vp_db_is_null(res, 0, PROVIDER_TRUNK)) {
		ask_trunk(gw, req, who, res);
	} else {
		json_t *steps = json_array();

		json_array_append_new(
			steps, report_step("config", false, "This provider has no trunk.",
				       "Enter its server and save it: that makes one."));
		remember(gw, req, who, vp_db_uuid(res, 0, PROVIDER_ID), steps);
	}
}

void on_providers_test(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct vp_uuid id;

	if (providers_id(req, &id) && report_allowed(gw, req, who)) {
		providers_find(gw, req, who, id, test, NULL);
	}
}
