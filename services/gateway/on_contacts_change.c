/* PUT and PATCH /api/voip/persons/{id}, leads/{id}, deals/{id}: all fields, or the named ones. */
#include <string.h>
#include "services/gateway/contacts.h"
#include "services/gateway/handlers.h"

void on_contacts_change(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	const struct contact_kind *kind = contact_kind_at(vp_http_path(req));
	bool partial = strcmp(vp_http_method(req), "PATCH") == 0;
	struct vp_uuid id;

	if (!vp_uuid_parse(vp_http_param(req, "id"), &id)) {
		contacts_not_found(req);
		return;
	}
	contacts_store(gw, req, who,
		&(struct contacts_store){.kind = kind,
			.sql = kind->sql_change,
			.mode = partial ? CONTACT_PARTIAL : CONTACT_NEW,
			.id = id,
			.status = 200});
}
