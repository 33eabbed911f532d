/* What the handlers of one contact share. */
#ifndef GATEWAY_CONTACTS_H
#define GATEWAY_CONTACTS_H
#include "services/gateway/domain/contact_input.h"
#include "services/gateway/gateway.h"

void contacts_not_found(struct vp_http_req *req);
/* Answers with the contact as it is stored now; 404 when it is not. */
void contacts_send(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct contact_kind *kind, struct vp_uuid id, int status);
/* Checks the body, stores it by this statement of the kind, and answers with the contact. */
struct contacts_store {
	const struct contact_kind *kind;
	const char *sql;
	enum contact_mode mode;
	struct vp_uuid id;
	int status; /* of the answer when it is stored */
};
void contacts_store(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct contacts_store *store);
#endif
