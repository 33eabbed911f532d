/* POST /api/voip/token: a short-lived token for a softphone. A trunk's password never leaves us, so
 * the guide's "password" is always null. */
#include <errno.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "services/gateway/handlers.h"
#include "services/gateway/token_json.h"

struct issue {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who; /* of the request */
};

static void on_issued(const struct vp_bus_reply *reply, void *arg)
{
	struct issue *issue = arg;
	struct vp_http_req *req = vp_http_ref_req(issue->ref);
	if (req != NULL && reply->status >= 400) {
		answer_bus_error(req, reply);
	} else if (req != NULL) {
		answer_json(req, 200, token_json(issue->gw, req, issue->who, reply));
	}
	vp_http_ref_drop(issue->ref);
	free(issue);
}

/* The provider that the body names, "" without one; false: answered. */
static bool read_provider(struct vp_http_req *req, char ret[VP_UUID_TEXT_SIZE])
{
	size_t len;
	struct vp_uuid id;
	(void)vp_http_body(req, &len);
	ret[0] = '\0';
	if (len == 0) {
		return true; /* as clients of the guide ask */
	}
	json_t *body = body_object(req);
	if (body == NULL) {
		return false;
	}
	const json_t *value = json_object_get(body, "provider_id");
	const char *text = json_string_value(value);
	bool good = value == NULL || (text != NULL && vp_uuid_parse(text, &id));
	if (!good) {
		answer_field(req, "invalid", "provider_id",
			"Send the id of a provider, or nothing for the active one.");
	} else if (text != NULL) {
		vp_uuid_text(id, ret);
	}
	json_decref(body);
	return good;
}

static void ask(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const char *provider)
{
	struct issue *issue = malloc(sizeof(*issue));
	if (issue == NULL) {
		answer_db_error(req, "token", ENOMEM, NULL);
		return;
	}
	*issue = (struct issue){gw, vp_http_defer(req), who};
	if (!token_ask(gw, req, who, provider, on_issued, issue)) {
		vp_http_ref_drop(issue->ref);
		free(issue);
	}
}

void on_voip_token(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	char provider[VP_UUID_TEXT_SIZE];
	if (read_provider(req, provider)) {
		ask(gw, req, who, provider);
	}
}
