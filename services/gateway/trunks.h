/* What the handlers of trunks share. */
#ifndef GATEWAY_TRUNKS_H
#define GATEWAY_TRUNKS_H
#include "services/gateway/gateway.h"

bool trunks_id(struct vp_http_req *req, struct vp_uuid *ret_id);
void trunks_not_found(struct vp_http_req *req);
/* Answers {success, data} with the trunk as it is stored now, and its ETag. */
void trunks_send(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, int status);
json_t *trunks_shown(struct gateway *gw, const struct vp_db_result *res, size_t row);
void trunks_tell(struct gateway *gw, struct vp_uuid org, struct vp_uuid id);
#endif
