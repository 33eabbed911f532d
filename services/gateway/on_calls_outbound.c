/* POST /api/voip/calls/outbound: the user's own tabs ring first, the number is dialled when one
 * answers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "proto/call.pb-c.h"
#include "services/gateway/dial.h"
#include "services/gateway/domain/call_json.h"
#include "services/gateway/handlers.h"

struct outbound {
	struct vp_http_ref *ref;
};

static void on_dialed(const struct vp_bus_reply *reply, void *arg)
{
	struct outbound *outbound = arg;
	struct vp_http_req *req = vp_http_ref_req(outbound->ref);
	if (req != NULL && reply->status >= 400) {
		answer_bus_error(req, reply);
	} else if (req != NULL) {
		Ringmain__V1__CallDialed *dialed =
			ringmain__v1__call_dialed__unpack(NULL, reply->len, reply->data);
		answer_json(req, 200,
			dialed == NULL
				? NULL
				: json_pack("{s:s, s:s, s:s, s:s}", "message", "Call initiated",
					  "sid", dialed->call_id, "call_id", dialed->call_id,
					  "status", call_status_word(dialed->status)));
		ringmain__v1__call_dialed__free_unpacked(dialed, NULL);
	}
	vp_http_ref_drop(outbound->ref);
	free(outbound);
}

/* A text member within its limit; false: it has answered. */
static bool read_text(struct vp_http_req *req, const json_t *body, const char *name, size_t max,
	const char **ret_text)
{
	const json_t *value = json_object_get(body, name);
	*ret_text = "";
	if (value == NULL || json_is_null(value)) {
		return true;
	}
	*ret_text = json_string_value(value);
	if (*ret_text == NULL || strlen(*ret_text) > max) {
		answer_field(req, "invalid", name, "This must be a text, and not that long.");
		return false;
	}
	return true;
}

/* CRMs have numbers as ids. */
static bool read_id(struct vp_http_req *req, const json_t *body, char id[24], const char **ret_text)
{
	const json_t *value = json_object_get(body, "entity_id");
	if (json_is_integer(value)) {
		snprintf(id, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		*ret_text = id;
		return true;
	}
	return read_text(req, body, "entity_id", 64, ret_text);
}

static bool read_body(struct vp_http_req *req, const struct identity *who, const json_t *body,
	struct dial *dial, char id[24])
{
	if (!read_text(req, body, "to_number", DIAL_NUMBER_MAX, &dial->to) ||
		!read_text(req, body, "from_number", DIAL_NUMBER_MAX, &dial->from) ||
		!read_text(req, body, "entity_type", 16, &dial->entity_type) ||
		!read_id(req, body, id, &dial->entity_id) ||
		!read_text(req, body, "idempotency_key", DIAL_KEY_MAX, &dial->key)) {
		return false;
	}
	const char *header = vp_http_header(req, "idempotency-key");
	if (dial->key[0] == '\0' && header != NULL && strlen(header) <= DIAL_KEY_MAX) {
		dial->key = header;
	}
	const char *error, *fault = dial_number_fault(who, dial->to, &error);
	if (fault != NULL) {
		answer_field(req, error, "to_number", fault);
		return false;
	}
	return true;
}

static void start(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct dial *dial)
{
	struct dial_op *op;
	struct outbound *outbound = malloc(sizeof(*outbound));
	if (outbound == NULL) {
		answer_db_error(req, "outbound", ENOMEM, NULL);
		return;
	}
	outbound->ref = vp_http_defer(req);
	int err = dial_start(gw, who, dial, on_dialed, outbound, &op);
	if (err == EINVAL) {
		answer_field(req, "invalid", "entity_id",
			"Send entity_type lead, person or deal, and its id.");
	} else if (err != 0) {
		vp_http_reply_error(
			req, 503, "unavailable", "Calls cannot be placed right now. Try again.");
	}
	if (err != 0) {
		vp_http_ref_drop(outbound->ref);
		free(outbound);
	}
}

void on_calls_outbound(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct dial dial = {.sdp = "", .session = ""};
	char id[24];
	unsigned wait_s;
	json_t *body = body_object(req);
	if (body == NULL) {
		return;
	}
	if (read_body(req, who, body, &dial, id)) {
		if (dial_allowed(gw, who, &wait_s)) {
			start(gw, req, who, &dial);
		} else {
			answer_too_many(req, wait_s);
		}
	}
	json_decref(body);
}
