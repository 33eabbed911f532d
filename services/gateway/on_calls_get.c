/* GET /api/voip/calls/{id}: one call with its legs. Somebody else's is not there (404). */
#include "libcommon/base/base.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/domain/history.h"
#include "services/gateway/handlers.h"

static void not_found(struct vp_http_req *req)
{
	vp_http_reply_error(req, 404, "not_found", "There is no such call.");
}

static void send_call(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	(void)gw;
	(void)data;
	if (vp_db_rows(res) == 0 || (!vp_uuid_equal(call_detail_user(res), who->user) &&
					    !identity_may(who, "voip.all_calls"))) {
		not_found(req);
		return;
	}
	answer_json(req, 200, call_detail(res));
}

void on_calls_get(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct vp_uuid id;

	if (!vp_uuid_parse(vp_http_param(req, "id"), &id)) {
		not_found(req);
		return;
	}
	struct vp_db_param params[] = {VP_P_UUID(who->org), VP_P_UUID(id),
		VP_P_BOOL(identity_may(who, "voip.recordings") ||
			  identity_may(who, "voip.recordings.play"))};
	db_ask(gw, req, who,
		&(struct db_ask){.place = "call",
			.sql = call_detail_sql,
			.params = params,
			.n_params = VP_ARRAY_LEN(params),
			.h = send_call});
}
