/* A trunk is created or changed: checked, its password sealed, trunk, provider's version and audit
 * line written in one statement. The provider's version grows too: its page shows the first trunk,
 * and who has it open must not write over this. */
#include "services/gateway/trunk_store.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "libcommon/vault/vault.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/domain/provider_input.h"
#include "services/gateway/domain/secret_way.h"
#include "services/gateway/domain/trunk_input.h"
#include "services/gateway/domain/trunk_place.h"
#include "services/gateway/domain/trunk_json.h"
#include "services/gateway/providers.h"
#include "services/gateway/trunks.h"

#define PASSWORD_MAX 256

struct store {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who; /* of the request: only while that is there */
	struct vp_uuid id, provider;
	bool fresh;
	int64_t version; /* 0: any */
	json_t *body, *row;
};

/* clang-format off */
#define AUDIT(action)                                                                              \
	"touched as (update providers p set version = p.version + 1 from t "                       \
	"where p.org_id = $1 and p.id = t.provider_id returning p.id), "                           \
	"audited as (insert into audit_log (org_id, id, actor_type, actor_id, action, "           \
	"object_type, object_id, ip, detail) select $1, $3, $4, $5, '" action "', 'trunk', "       \
	"t.id::text, $6, jsonb_build_object('name', t.name) from t) select (select id from t), "    \
	"exists (select from trunks o where o.org_id = $1 and o.id = $2), "                        \
	"(select count(*) from trunks o where o.org_id = $1)"

static const char sql_create[] =
	"with t as (insert into trunks select r.* from jsonb_populate_record(null::trunks, "
	"$7::jsonb) r where exists (select from providers p where p.org_id = $1 and p.id = $2 "
	"and p.driver = 'sip') and (select count(*) from trunks o where o.org_id = $1) < "
	"$8::bigint returning id, name, provider_id), "
	AUDIT("trunk.created");

/* Which way the stored password would go now; sealed anew it differs, and may go any. */
#define WAY "case when r.secret = x.secret then " SECRET_WAY_SQL("x.", "r.") " else 0 end"

/* populate_record starts from the stored row: columns that are not named stay */
static const char sql_change[] =
	"with t as (update trunks x set (" TRUNK_SET ") = (select " TRUNK_SET_R
	" from jsonb_populate_record(x, $7::jsonb) r), version = x.version + 1, "
	"updated_at = $8::timestamptz where x.org_id = $1 and x.id = $2 and "
	"($9::bigint = 0 or x.version = $9::bigint) and not exists (select from "
	"jsonb_populate_record(x, $7::jsonb) r where " WAY " <> 0) "
	"returning x.id, x.name, x.provider_id), "
	AUDIT("trunk.changed") ", coalesce((select " WAY " from trunks x, "
	"jsonb_populate_record(x, $7::jsonb) r where x.org_id = $1 and x.id = $2 and "
	"($9::bigint = 0 or x.version = $9::bigint)), 0)";
/* clang-format on */

static void store_free(struct store *store)
{
	vp_http_ref_drop(store->ref);
	json_decref(store->body);
	json_decref(store->row);
	free(store);
}

struct stored {
	struct vp_uuid id;
	bool fresh;
};

static void on_stored(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	const struct stored *stored = data;

	if (!vp_db_is_null(res, 0, 0)) {
		trunks_tell(gw, who->org, stored->id);
		trunks_send(gw, req, who, stored->id, stored->fresh ? 201 : 200);
	} else if (stored->fresh && vp_db_int(res, 0, 2) >= PROVIDER_TRUNKS_MAX) {
		answer_field(req, "limit", "name",
			"An organisation has at most 100 trunks. Delete one that is not needed any "
			"more.");
	} else if (stored->fresh) {
		answer_field(req, "invalid", "provider_id",
			"There is no such provider, or it is no SIP provider.");
	} else if (vp_db_int(res, 0, 3) != SECRET_WAY_SAME) {
		answer_field(req, "invalid", "password",
			secret_way_sentence((enum secret_way)vp_db_int(res, 0, 3)));
	} else if (vp_db_bool(res, 0, 1)) { /* it is there, in another version */
		providers_conflict(req);
	} else {
		trunks_not_found(req);
	}
}

