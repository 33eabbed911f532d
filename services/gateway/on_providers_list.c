/* GET /admin/voip/providers: those of the organisation, in the order they were made. */
#include "services/gateway/handlers.h"
#include "services/gateway/page.h"
#include "services/gateway/providers.h"

static const char sql[] = "select " PROVIDER_COLUMNS PROVIDER_FROM
			  "where p.org_id = $1 and p.id > $2 order by p.id limit $3";

void on_providers_list(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	page_send(gw, req, who, "providers", sql, providers_shown);
}
