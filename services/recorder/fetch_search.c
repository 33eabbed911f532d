/* Which recordings does the carrier have of this call? Asked when no webhook has said it, and of a
 * carrier whose webhooks do not name the recording. What is another row's already is not taken
 * again. */
#include <errno.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/metrics/metrics.h"
#include "services/recorder/fetch.h"
#include "services/recorder/fetches.h"
#include "services/recorder/recorder.h"

enum { LISTED_MAX = 50 };

static void on_named(int err, void *arg)
{
	struct fetch *f = arg;

	if (!err) {
		fetches_look_now(f->recorder);
	}
	fetch_done(f); /* on an error the lease runs out, and it is looked for again */
}

static void on_free(int err, const struct vp_db_result *res, void *arg)
{
	struct fetch *f = arg;
	struct recorder *r = f->recorder;
	size_t n = err ? 0 : vp_db_rows(res);

	f->asking = NULL;
	if (err) {
		fetch_failed(f, PATIENCE_PASSING, 0, "The database does not answer.");
		return;
	}
	if (n == 0) {
		(void)carrier_row_surplus(r->db, &f->row);
		fetch_done(f);
		return;
	}
	vp_metric_add(r->metrics.carrier_found, (int64_t)n);
	for (size_t i = 1; i < n; i++) {
		(void)carrier_row_add(r->db, &f->row, vp_db_text(res, i, 0));
	}
	if (carrier_row_name(r->db, &f->row, vp_db_text(res, 0, 0), vp_time_us(), on_named, f)) {
		fetch_done(f);
	}
}

/* Ids that are ready go into ids; the number of them. */
static size_t sort_out(const struct fetch *f, const struct json_t *json, struct vp_db_array *ids,
	size_t *ret_making, size_t *ret_never)
{
	struct carrier_recording recording;
	size_t ready = 0;

	*ret_making = 0;
	*ret_never = 0;
	for (size_t i = 0; i < LISTED_MAX && f->carrier->listed(json, i, &recording); i++) {
		bool named = recording.id[0] != '\0';
		*ret_making += named && recording.state == CARRIER_MAKING;
		*ret_never += named && recording.state == CARRIER_NEVER;
		if (named && recording.state == CARRIER_READY) {
			vp_db_array_put(ids, recording.id, strlen(recording.id));
			ready++;
		}
	}
	return ready;
}

static void take_list(struct fetch *f, const struct json_t *json)
{
	struct vp_db_array *ids = vp_db_array_create(VP_DB_ARRAY_TEXT);
	size_t making, never;

	if (!ids) {
		fetch_failed(f, PATIENCE_PASSING, 0, "The service is out of memory.");
	} else if (sort_out(f, json, ids, &making, &never) > 0) {
		if (carrier_rows_free(f->recorder->db, &f->row, ids, on_free, f, &f->asking)) {
			fetch_failed(f, PATIENCE_PASSING, 0, "The database does not answer.");
		}
	} else if (making == 0 && never > 0) {
		fetch_failed(f, PATIENCE_FINAL, 0,
			"The carrier has no audio of the call: it was too short or silent.");
	} else {
		fetch_failed(
			f, PATIENCE_ABSENT, 0, "The carrier has made no recording of this call.");
	}
	vp_db_array_destroy(ids);
}

static void on_listed(const struct vp_httpc_reply *reply, void *arg)
{
	struct fetch *f = arg;
	struct vp_api_result result;

	fetch_judge(f, reply, &result);
	if (result.verdict != VP_API_OK) {
		fetch_refused(f, &result);
		return;
	}
	take_list(f, result.json);
	vp_api_result_clear(&result);
}

void fetch_look_for(struct fetch *f)
{
	if (!f->row.carrier_call[0] ||
		f->carrier->list(&f->request, f->config, f->row.carrier_call)) {
		fetch_failed(f, PATIENCE_FINAL, 0,
			"The carrier's name of the call was never told, so its recording cannot "
			"be looked for.");
		return;
	}
	fetch_send(f, on_listed);
}
