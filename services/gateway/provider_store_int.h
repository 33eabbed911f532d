/* Inside of provider_store: provider_store.c reads and checks, provider_seal.c seals and writes. */
#ifndef GATEWAY_PROVIDER_STORE_INT_H
#define GATEWAY_PROVIDER_STORE_INT_H
#include "services/gateway/domain/provider_input.h"
#include "services/gateway/gateway.h"

struct provider_store {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who; /* of the request: only while that is there */
	struct vp_uuid org, id, trunk;
	bool fresh, has_trunk;
	int64_t version;
	json_t *body, *faults, *changed;
	const char *answer; /* JSON of the request's memory; NULL: the provider as it is then */
	json_t *shown;      /* the stored settings as the panel shows them */
	struct provider_input input;
	struct vp_provider_config *config;
	json_t *trunk_row; /* of a SIP provider: the trunk's columns */
	char *sealed;
};

void provider_store_free(struct provider_store *store);
/* The request; NULL when the client is gone, and the store with it. */
struct vp_http_req *provider_store_req(struct provider_store *store);
/* Something could not be sealed: answers and frees. */
void provider_store_give_up(struct provider_store *store, struct vp_http_req *req, int err);
/* Seals the settings and a trunk's password, writes all and answers; frees the store. */
void provider_store_seal(struct provider_store *store, struct vp_http_req *req);
#endif
