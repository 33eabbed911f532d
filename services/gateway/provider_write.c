/* What a provider's creation or change writes: the provider, a SIP provider's trunk and the audit
 * line, in one statement. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/domain/trunk_input.h"
#include "services/gateway/domain/trunk_json.h"
#include "services/gateway/provider_write.h"
#include "services/gateway/providers.h"

/* clang-format off */
#define AUDIT(action)                                                                              \
	"audited as (insert into audit_log (org_id, id, actor_type, actor_id, action, "           \
	"object_type, object_id, ip, detail) select $1, $3, $4, $5, '" action "', 'provider', "    \
	"p.id::text, $6, $7::jsonb from p) select id from p"
#define NEW_TRUNK                                                                                  \
	"fresh as (insert into trunks select r.* from p, "                                         \
	"jsonb_populate_record(null::trunks, $13::jsonb) r where $13::jsonb is not null), "

static const char sql_create[] =
	"with p as (insert into providers (org_id, id, name, driver, priority, config, "
	"config_hint, created_at, updated_at) select $1::uuid, $2::uuid, $9::text, $14::text, "
	"coalesce($10::int, 0), $11::text, $12::jsonb, $8::timestamptz, $8::timestamptz "
	"where (select count(*) from providers o where o.org_id = $1) < $15::bigint "
	"returning id), "
	NEW_TRUNK AUDIT("provider.created");

/* populate_record starts from the stored trunk: columns that no setting has stay */
static const char sql_change[] =
	"with p as (update providers x set name = coalesce($9, x.name), "
	"priority = coalesce($10::int, x.priority), config = $11, config_hint = $12::jsonb, "
	"version = x.version + 1, updated_at = $8::timestamptz "
	"where x.org_id = $1 and x.id = $2 and x.version = $14 returning x.id), "
	"changed as (update trunks x set (" TRUNK_SET ") = (select " TRUNK_SET_R
	" from jsonb_populate_record(x, $15::jsonb) r), version = x.version + 1, "
	"updated_at = $8::timestamptz from p where x.org_id = $1 and x.id = $16::uuid "
	"returning x.id), "
	NEW_TRUNK AUDIT("provider.changed");
/* clang-format on */

struct stored {
	int status;
	const char *answer;
};

static void on_stored(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	const struct stored *stored = data;
	struct vp_uuid id;

	if (vp_db_rows(res) == 0 && stored->status == 201) {
		answer_field(req, "limit", "name",
			"An organisation has at most 50 providers. Delete one that is not needed "
			"any more.");
		return;
	}
	if (vp_db_rows(res) == 0) {
		providers_conflict(req);
		return;
	}
	id = vp_db_uuid(res, 0, 0);
	providers_tell(gw, who->org, id);
	if (stored->answer) {
		vp_http_reply_json(req, 200, stored->answer);
	} else {
		providers_send(gw, req, who, id, stored->status, NULL);
	}
}

/* What the row of a new trunk needs beside its columns. */
static char *new_trunk_text(const struct provider_write *write, struct vp_uuid org)
{
	json_t *row = trunk_defaults();
	char *text;

	json_object_update(row, write->trunk_row);
	json_object_set_new(row, "name", json_string(write->trunk_name));
	trunk_row_identify(row, org, write->trunk, write->id, vp_time_us());
	text = json_dumps(row, JSON_COMPACT);
	json_decref(row);
	return text;
}

static json_t *audit_detail(const struct provider_write *write)
{
	return json_pack("{s:s, s:s?, s:O}", "driver", write->driver->name, "name", write->name,
		"settings", write->changed);
}

int provider_write(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct provider_write *write)
{
	bool makes_trunk = write->trunk_row && !write->has_trunk;
	json_t *audit = audit_detail(write);
	VP_CLEANUP(vp_freep) char *detail = audit ? json_dumps(audit, JSON_COMPACT) : NULL;
	VP_CLEANUP(vp_freep) char *hint = NULL;
	VP_CLEANUP(vp_freep) char *fresh = makes_trunk ? new_trunk_text(write, who->org) : NULL;
	VP_CLEANUP(vp_freep)
	char *trunk = write->has_trunk ? json_dumps(write->trunk_row, JSON_COMPACT) : NULL;
	char user[VP_UUID_TEXT_SIZE];
	struct stored *stored = vp_http_alloc(req, sizeof(*stored));

	json_decref(audit);
	*stored = (struct stored){write->fresh ? 201 : 200, write->answer};
	vp_uuid_text(who->user, user);
	if (vp_provider_config_hint(write->driver, write->config, &hint) != 0) {
		return ENOMEM;
	}
	struct vp_db_param params[] = {VP_P_UUID(who->org), VP_P_UUID(write->id),
		VP_P_UUID(vp_uuid_new()), VP_P_TEXT(who->kind == IDENTITY_TOKEN ? "token" : "user"),
		VP_P_TEXT(user), VP_P_TEXT(vp_http_remote(req)), VP_P_TEXT(detail),
		VP_P_TIME(vp_time_us()), VP_P_TEXT(write->name),
		write->has_priority ? VP_P_INT(write->priority) : VP_P_NULL(),
		VP_P_TEXT(write->sealed), VP_P_TEXT(hint), VP_P_TEXT(fresh),
		write->fresh ? VP_P_TEXT(write->driver->name) : VP_P_INT(write->version),
		write->fresh ? VP_P_INT(PROVIDERS_MAX) : VP_P_TEXT(trunk),
		write->has_trunk ? VP_P_UUID(write->trunk) : VP_P_NULL()};

	db_ask(gw, req, who,
		&(struct db_ask){.place = "provider.store",
			.sql = write->fresh ? sql_create : sql_change,
			.params = params,
			.n_params = VP_ARRAY_LEN(params) - (write->fresh ? 1 : 0),
			.h = on_stored,
			.data = stored});
	return 0;
}
