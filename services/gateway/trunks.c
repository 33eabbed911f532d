#include "services/gateway/trunks.h"
#include "libcommon/base/base.h"
#include "libcommon/bus/config_hint.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/adapters/trunk_health.h"
#include "services/gateway/domain/trunk_json.h"

static const char sql_get[] =
	"select " TRUNK_COLUMNS TRUNK_FROM "where t.org_id = $1 and t.id = $2";

void trunks_not_found(struct vp_http_req *req)
{
	vp_http_reply_error(req, 404, "not_found", "There is no such trunk.");
}

bool trunks_id(struct vp_http_req *req, struct vp_uuid *ret_id)
{
	if (vp_uuid_parse(vp_http_param(req, "id"), ret_id)) {
		return true;
	}
	trunks_not_found(req);
	return false;
}

json_t *trunks_shown(struct gateway *gw, const struct vp_db_result *res, size_t row)
{
	json_t *trunk = trunk_json(res, row);

	json_object_set_new(trunk, "health",
		json_string(trunk_health_word(
			gw->trunk_health, vp_db_uuid(res, row, TRUNK_ID), vp_mono_us())));
	return trunk;
}

static void send_row(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	(void)who;
	if (vp_db_rows(res) == 0) {
		trunks_not_found(req);
		return;
	}
	VP_CLEANUP(vp_freep)
	char *tag = vp_strf("\"%lld\"", (long long)vp_db_int(res, 0, TRUNK_VERSION));

	vp_http_add_header(req, "etag", tag ? tag : "");
	answer_json(req, *(int *)data,
		json_pack("{s:b, s:o}", "success", 1, "data", trunks_shown(gw, res, 0)));
}

void trunks_send(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, int status)
{
	int *data = vp_http_alloc(req, sizeof(*data));
	char text[VP_UUID_TEXT_SIZE];
	struct vp_db_param params[] = {VP_P_UUID(who->org), VP_P_UUID(id)};

	*data = status;
	if (status == 201) {
		vp_uuid_text(id, text);
		VP_CLEANUP(vp_freep) char *place = vp_strf("/admin/voip/trunks/%s", text);

		vp_http_add_header(req, "location", place ? place : "");
	}
	db_ask(gw, req, who,
		&(struct db_ask){.place = "trunk",
			.sql = sql_get,
			.params = params,
			.n_params = VP_ARRAY_LEN(params),
			.h = send_row,
			.data = data});
}

void trunks_tell(struct gateway *gw, struct vp_uuid org, struct vp_uuid id)
{
	vp_bus_tell_config(gw->bus, org, "trunks", id);
}
