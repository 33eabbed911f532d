/* A provider is created or changed by what the request's body says. */
#ifndef GATEWAY_PROVIDER_STORE_H
#define GATEWAY_PROVIDER_STORE_H
#include "services/gateway/gateway.h"

void provider_create(struct gateway *gw, struct vp_http_req *req, const struct identity *who);
/* The provider of the path; what is not sent stays. 409 when another version is stored. */
void provider_change(struct gateway *gw, struct vp_http_req *req, const struct identity *who);
/* The same by what was found out instead of a body: one setting. Answers 200 with answer, which it
 * takes over. */
struct provider_lesson {
	const char *key; /* static */
	const char *value;
};
void provider_learn(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, const struct provider_lesson *lesson, json_t *answer);
#endif
