/* DELETE /admin/voip/trunks/{id}; POST /admin/voip/trunks/mass-destroy. The trunk that carries the
 * active provider's calls alone stays. */
#include "services/gateway/bulk.h"
#include "services/gateway/handlers.h"

/* Nothing goes when an active SIP provider would be left without any. Its row is held, so that two
 * deletions at once do not take one each. */
static const char sql[] =
	"with held as (select id, is_active from providers where org_id = $1 and driver = 'sip' "
	"order by id for update), "
	"asked as (select t.id, t.name, t.provider_id from trunks t join held h on h.id = "
	"t.provider_id where t.org_id = $1 and t.id = any($2::uuid[])), "
	"bare as (select h.id from held h where h.is_active "
	"and exists (select from asked a where a.provider_id = h.id) "
	"and not exists (select from trunks t where t.org_id = $1 and t.provider_id = h.id "
	"and t.id <> all($2::uuid[]))), "
	"gone as (delete from trunks t using asked a where t.org_id = $1 and t.id = a.id "
	"and not exists (select from bare) returning t.id, t.name, t.provider_id), "
	"touched as (update providers p set version = p.version + 1 where p.org_id = $1 "
	"and p.id in (select provider_id from gone)), "
	"audited as (insert into audit_log (org_id, id, actor_type, actor_id, action, object_type, "
	"object_id, ip, detail) select $1, u.id, $3, $4, 'trunk.deleted', 'trunk', g.id::text, $5, "
	"jsonb_build_object('name', g.name) from "
	"(select *, row_number() over (order by id) as n from gone) g "
	"join unnest($6::uuid[]) with ordinality as u (id, n) on u.n = g.n) "
	"select (select count(*) from asked), (select count(*) from gone), "
	"(select count(*) from bare)";

static const struct bulk bulk = {
	.place = "trunk.delete",
	.table = "trunks",
	.sql = sql,
	.missing = "There is no such trunk.",
	.in_use =
		"The active provider needs a trunk. Activate another provider first, or give this "
		"one another trunk.",
	.gone = "The trunk is deleted.",
	.all_gone = "The trunks are deleted.",
};

void on_trunks_delete(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	bulk_delete_one(gw, req, who, &bulk);
}

void on_trunks_mass_destroy(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	bulk_delete_many(gw, req, who, &bulk);
}
