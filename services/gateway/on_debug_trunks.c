/* GET /admin/voip/debug/trunks: every trunk with how each call-controller sees it. */
#include "libcommon/base/base.h"
#include "services/gateway/adapters/trunk_health.h"
#include "services/gateway/domain/trunk_json.h"
#include "services/gateway/handlers.h"
#include "services/gateway/page.h"

static const char sql[] = "select " TRUNK_COLUMNS TRUNK_FROM
			  "where t.org_id = $1 and t.id > $2 order by t.id limit $3";

static json_t *shown(struct gateway *gw, const struct vp_db_result *res, size_t row)
{
	static const char *const kept[] = {
		"id", "name", "host", "port", "transport", "register", "is_active", "provider_id"};
	struct vp_uuid id = vp_db_uuid(res, row, TRUNK_ID);
	json_t *trunk = trunk_json(res, row), *line = json_object();
	int64_t now_us = vp_mono_us();

	for (size_t i = 0; i < VP_ARRAY_LEN(kept); i++) {
		json_object_set(line, kept[i], json_object_get(trunk, kept[i]));
	}
	json_object_set_new(
		line, "provider_name", json_string(vp_db_text(res, row, TRUNK_PROVIDER_NAME)));
	json_object_set_new(
		line, "provider_active", json_boolean(vp_db_bool(res, row, TRUNK_PROVIDER_ACTIVE)));
	json_object_set_new(
		line, "health", json_string(trunk_health_word(gw->trunk_health, id, now_us)));
	json_object_set_new(line, "nodes", trunk_health_nodes(gw->trunk_health, id, now_us));
	json_decref(trunk);
	return line;
}

void on_debug_trunks(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	page_send(gw, req, who, "debug.trunks", sql, shown);
}
