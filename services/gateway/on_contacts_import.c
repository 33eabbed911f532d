/* POST /api/voip/import: contacts from JSON or CSV. What is valid is stored, all of it at once;
 * what is not is named with its row. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/domain/import.h"
#include "services/gateway/handlers.h"

/* What the answer says beside the database's counts. */
struct outcome {
	size_t n_rows, n_refused;
	char *errors; /* JSON, in the request's memory */
};

static void answer(
	struct vp_http_req *req, const struct outcome *outcome, int64_t created, int64_t updated)
{
	answer_json(req, 200,
		json_pack("{s:b, s:I, s:I, s:I, s:I, s:o}", "success", created + updated > 0,
			"rows", (json_int_t)outcome->n_rows, "created", (json_int_t)created,
			"updated", (json_int_t)updated, "refused", (json_int_t)outcome->n_refused,
			"errors", json_loads(outcome->errors, 0, NULL)));
}

static void on_stored(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	(void)gw;
	(void)who;
	answer(req, data, vp_db_int(res, 0, 0), vp_db_int(res, 0, 1));
}

static struct outcome *remember(struct vp_http_req *req, const struct import *import)
{
	VP_CLEANUP(vp_freep) char *errors = json_dumps(import->errors, JSON_COMPACT);
	struct outcome *outcome = vp_http_alloc(req, sizeof(*outcome));
	size_t size = errors ? strlen(errors) + 1 : 0;

	*outcome = (struct outcome){.n_rows = import->n_rows, .n_refused = import->n_refused};
	outcome->errors = vp_http_alloc(req, size + 1);
	if (errors) {
		memcpy(outcome->errors, errors, size);
	}
	return outcome;
}

static void store(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct import *import)
{
	struct outcome *outcome = remember(req, import);
	VP_CLEANUP(vp_freep) char *rows = json_dumps(import->rows, JSON_COMPACT);
	char user[VP_UUID_TEXT_SIZE];

	if (json_array_size(import->rows) == 0) {
		answer(req, outcome, 0, 0);
		return;
	}
	vp_uuid_text(who->user, user);
	struct vp_db_param params[] = {VP_P_UUID(who->org), VP_P_TEXT(rows),
		VP_P_TIME(vp_time_us()), VP_P_UUID(vp_uuid_new()),
		VP_P_TEXT(who->kind == IDENTITY_TOKEN ? "token" : "user"), VP_P_TEXT(user),
		VP_P_TEXT(vp_http_remote(req))};
	db_ask(gw, req, who,
		&(struct db_ask){.place = "import",
			.sql = import_sql,
			.params = params,
			.n_params = VP_ARRAY_LEN(params),
			.h = on_stored,
			.data = outcome});
}

static bool is_type(const char *content_type, const char *type)
{
	size_t len = strlen(type);

	return content_type && strncasecmp(content_type, type, len) == 0 &&
	       strchr("; ", content_type[len]) != NULL; /* the NUL is found too */
}

/* EPROTONOSUPPORT: neither JSON nor CSV. */
static int read_body(struct vp_http_req *req, const struct contact_kind *type, const char *region,
	struct import *ret, struct import_fault *ret_fault)
{
	const char *content_type = vp_http_header(req, "content-type");
	size_t len;
	const char *body = vp_http_body(req, &len);

	if (is_type(content_type, "application/json")) {
		return import_read_json(body, len, type, region, ret, ret_fault);
	}
	if (!is_type(content_type, "text/csv")) {
		return EPROTONOSUPPORT;
	}
	VP_CLEANUP(vp_freep) char *copy = malloc(len + 1);
	if (!copy) {
		return ENOMEM;
	}
	memcpy(copy, body, len);
	copy[len] = '\0';
	return import_read_csv(copy, len, type, region, ret, ret_fault);
}

void on_contacts_import(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	const char *named = vp_http_query(req, "type");
	const struct contact_kind *type = contact_kind_named(named && *named ? named : "person");
	struct import import;
	struct import_fault fault;
	int err;

	if (!type) {
		vp_http_reply_error(req, 400, "bad_parameter", "type is person, lead or deal.");
		return;
	}
	err = read_body(req, type, who->default_region, &import, &fault);
	if (err == EPROTONOSUPPORT) {
		vp_http_reply_error(req, 415, "unsupported_media_type",
			"Send application/json (an array of rows) or text/csv.");
	} else if (err == EINVAL) {
		vp_http_reply_error(req, 400, fault.error, fault.message);
	} else if (err) {
		answer_db_error(req, "import.read", err, NULL);
	} else {
		store(gw, req, who, &import);
		import_free(&import);
	}
}
