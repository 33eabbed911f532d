#include <errno.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "libcommon/limiter/limiter.h"
#include "services/gateway/domain/provider_json.h"
#include "services/gateway/provider_config.h"
#include "services/gateway/provider_report.h"

static const struct vp_limit tests = {"provider_test", 20, 60};

bool report_allowed(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	char user[VP_UUID_TEXT_SIZE];
	unsigned wait_s;

	vp_uuid_text(who->user, user);
	if (vp_limiter_take(gw->limiter, &tests, user, vp_mono_us(), &wait_s)) {
		return true;
	}
	answer_too_many(req, wait_s);
	return false;
}

json_t *report_step(const char *name, bool ok, const char *message, const char *hint)
{
	return json_pack(
		"{s:s, s:b, s:s, s:s}", "name", name, "ok", ok, "message", message, "hint", hint);
}

json_t *report_steps(const struct vp_check_report *report)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < report->n; i++) {
		const struct vp_check_step *step = &report->steps[i];

		json_array_append_new(
			steps, report_step(step->name, step->ok, step->message, step->hint));
	}
	return steps;
}

static const json_t *first_failed(const json_t *steps)
{
	size_t i;
	json_t *step;

	json_array_foreach(steps, i, step)
	{
		if (!json_is_true(json_object_get(step, "ok"))) {
			return step;
		}
	}
	return NULL;
}

bool report_success(const json_t *steps)
{
	return json_array_size(steps) > 0 && !first_failed(steps);
}

json_t *report_json(json_t *steps, const char *good)
{
	const json_t *failed = first_failed(steps);
	const char *message = failed ? json_text(failed, "message") : good;

	return json_pack("{s:b, s:s, s:o}", "success", report_success(steps), "message", message,
		"steps", steps);
}

/* --- asking the carrier --- */

struct asking {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who; /* of the request: only while that is there */
	struct vp_uuid id;
	char id_text[VP_UUID_TEXT_SIZE];
	const struct vp_provider_driver *driver;
	struct vp_provider_config *config;
	struct vp_check *check;
	bool provision;
	report_h *h;
};

static void asking_free(struct asking *asking)
{
	vp_http_ref_drop(asking->ref);
	vp_provider_config_destroy(asking->config);
	free(asking);
}

static void on_report(const struct vp_check_report *report, void *arg)
{
	struct asking *asking = arg;
	struct vp_http_req *req = vp_http_ref_req(asking->ref);

	if (req) {
		asking->h(asking->gw, req, asking->who, asking->id, report);
	}
	asking_free(asking);
}

static int ask(struct asking *asking)
{
	const struct vp_check_cfg cfg = {.http = asking->gw->httpc,
		.driver = asking->driver,
		.config = asking->config,
		.provider_id = asking->id_text,
		.webhook_url = asking->gw->cfg->webhook_url,
		.h = on_report,
		.arg = asking};

	return asking->provision ? vp_provision_start(&asking->check, &cfg)
				 : vp_check_start(&asking->check, &cfg);
}

static void on_opened(int err, struct vp_provider_config *config, void *arg)
{
	struct asking *asking = arg;
	struct vp_http_req *req = vp_http_ref_req(asking->ref);

	asking->config = config;
	if (req && err != 0) {
		provider_config_refuse(req, err);
	} else if (req) {
		err = ask(asking);
		if (err == 0) {
			return;
		}
		answer_db_error(req, "provider.ask", err, NULL);
	}
	asking_free(asking);
}

void report_ask(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, bool provision, report_h *h)
{
	struct asking *asking = calloc(1, sizeof(*asking));

	if (!asking) {
		answer_db_error(req, "provider.ask", ENOMEM, NULL);
		return;
	}
	*asking = (struct asking){.gw = gw,
		.ref = vp_http_defer(req),
		.who = who,
		.id = vp_db_uuid(res, 0, PROVIDER_ID),
		.driver = vp_provider_find(vp_db_text(res, 0, PROVIDER_DRIVER)),
		.provision = provision,
		.h = h};
	vp_uuid_text(asking->id, asking->id_text);
	provider_config_open(gw, who->org, res, on_opened, asking);
}
