/* POST /admin/voip/providers/{id}/provision: sets up at the carrier what calls need: addresses of
 * webhooks, the number's way to us. May be repeated. What was made there is remembered here. */
#include <string.h>
#include "services/gateway/handlers.h"
#include "services/gateway/provider_report.h"
#include "services/gateway/provider_store.h"
#include "services/gateway/providers.h"

static void on_report(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, const struct vp_check_report *report)
{
	json_t *answer = report_json(report_steps(report), "The carrier is set up for us.");

	if (report->learned_key) {
		provider_learn(gw, req, who, id,
			&(struct provider_lesson){report->learned_key, report->learned_value},
			answer);
	} else {
		answer_json(req, 200, answer);
	}
}

static void provision(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	(void)data;
	if (strcmp(vp_db_text(res, 0, PROVIDER_DRIVER), "sip") == 0) {
		vp_http_reply_error(req, 400, "not_possible",
			"A SIP carrier cannot be set up from here. On its page, let its numbers "
			"come "
			"to this server.");
		return;
	}
	report_ask(gw, req, who, res, true, on_report);
}

void on_providers_provision(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct vp_uuid id;

	if (providers_id(req, &id) && report_allowed(gw, req, who)) {
		providers_find(gw, req, who, id, provision, NULL);
	}
}
