/* DELETE /admin/voip/providers/{id}; POST /admin/voip/providers/mass-destroy. The active provider
 * stays: calls need one. Trunks go with their provider; what its users logged in to the carrier
 * with is deleted there by token-issuer. */
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "proto/token.pb-c.h"
#include "services/gateway/adapters/ask.h"
#include "services/gateway/bulk.h"
#include "services/gateway/handlers.h"

/* Nothing goes when one of them is active. */
static const char sql[] =
	"with asked as (select id, is_active from providers where org_id = $1 and id = "
	"any($2::uuid[]) order by id for update), "
	"gone as (delete from providers p using asked a where p.org_id = $1 and p.id = a.id "
	"and not exists (select from asked where is_active) returning p.id, p.name, p.driver, "
	"p.config), "
	"audited as (insert into audit_log (org_id, id, actor_type, actor_id, action, object_type, "
	"object_id, ip, detail) select $1, u.id, $3, $4, 'provider.deleted', 'provider', "
	"g.id::text, $5, jsonb_build_object('name', g.name, 'driver', g.driver) from "
	"(select *, row_number() over (order by id) as n from gone) g "
	"join unnest($6::uuid[]) with ordinality as u (id, n) on u.n = g.n) "
	"select (select count(*) from asked), (select count(*) from gone), "
	"(select count(*) from asked where is_active), "
	/* the rows of before the deletion */
	"(select coalesce(json_agg(json_build_object('id', g.id, 'config', g.config, "
	"'credentials', "
	"(select json_agg(c.credential_id) from telnyx_credentials c where c.org_id = $1 and "
	"c.provider_id = g.id))), '[]')::text from gone g where exists (select from "
	"telnyx_credentials c where c.org_id = $1 and c.provider_id = g.id))";

static void on_forgotten(const struct vp_bus_reply *reply, void *arg)
{
	(void)arg;
	if (reply->status >= 300) {
		/* they stay at the carrier, where they do no harm */
		vp_log(WARN, "provider.credentials_stay", VP_KV_INT("status", reply->status),
			VP_KV_STR("error", reply->error));
	}
}

static void forget(struct gateway *gw, const struct identity *who, const json_t *gone)
{
	Ringmain__V1__TokenForget message = RINGMAIN__V1__TOKEN_FORGET__INIT;
	const json_t *credentials = json_object_get(gone, "credentials");
	const size_t n = json_array_size(credentials);
	const char *id = json_text(gone, "id"), *config = json_text(gone, "config");
	char **ids = calloc(n + 1, sizeof(*ids));

	for (size_t i = 0; ids && i < n; i++) {
		const char *credential = json_string_value(json_array_get(credentials, i));

		ids[i] = (char *)(uintptr_t)(credential ? credential : "");
	}
	message.provider_id = (char *)(uintptr_t)(id ? id : "");
	message.config = (char *)(uintptr_t)(config ? config : "");
	message.n_credential_ids = ids ? n : 0;
	message.credential_ids = ids;
	if (ask_send(gw->bus,
		    &(struct ask){.service = "token-issuer",
			    .type = "token.forget",
			    .org = who->org,
			    .message = &message.base},
		    on_forgotten, NULL, NULL)) {
		vp_log(WARN, "provider.credentials_stay", VP_KV_STR("error", "unavailable"));
	}
	free(ids);
}

static void after(struct gateway *gw, const struct identity *who, const struct vp_db_result *res)
{
	json_t *all = json_loads(vp_db_text(res, 0, 3), 0, NULL);
	const json_t *gone;
	size_t i;

	json_array_foreach(all, i, gone)
	{
		forget(gw, who, gone);
	}
	json_decref(all);
}

static const struct bulk bulk = {
	.place = "provider.delete",
	.table = "providers",
	.sql = sql,
	.missing = "There is no such provider.",
	.in_use = "The active provider cannot be deleted. Activate another one first.",
	.gone = "The provider is deleted.",
	.all_gone = "The providers are deleted.",
	.after = after,
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
