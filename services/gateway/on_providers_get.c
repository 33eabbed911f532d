/* GET /admin/voip/providers/{id} */
#include "services/gateway/handlers.h"
#include "services/gateway/providers.h"

void on_providers_get(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct vp_uuid id;

	if (providers_id(req, &id)) {
		providers_send(gw, req, who, id, 200, NULL);
	}
}
