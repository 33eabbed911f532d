#include <errno.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/contacts.h"
#include "services/gateway/sockets.h"

/* What a query under way has to remember. */
struct job {
	const struct contact_kind *kind;
	struct vp_uuid id;
	int status;
};

void contacts_not_found(struct vp_http_req *req)
{
	vp_http_reply_error(req, 404, "not_found", "There is no such contact.");
}

static void send_contact(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	const struct job *job = data;
	(void)gw;
	(void)who;

	if (vp_db_rows(res) == 0) {
		contacts_not_found(req);
		return;
	}
	answer_json(req, job->status, contact_json(job->kind, res));
}

void contacts_send(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct contact_kind *kind, struct vp_uuid id, int status)
{
	struct job *job = vp_http_alloc(req, sizeof(*job));
	struct vp_db_param params[] = {VP_P_UUID(who->org), VP_P_UUID(id)};

	*job = (struct job){.kind = kind, .id = id, .status = status};
	db_ask(gw, req, who,
		&(struct db_ask){.place = "contact",
			.sql = kind->sql_get,
			.params = params,
			.n_params = VP_ARRAY_LEN(params),
			.h = send_contact,
			.data = job});
}

static void on_stored(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	const struct job *job = data;
	char id[VP_UUID_TEXT_SIZE];

	if (vp_db_rows(res) == 0) {
		contacts_not_found(req);
		return;
	}
	sockets_announce_contact(gw->sockets, who->org, job->kind->name, job->id);
	vp_uuid_text(job->id, id);
	if (job->status == 201) {
		VP_CLEANUP(vp_freep)
		char *place = vp_strf("/api/voip/%s/%s", job->kind->plural, id);

		vp_http_add_header(req, "location", place ? place : "");
	}
	contacts_send(gw, req, who, job->kind, job->id, job->status);
}

static bool refused(struct vp_http_req *req, int err, void *data)
{
	(void)data;
	if (err == EEXIST) {
		vp_http_reply_error(req, 409, "duplicate",
			"Another contact of this kind has the same external_id.");
	} else {
		vp_http_reply_error(req, 422, "invalid",
			"It names a person, lead or user that does not exist.");
	}
	return true;
}

static void answer_faults(struct vp_http_req *req, const struct contact_faults *faults)
{
	json_t *fields = json_object();

	for (size_t i = 0; i < faults->count; i++) {
		if (!json_object_get(fields, faults->item[i].field)) {
			json_object_set_new(fields, faults->item[i].field,
				json_string(faults->item[i].message));
		}
	}
	answer_json(req, 422,
		json_pack("{s:s, s:s, s:o}", "error", faults->item[0].error, "message",
			faults->item[0].message, "fields", fields));
}

static void store_row(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct contacts_store *store, const json_t *row)
{
	struct job *job = vp_http_alloc(req, sizeof(*job));
	VP_CLEANUP(vp_freep) char *text = json_dumps(row, JSON_COMPACT);
	char user[VP_UUID_TEXT_SIZE];

	*job = (struct job){.kind = store->kind, .id = store->id, .status = store->status};
	vp_uuid_text(who->user, user);
	struct vp_db_param params[] = {VP_P_UUID(who->org), VP_P_UUID(store->id), VP_P_TEXT(text),
		VP_P_TIME(vp_time_us()), VP_P_UUID(vp_uuid_new()),
		VP_P_TEXT(who->kind == IDENTITY_TOKEN ? "token" : "user"), VP_P_TEXT(user),
		VP_P_TEXT(vp_http_remote(req))};
	db_ask(gw, req, who,
		&(struct db_ask){.place = "contact.store",
			.sql = store->sql,
			.params = params,
			.n_params = VP_ARRAY_LEN(params),
			.h = on_stored,
			.refused = refused,
			.data = job});
}

void contacts_store(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct contacts_store *store)
{
	json_t *body = body_object(req), *row = NULL;
	struct contact_faults faults;
	int err;

	if (!body) {
		return;
	}
	err = contact_input_read(
		store->kind, store->mode, who->default_region, body, &row, &faults);
	if (err == EINVAL) {
		answer_faults(req, &faults);
	} else if (err) {
		answer_db_error(req, "contact.read", err, NULL);
	} else {
		store_row(gw, req, who, store, row);
	}
	json_decref(row);
	json_decref(body);
}
