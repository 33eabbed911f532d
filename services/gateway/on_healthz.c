/* GET /healthz: this process answers HTTP. Whether it is ready for traffic says /readyz of the
 * admin port. */
#include "services/gateway/handlers.h"

void on_healthz(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	(void)gw;
	(void)who;
	vp_http_reply(req, 200, "text/plain", "ok\n", 3);
}
