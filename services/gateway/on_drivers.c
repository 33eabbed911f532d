/* GET /admin/voip/drivers: what kinds of providers there are, what each can do and has to be told.
 */
#include "services/gateway/domain/provider_json.h"
#include "services/gateway/handlers.h"

void on_drivers(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	(void)gw;
	(void)who;
	answer_json(req, 200, json_pack("{s:b, s:o}", "success", 1, "data", drivers_json()));
}
