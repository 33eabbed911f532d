/* GET /api/voip/persons/{id}, leads/{id}, deals/{id}: one contact with all its numbers. */
#include "libcommon/base/base.h"
#include "services/gateway/handlers.h"
#include "services/gateway/contacts.h"

void on_contacts_get(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	const struct contact_kind *kind = contact_kind_at(vp_http_path(req));
	struct vp_uuid id;

	if (!kind || !vp_uuid_parse(vp_http_param(req, "id"), &id)) {
		contacts_not_found(req);
		return;
	}
	contacts_send(gw, req, who, kind, id, 200);
}
