/* A softphone's token as JSON, with the keys that clients of the guide read, by driver. */
#ifndef GATEWAY_TOKEN_JSON_H
#define GATEWAY_TOKEN_JSON_H
#include "services/gateway/gateway.h"

#define TOKEN_ASK_MS 5000

/* data is a TokenIssued; NULL when it is broken or memory is out. */
json_t *token_json(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_bus_reply *reply);
/* Asks token-issuer for a token at this provider, "" the active one; NULL: at the active one, whose
 * token may lack in the answer. False: it has answered 429 or 503. */
bool token_ask(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const char *provider, vp_bus_reply_h *h, void *arg);
#endif
