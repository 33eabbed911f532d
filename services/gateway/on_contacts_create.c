/* POST /api/voip/persons, leads, deals */
#include "services/gateway/contacts.h"
#include "services/gateway/handlers.h"

void on_contacts_create(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	const struct contact_kind *kind = contact_kind_at(vp_http_path(req));

	contacts_store(gw, req, who,
		&(struct contacts_store){.kind = kind,
			.sql = kind->sql_create,
			.mode = CONTACT_NEW,
			.id = vp_uuid_new(),
			.status = 201});
}
