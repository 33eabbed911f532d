/* What the handlers of providers share. */
#ifndef GATEWAY_PROVIDERS_H
#define GATEWAY_PROVIDERS_H
#include "services/gateway/domain/provider_json.h"
#include "services/gateway/gateway.h"

/* Of an organisation. Services keep all of all organisations in memory; none may fill it alone. */
#define PROVIDERS_MAX 50
#define PROVIDER_TRUNKS_MAX 100

void providers_not_found(struct vp_http_req *req);
/* The {id} of the path; false: answered 404. */
bool providers_id(struct vp_http_req *req, struct vp_uuid *ret_id);

/* The provider of the path, with the columns of provider_json.h: h is called with its one row, all
 * else is answered. data: memory of the request. */
struct db_ask;
typedef void providers_row_h(struct gateway *gw, struct vp_http_req *req,
	const struct identity *who, const struct vp_db_result *res, void *data);
void providers_find(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, providers_row_h *h, void *data);

/* Answers {success, data} with the provider as it is stored now, and its ETag. message: beside it,
 * or NULL. 201 has its address too. */
void providers_send(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, int status, const char *message);

/* One provider of a result as the API shows it, with its trunk's health. */
json_t *providers_shown(struct gateway *gw, const struct vp_db_result *res, size_t row);

/* Tells who remembers providers or trunks. */
void providers_tell(struct gateway *gw, struct vp_uuid org, struct vp_uuid id);

/* Which version a change is meant for: If-Match, else the body's, else 0. False: answered 400. */
bool providers_version(struct vp_http_req *req, int64_t of_body, int64_t *ret_version);
void providers_conflict(struct vp_http_req *req);
/* A secret could not be sealed. */
void providers_not_sealed(struct vp_http_req *req, int err);
#endif
