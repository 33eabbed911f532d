#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/config_hint.h"
#include "libcommon/log/log.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/adapters/trunk_health.h"
#include "services/gateway/providers.h"

#define VERSION_MAX 2147483647

void providers_not_sealed(struct vp_http_req *req, int err)
{
	if (err == EINVAL || err == ENOKEY || err == EACCES) {
		vp_log(ERROR, "secret.not_sealed", VP_KV_ERR(err));
		vp_http_reply_error(req, 503, "no_key",
			"Secrets cannot be stored: the gateway has no key. `voip init-secrets` "
			"makes "
			"one; VOIP_KEK_FILE names it.");
	} else {
		answer_db_error(req, "secret.seal", err, NULL);
	}
}

static const char sql_get[] =
	"select " PROVIDER_COLUMNS PROVIDER_FROM "where p.org_id = $1 and p.id = $2";

void providers_not_found(struct vp_http_req *req)
{
	vp_http_reply_error(req, 404, "not_found", "There is no such provider.");
}

void providers_conflict(struct vp_http_req *req)
{
	vp_http_reply_error(req, 409, "changed",
		"Somebody else changed this in the meantime. Load it again, then make your "
		"change.");
}

bool providers_id(struct vp_http_req *req, struct vp_uuid *ret_id)
{
	if (vp_uuid_parse(vp_http_param(req, "id"), ret_id)) {
		return true;
	}
	providers_not_found(req);
	return false;
}

struct finding {
	providers_row_h *h;
	void *data;
};

static void on_found(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	const struct finding *finding = data;

	if (vp_db_rows(res) == 0) {
		providers_not_found(req);
		return;
	}
	finding->h(gw, req, who, res, finding->data);
}

void providers_find(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, providers_row_h *h, void *data)
{
	struct finding *finding = vp_http_alloc(req, sizeof(*finding));
	struct vp_db_param params[] = {VP_P_UUID(who->org), VP_P_UUID(id)};

	*finding = (struct finding){h, data};
	db_ask(gw, req, who,
		&(struct db_ask){.place = "provider",
			.sql = sql_get,
			.params = params,
			.n_params = VP_ARRAY_LEN(params),
			.h = on_found,
			.data = finding});
}

json_t *providers_shown(struct gateway *gw, const struct vp_db_result *res, size_t row)
{
	/* of a carrier with an API the controllers tell by its own id, and only when it fails */
	const enum provider_column id =
		vp_db_is_null(res, row, PROVIDER_TRUNK) ? PROVIDER_ID : PROVIDER_TRUNK;

	return provider_json(res, row,
		trunk_health_word(gw->trunk_health, vp_db_uuid(res, row, id), vp_mono_us()));
}

struct sending {
	int status;
	const char *message;
};

static void send_row(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	const struct sending *sending = data;
	json_t *provider = providers_shown(gw, res, 0);
	json_t *body = provider ? json_pack("{s:b, s:o}", "success", 1, "data", provider) : NULL;
	VP_CLEANUP(vp_freep)
	char *tag = vp_strf("\"%lld\"", (long long)vp_db_int(res, 0, PROVIDER_VERSION));

	(void)who;
	if (body && sending->message) {
		json_object_set_new(body, "message", json_string(sending->message));
	}
	vp_http_add_header(req, "etag", tag ? tag : "");
	answer_json(req, sending->status, body);
}

void providers_send(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, int status, const char *message)
{
	struct sending *sending = vp_http_alloc(req, sizeof(*sending));
	char text[VP_UUID_TEXT_SIZE];

	*sending = (struct sending){status, message};
	if (status == 201) {
		vp_uuid_text(id, text);
		VP_CLEANUP(vp_freep) char *place = vp_strf("/admin/voip/providers/%s", text);

		vp_http_add_header(req, "location", place ? place : "");
	}
	providers_find(gw, req, who, id, send_row, sending);
}

void providers_tell(struct gateway *gw, struct vp_uuid org, struct vp_uuid id)
{
	vp_bus_tell_config(gw->bus, org, "providers", id);
}

bool providers_version(struct vp_http_req *req, int64_t of_body, int64_t *ret_version)
{
	const char *text = vp_http_header(req, "if-match");
	char *end;
	long number;

	*ret_version = of_body;
	if (!text) {
		return true;
	}
	number = *text == '"' ? strtol(text + 1, &end, 10) : 0;
	if (number < 1 || number > VERSION_MAX || strcmp(end, "\"") != 0) {
		vp_http_reply_error(req, 400, "bad_request",
			"If-Match must be the ETag of the answer that was read.");
		return false;
	}
	*ret_version = number;
	return true;
}
