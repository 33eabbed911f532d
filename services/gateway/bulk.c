#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/config_hint.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/bulk.h"

struct deletion {
	const struct bulk *bulk;
	bool several;
	size_t n;
	struct vp_uuid id[BULK_MAX];
};

/* "{id,id}", as a parameter of uuid[]; memory of the request. fresh: new ids instead. */
static const char *ids_text(struct vp_http_req *req, const struct deletion *deletion, bool fresh)
{
	char *text = vp_http_alloc(req, deletion->n * VP_UUID_TEXT_SIZE + 3), *at = text;

	*at++ = '{';
	for (size_t i = 0; i < deletion->n; i++) {
		if (i > 0) {
			*at++ = ',';
		}
		vp_uuid_text(fresh ? vp_uuid_new() : deletion->id[i], at);
		at += VP_UUID_TEXT_SIZE - 1;
	}
	*at++ = '}';
	return text;
}

static void on_gone(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	const struct deletion *deletion = data;
	const struct bulk *bulk = deletion->bulk;

	if (vp_db_int(res, 0, 2) > 0) {
		vp_http_reply_error(req, 400, "in_use", bulk->in_use);
		return;
	}
	if (vp_db_int(res, 0, 0) == 0 && !deletion->several) {
		vp_http_reply_error(req, 404, "not_found", bulk->missing);
		return;
	}
	for (size_t i = 0; i < deletion->n; i++) {
		vp_bus_tell_config(gw->bus, who->org, bulk->table, deletion->id[i]);
	}
	if (bulk->after) {
		bulk->after(gw, who, res);
	}
	if (deletion->several) {
		answer_json(req, 200,
			json_pack("{s:s, s:I}", "message", bulk->all_gone, "deleted",
				(json_int_t)vp_db_int(res, 0, 1)));
	} else {
		answer_json(req, 200, json_pack("{s:s}", "message", bulk->gone));
	}
}

static void run(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct deletion *deletion)
{
	char user[VP_UUID_TEXT_SIZE];

	vp_uuid_text(who->user, user);
	struct vp_db_param params[] = {VP_P_UUID(who->org),
		VP_P_TEXT(ids_text(req, deletion, false)),
		VP_P_TEXT(who->kind == IDENTITY_TOKEN ? "token" : "user"), VP_P_TEXT(user),
		VP_P_TEXT(vp_http_remote(req)), VP_P_TEXT(ids_text(req, deletion, true))};

	db_ask(gw, req, who,
		&(struct db_ask){.place = deletion->bulk->place,
			.sql = deletion->bulk->sql,
			.params = params,
			.n_params = VP_ARRAY_LEN(params),
			.h = on_gone,
			.data = deletion});
}

void bulk_delete_one(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct bulk *bulk)
{
	struct deletion *deletion = vp_http_alloc(req, sizeof(*deletion));

	deletion->bulk = bulk;
	deletion->n = 1;
	if (!vp_uuid_parse(vp_http_param(req, "id"), &deletion->id[0])) {
		vp_http_reply_error(req, 404, "not_found", bulk->missing);
		return;
	}
	run(gw, req, who, deletion);
}

static bool read_list(const json_t *list, struct deletion *deletion)
{
	size_t i;
	json_t *item;

	if (!json_is_array(list) || json_array_size(list) == 0 ||
		json_array_size(list) > BULK_MAX) {
		return false;
	}
	json_array_foreach(list, i, item)
	{
		const char *text = json_string_value(item);

		if (!text || !vp_uuid_parse(text, &deletion->id[deletion->n++])) {
			return false;
		}
	}
	return true;
}

void bulk_delete_many(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct bulk *bulk)
{
	struct deletion *deletion = vp_http_alloc(req, sizeof(*deletion));
	json_t *body = body_object(req);

	if (!body) {
		return;
	}
	deletion->bulk = bulk;
	deletion->several = true;
	if (read_list(json_object_get(body, "indices"), deletion)) {
		run(gw, req, who, deletion);
	} else {
		answer_field(req, "invalid", "indices", "It must be a list of 1 to 200 ids.");
	}
	json_decref(body);
}
