#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/recording.h"

struct search {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who; /* of the request */
	recording_h *h;
};

/* The call's user counts: a recording may have been opened before anybody took the call. */
static const char sql[] =
	"select r.state, coalesce(c.user_id, r.user_id), r.id, r.call_id, r.object_key, r.disk, "
	"r.format, "
	"(extract(epoch from r.started_at) * 1000000)::bigint, r.duration_ms, r.channels, r.peaks, "
	"r.error "
	"from recordings r left join calls c on c.org_id = r.org_id and c.id = r.call_id "
	"where r.org_id = $1 and r.id = $2";

bool recording_key_ok(const char *key)
{
	if (key[0] == '\0' || key[0] == '/' || key[strlen(key) - 1] == '/') {
		return false;
	}
	for (const char *at = key; *at != '\0'; at += *at == '/') {
		size_t len = strcspn(at, "/");
		if (len == 0 || at[0] == '.') {
			return false;
		}
		at += len;
	}
	return true;
}

static bool may_hear(const struct identity *who, const struct vp_db_result *res)
{
	bool own = !vp_db_is_null(res, 0, 1) && vp_uuid_equal(vp_db_uuid(res, 0, 1), who->user);
	return own || identity_may(who, "voip.all_calls");
}

static void serve(struct search *search, struct vp_http_req *req, const struct vp_db_result *res)
{
	size_t n_peaks = 0;
	VP_CLEANUP(vp_freep) uint8_t *peaks = vp_db_bytes(res, 0, 10, &n_peaks);
	struct recording rec = {.id = vp_db_uuid(res, 0, 2),
		.call = vp_db_uuid(res, 0, 3),
		.key = vp_db_text(res, 0, 4),
		.disk = vp_db_text(res, 0, 5),
		.format = vp_db_text(res, 0, 6),
		.started_us = vp_db_int(res, 0, 7),
		.duration_ms = vp_db_int(res, 0, 8),
		.channels = (unsigned)vp_db_int(res, 0, 9),
		.peaks = peaks,
		.n_peaks = peaks != NULL ? n_peaks : 0};
	search->h(search->gw, req, search->who, &rec);
}

static void decide(struct search *search, struct vp_http_req *req, const struct vp_db_result *res)
{
	const char *state = vp_db_rows(res) != 0 ? vp_db_text(res, 0, 0) : "deleted";
	if (strcmp(state, "deleted") == 0 || !may_hear(search->who, res)) {
		vp_http_reply_error(req, 404, "not_found", "There is no such recording.");
	} else if (strcmp(state, "open") == 0) {
		vp_http_reply_error(req, 409, "not_ready",
			"The recording is still being stored. Try again in a few seconds.");
	} else if (strcmp(state, "failed") == 0) {
		const char *why = vp_db_text(res, 0, 11);
		vp_http_reply_error(req, 409, "failed",
			why[0] != '\0' ? why : "The recording could not be stored.");
	} else {
		serve(search, req, res);
	}
}

static void on_row(int err, const struct vp_db_result *res, void *arg)
{
	struct search *search = arg;
	struct vp_http_req *req = vp_http_ref_req(search->ref);
	if (req != NULL && err != 0) {
		answer_db_error(req, "recording", err, res);
	} else if (req != NULL) {
		decide(search, req, res);
	}
	vp_http_ref_drop(search->ref);
	free(search);
}

void recording_find(
	struct gateway *gw, struct vp_http_req *req, const struct identity *who, recording_h *h)
{
	struct vp_uuid id;
	if (!vp_uuid_parse(vp_http_param(req, "id"), &id)) {
		vp_http_reply_error(req, 404, "not_found", "There is no such recording.");
		return;
	}
	struct search *search = malloc(sizeof(*search));
	if (search == NULL) {
		answer_db_error(req, "recording", ENOMEM, NULL);
		return;
	}
	*search = (struct search){gw, vp_http_defer(req), who, h};
	int err = vp_db_query(
		gw->db, sql, VP_PARAMS(VP_P_UUID(who->org), VP_P_UUID(id)), on_row, search, NULL);
	if (err != 0) {
		answer_db_error(req, "recording", err, NULL);
		vp_http_ref_drop(search->ref);
		free(search);
	}
}
