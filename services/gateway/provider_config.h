/* A stored provider's settings, opened: what the driver's calls and a change of them need. */
#ifndef GATEWAY_PROVIDER_CONFIG_H
#define GATEWAY_PROVIDER_CONFIG_H
#include "libcommon/provider/provider.h"
#include "services/gateway/gateway.h"

/* config is the callee's; NULL with an errno: ENOKEY, EBADMSG (they cannot be opened: enter them
 * again), ENOTCONN (the database is away) ... Exactly once. */
typedef void provider_config_h(int err, struct vp_provider_config *config, void *arg);

/* res: row 0 has the columns of provider_json.h. A SIP provider's settings are its trunk's,
 * password included. */
void provider_config_open(struct gateway *gw, struct vp_uuid org, const struct vp_db_result *res,
	provider_config_h *h, void *arg);

/* The sentence for an error of it. */
void provider_config_refuse(struct vp_http_req *req, int err);
#endif
