/* A trunk is created or changed by what the request's body says. */
#ifndef GATEWAY_TRUNK_STORE_H
#define GATEWAY_TRUNK_STORE_H
#include "services/gateway/gateway.h"

void trunk_create(struct gateway *gw, struct vp_http_req *req, const struct identity *who);
/* The trunk of the path; what is not sent stays. 409 when another version is stored. */
void trunk_change(struct gateway *gw, struct vp_http_req *req, const struct identity *who);
#endif