static void write_row(struct store *store, struct vp_http_req *req)
{
	const struct identity *who = store->who;
	struct stored *stored = vp_http_alloc(req, sizeof(*stored));
	VP_CLEANUP(vp_freep) char *row = NULL;
	char user[VP_UUID_TEXT_SIZE];
	int64_t now_us = vp_time_us();

	*stored = (struct stored){store->id, store->fresh};
	if (store->fresh) {
		trunk_row_identify(store->row, who->org, store->id, store->provider, now_us);
	}
	row = json_dumps(store->row, JSON_COMPACT);
	vp_uuid_text(who->user, user);
	struct vp_db_param params[] = {VP_P_UUID(who->org),
		VP_P_UUID(store->fresh ? store->provider : store->id), VP_P_UUID(vp_uuid_new()),
		VP_P_TEXT(who->kind == IDENTITY_TOKEN ? "token" : "user"), VP_P_TEXT(user),
		VP_P_TEXT(vp_http_remote(req)), VP_P_TEXT(row),
		store->fresh ? VP_P_INT(PROVIDER_TRUNKS_MAX) : VP_P_TIME(now_us),
		VP_P_INT(store->version)};

	db_ask(store->gw, req, who,
		&(struct db_ask){.place = "trunk.store",
			.sql = store->fresh ? sql_create : sql_change,
			.params = params,
			.n_params = VP_ARRAY_LEN(params) - (store->fresh ? 1 : 0),
			.h = on_stored,
			.data = stored});
	store_free(store);
}

/* --- the password --- */

static void on_sealed(int err, const char *sealed, void *arg)
{
	struct store *store = arg;
	struct vp_http_req *req = vp_http_ref_req(store->ref);

	if (req && err == 0) {
		json_object_set_new(store->row, "secret", json_string(sealed));
		write_row(store, req);
		return;
	}
	if (req) {
		providers_not_sealed(req, err);
	}
	store_free(store);
}

/* NULL takes it out, blank or not sent keeps it. */
static void seal_password(struct store *store, struct vp_http_req *req)
{
	const json_t *value = json_object_get(store->body, "password");
	const char *password = json_string_value(value);
	char id[VP_UUID_TEXT_SIZE];
	int err;

	if (json_is_null(value)) {
		json_object_set_new(store->row, "secret", json_null());
	}
	if (!password || !*password) {
		write_row(store, req);
		return;
	}
	vp_uuid_text(store->id, id);
	VP_CLEANUP(vp_freep) char *context = vp_strf("trunks/secret/%s", id);

	err = !store->gw->vault ? ENOKEY
	      : context ? vp_vault_seal(store->gw->vault, store->who->org, context, password,
				  strlen(password), on_sealed, store, NULL)
			: ENOMEM;
	if (err != 0) {
		on_sealed(err, NULL, store);
	}
}

/* --- the body --- */

static void check_password(const json_t *value, json_t *faults)
{
	const char *text = json_string_value(value);

	if (value && !json_is_null(value) && !json_is_object(value) &&
		(!text || strlen(text) != json_string_length(value) ||
			strlen(text) > PASSWORD_MAX || strpbrk(text, "\r\n"))) {
		fault_add(faults, "password", "It must be text of at most 256 characters.");
	}
}

static void read_version(struct store *store, json_t *faults)
{
	const json_t *version = json_object_get(store->body, "version");

	if (version && (!json_is_integer(version) || json_integer_value(version) < 1)) {
		fault_add(faults, "version", "It must be the version that was read.");
	}
	store->version = json_integer_value(version);
}

static void read_provider(struct store *store, json_t *faults)
{
	const json_t *value = json_object_get(store->body, "provider_id");

	if (store->fresh && !(json_is_string(value) &&
				    vp_uuid_parse(json_string_value(value), &store->provider))) {
		fault_add(faults, "provider_id", "The SIP provider that it belongs to is needed.");
	} else if (!store->fresh && value) {
		fault_add(faults, "provider_id",
			"A trunk stays with its provider. Create another trunk there.");
	}
}

static void store_body(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, bool fresh)
{
	json_t *body = body_object(req), *faults = json_object();
	struct store *store = body ? calloc(1, sizeof(*store)) : NULL;

	if (!store) {
		if (body) {
			answer_db_error(req, "trunk.store", ENOMEM, NULL);
		}
		json_decref(body);
		json_decref(faults);
		return;
	}
	*store = (struct store){.gw = gw,
		.ref = vp_http_defer(req),
		.who = who,
		.id = id,
		.fresh = fresh,
		.body = body};
	trunk_input_read(body, fresh, who->default_region, &store->row, faults);
	trunk_place_check(&gw->trunk_nets, store->row, faults);
	check_password(json_object_get(body, "password"), faults);
	read_version(store, faults);
	read_provider(store, faults);
	if (json_object_size(faults) > 0) {
		answer_fields(req, faults);
		store_free(store);
	} else if (!providers_version(req, store->version, &store->version)) {
		store_free(store);
	} else {
		seal_password(store, req);
	}
	json_decref(faults);
}

void trunk_create(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	store_body(gw, req, who, vp_uuid_new(), true);
}

void trunk_change(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct vp_uuid id;

	if (trunks_id(req, &id)) {
		store_body(gw, req, who, id, false);
	}
}
