/* GET /api/voip/client-config: everything a softphone needs to start, a token included when there
 * is one: while a carrier gives none, calls go by others. */
#include <errno.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/provider.h"
#include "services/gateway/handlers.h"
#include "services/gateway/token_json.h"

#define PHONES_MAX 4 /* connections that each tab keeps at carriers */

struct config {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who; /* of the request */
	json_t *numbers, *phones;
};

static void config_end(struct config *config)
{
	vp_http_ref_drop(config->ref);
	json_decref(config->numbers);
	json_decref(config->phones);
	free(config);
}

/* What a softphone can do with this driver; a button for anything else is grey. */
static json_t *capabilities(const char *provider)
{
	static const struct {
		unsigned bits; /* any of them */
		const char *word;
	} words[] = {{VP_CAN_DIAL, "dial"}, {VP_CAN_RECEIVE, "answer"},
		{VP_CAN_DIAL | VP_CAN_RECEIVE, "hangup"}, {VP_CAN_DIAL | VP_CAN_RECEIVE, "mute"},
		{VP_CAN_DTMF, "dtmf"}, {VP_CAN_HOLD, "hold"}, {VP_CAN_TRANSFER, "transfer"},
		{VP_CAN_CONFERENCE, "conference"}, {VP_CAN_REATTACH, "attach"}};
	const struct vp_provider_driver *driver =
		provider != NULL ? vp_provider_find(provider) : NULL;
	json_t *list = json_array();
	for (size_t i = 0; i < VP_ARRAY_LEN(words); i++) {
		if (driver != NULL && (driver->capabilities & words[i].bits) != 0) {
			json_array_append_new(list, json_string(words[i].word));
		}
	}
	return list;
}

static void on_issued(const struct vp_bus_reply *reply, void *arg)
{
	struct config *config = arg;
	struct vp_http_req *req = vp_http_ref_req(config->ref);
	if (req != NULL && reply->status >= 400) {
		answer_bus_error(req, reply);
	} else if (req != NULL) {
		json_t *json = token_json(config->gw, req, config->who, reply);
		json_t *rest = json_pack("{s:s, s:s, s:b, s:o, s:O, s:O}", "ws_path",
			"/api/voip/ws", "default_region", config->who->default_region,
			"recording_enabled", config->gw->cfg->recording_enabled, "capabilities",
			capabilities(json_text(json, "provider")), "numbers", config->numbers,
			"phones", config->phones);
		if (json != NULL && rest != NULL) {
			json_object_update(json, rest);
		}
		json_decref(rest);
		answer_json(req, 200, json);
	}
	config_end(config);
}

/* Of all the providers those whose own phone a page signs in to: also one that stands by may have
 * to ring it. */
static json_t *phones(const char *providers)
{
	json_t *all = json_loads(providers, 0, NULL), *list = json_array(), *entry;
	size_t i;
	json_array_foreach(all, i, entry)
	{
		const char *name = json_text(entry, "driver");
		const struct vp_provider_driver *driver =
			name != NULL ? vp_provider_find(name) : NULL;
		if (driver != NULL && (driver->capabilities & VP_HAS_PHONE) != 0 &&
			json_array_size(list) < PHONES_MAX) {
			json_array_append(list, entry);
		}
	}
	json_decref(all);
	return list;
}

static void on_row(int err, const struct vp_db_result *res, void *arg)
{
	struct config *config = arg;
	struct vp_http_req *req = vp_http_ref_req(config->ref);
	if (req != NULL && err != 0) {
		answer_db_error(req, "client-config", err, res);
	} else if (req != NULL && vp_db_is_null(res, 0, 0)) {
		vp_http_reply_error(req, 409, "no_active_provider",
			"No active VoIP provider configured. An administrator sets one up (voip "
			"setup), or activates one that is there (voip provider activate); both "
			"also under Settings > VoIP > Providers.");
	} else if (req != NULL) {
		config->numbers = json_loads(vp_db_text(res, 0, 1), 0, NULL);
		config->phones = phones(vp_db_text(res, 0, 2));
		if (config->numbers != NULL && config->phones != NULL &&
			token_ask(config->gw, req, config->who, NULL, on_issued, config)) {
			return;
		}
	}
	config_end(config);
}

void on_client_config(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct config *config = calloc(1, sizeof(*config));
	if (config == NULL) {
		answer_db_error(req, "client-config", ENOMEM, NULL);
		return;
	}
	*config = (struct config){.gw = gw, .ref = vp_http_defer(req), .who = who};
	int err = vp_db_query(gw->db,
		"select (select driver from providers where org_id = $1 and is_active limit 1), "
		"(select coalesce(json_agg(json_build_object('number', e164, 'label', label, "
		"'own', "
		"user_id is not null) order by user_id is null, e164), '[]')::text from (select "
		"e164, label, "
		"user_id from numbers where org_id = $1 and is_active and (user_id is null or "
		"user_id = $2) "
		"order by e164 limit 100) n), "
		"(select coalesce(json_agg(json_build_object('provider_id', id, 'driver', driver) "
		"order by not is_active, priority, id), '[]')::text from providers where org_id = "
		"$1)",
		VP_PARAMS(VP_P_UUID(who->org), VP_P_UUID(who->user)), on_row, config, NULL);
	if (err != 0) {
		answer_db_error(req, "client-config", err, NULL);
		config_end(config);
	}
}
