/* POST /admin/voip/providers; PUT and PATCH /admin/voip/providers/{id}, which are the same: a
 * secret cannot be sent back, so what is not sent always stays. */
#include "services/gateway/handlers.h"
#include "services/gateway/provider_store.h"

void on_providers_create(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	provider_create(gw, req, who);
}

void on_providers_change(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	provider_change(gw, req, who);
}
