/* DELETE /admin/voip/providers/{id}; POST /admin/voip/providers/mass-destroy. The active provider
 * stays: calls need one. Trunks go with their provider. */
#include "services/gateway/bulk.h"
#include "services/gateway/handlers.h"

/* Nothing goes when one of them is active. */
static const char sql[] =
	"with asked as (select id, is_active from providers where org_id = $1 and id = "
	"any($2::uuid[]) order by id for update), "
	"gone as (delete from providers p using asked a where p.org_id = $1 and p.id = a.id "
	"and not exists (select from asked where is_active) returning p.id, p.name, p.driver), "
	"audited as (insert into audit_log (org_id, id, actor_type, actor_id, action, object_type, "
	"object_id, ip, detail) select $1, u.id, $3, $4, 'provider.deleted', 'provider', "
	"g.id::text, $5, jsonb_build_object('name', g.name, 'driver', g.driver) from "
	"(select *, row_number() over (order by id) as n from gone) g "
	"join unnest($6::uuid[]) with ordinality as u (id, n) on u.n = g.n) "
	"select (select count(*) from asked), (select count(*) from gone), "
	"(select count(*) from asked where is_active)";

static const struct bulk bulk = {
	.place = "provider.delete",
	.table = "providers",
	.sql = sql,
	.missing = "There is no such provider.",
	.in_use = "The active provider cannot be deleted. Activate another one first.",
	.gone = "The provider is deleted.",
	.all_gone = "The providers are deleted.",
};

void on_providers_delete(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	bulk_delete_one(gw, req, who, &bulk);
}

void on_providers_mass_destroy(
	struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	bulk_delete_many(gw, req, who, &bulk);
}
