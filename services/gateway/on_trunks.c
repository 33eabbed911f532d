/* GET, POST /admin/voip/trunks; GET, PUT, PATCH /admin/voip/trunks/{id} */
#include "services/gateway/domain/trunk_json.h"
#include "services/gateway/handlers.h"
#include "services/gateway/page.h"
#include "services/gateway/trunk_store.h"
#include "services/gateway/trunks.h"

static const char sql_list[] = "select " TRUNK_COLUMNS TRUNK_FROM
			       "where t.org_id = $1 and t.id > $2 order by t.id limit $3";

void on_trunks_list(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	page_send(gw, req, who, "trunks", sql_list, trunks_shown);
}

void on_trunks_get(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct vp_uuid id;

	if (trunks_id(req, &id)) {
		trunks_send(gw, req, who, id, 200);
	}
}

void on_trunks_create(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	trunk_create(gw, req, who);
}

void on_trunks_change(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	trunk_change(gw, req, who);
}
