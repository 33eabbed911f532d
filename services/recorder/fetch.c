#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "libcommon/provider/provider.h"
#include "libcommon/settings/settings.h"
#include "services/recorder/fetch.h"
#include "services/recorder/fetches.h"
#include "services/recorder/recorder.h"

#define RENEW_US (FETCH_LEASE_US / 3)
#define SECOND_US 1000000LL

/* --- how a step ends --- */

void fetch_done(struct fetch *f)
{
	f->gone = true;
}

static void say(const struct fetch *f, enum vp_log_level level, const char *what, const char *why,
	int64_t wait_s)
{
	char call[VP_UUID_TEXT_SIZE];
	const struct vp_kv kv[] = {VP_KV_STR("call", call), VP_KV_STR("driver", f->row.driver),
		VP_KV_STR("carrier_id", f->row.carrier_id), VP_KV_STR("why", why),
		VP_KV_INT("attempts", f->row.attempts), VP_KV_INT("again_in_s", wait_s),
		{.type = VP_KV_END}};

	vp_uuid_text(f->row.call, call);
	vp_log_write(level, what, kv);
}

void fetch_failed(struct fetch *f, enum patience kind, unsigned asked_s, const char *why)
{
	struct recorder *r = f->recorder;
	int64_t wait_s = patience_wait_s(kind, f->row.attempts, asked_s);
	int64_t due_us = wait_s < 0 ? 0 : vp_time_us() + wait_s * SECOND_US;
	bool waits = kind == PATIENCE_ABSENT && wait_s >= 0;

	vp_metric_add(wait_s < 0 ? r->metrics.carrier_failed : r->metrics.carrier_retried, 1);
	say(f,
		wait_s < 0 ? VP_LOG_ERROR
		: waits    ? VP_LOG_INFO
			   : VP_LOG_WARN,
		waits ? "carrier_recording.waiting" : "carrier_recording.failed", why, wait_s);
	if (f->row.stored) {
		(void)carrier_row_removed(r->db, &f->row, due_us, 0, why);
	} else {
		(void)carrier_row_failed(
			r->db, &f->row, waits ? "open" : "failed", waits ? "" : why, due_us);
	}
	fetch_done(f);
}

void fetch_refused(struct fetch *f, struct vp_api_result *result)
{
	enum patience kind =
		result->verdict == VP_API_NOT_FOUND || result->verdict == VP_API_REFUSED
			? PATIENCE_STUBBORN
			: PATIENCE_PASSING;

	fetch_failed(f, kind, result->retry_after_ms / 1000, result->sentence);
	vp_api_result_clear(result);
}

/* --- at the carrier: look, delete --- */

void fetch_send(struct fetch *f, vp_httpc_h *h)
{
	struct vp_httpc_req http;

	vp_api_request_http(&f->request, &http);
	if (vp_httpc_send(f->recorder->http, &http, h, f, &f->sending)) {
		fetch_failed(f, PATIENCE_PASSING, 0, "Too many requests to carriers wait already.");
	}
}

void fetch_judge(struct fetch *f, const struct vp_httpc_reply *reply, struct vp_api_result *ret)
{
	f->sending = NULL;
	f->carrier->answer(&f->request, reply, ret);
	vp_api_request_clear(&f->request);
}

static void send_built(struct fetch *f, int err, vp_httpc_h *h)
{
	if (err) {
		fetch_failed(f, err == ENOMEM ? PATIENCE_PASSING : PATIENCE_FINAL, 0,
			"The carrier's name of the recording makes no sense.");
		return;
	}
	fetch_send(f, h);
}

static void on_looked(const struct vp_httpc_reply *reply, void *arg)
{
	struct fetch *f = arg;
	struct vp_api_result result;
	struct carrier_recording recording;

	fetch_judge(f, reply, &result);
	if (result.verdict != VP_API_OK) {
		fetch_refused(f, &result);
		return;
	}
	if (!f->carrier->seen(result.json, &recording)) {
		fetch_failed(f, PATIENCE_STUBBORN, 0,
			"What the carrier says of the recording makes no sense.");
	} else if (recording.state == CARRIER_NEVER) {
		fetch_failed(f, PATIENCE_FINAL, 0,
			"The carrier has no audio of it: it was too short or silent, or was "
			"deleted there.");
	} else if (recording.state == CARRIER_MAKING) {
		fetch_failed(f, PATIENCE_ABSENT, 0, "The carrier has not finished the recording.");
	} else if (f->carrier->media(&f->request, f->config, result.json)) {
		fetch_failed(f, PATIENCE_STUBBORN, 0,
			"The carrier does not say where the recording is.");
	} else {
		f->said_ms = recording.duration_ms;
		f->started_us = recording.started_us ? recording.started_us : f->row.started_us;
		fetch_download(f);
	}
	vp_api_result_clear(&result);
}

static void on_removed(const struct vp_httpc_reply *reply, void *arg)
{
	struct fetch *f = arg;
	struct vp_api_result result;

	fetch_judge(f, reply, &result);
	if (result.verdict != VP_API_OK && result.verdict != VP_API_NOT_FOUND) {
		fetch_refused(f, &result);
		return;
	}
	vp_metric_add(f->recorder->metrics.carrier_deleted, 1);
	say(f, VP_LOG_INFO, "carrier_recording.deleted_there", "", 0);
	(void)carrier_row_removed(f->recorder->db, &f->row, 0, vp_time_us(), "");
	vp_api_result_clear(&result);
	fetch_done(f);
}

/* --- the beginning --- */

static void on_settings(const struct vp_settings *settings, void *arg)
{
	struct fetch *f = arg;
	struct vp_provider_config *config = settings->config;

	f->opening = NULL;
	f->config = config;
	if (!config) {
		fetch_failed(f,
			settings->state == VP_SETTINGS_GONE ? PATIENCE_FINAL : PATIENCE_PASSING, 0,
			vp_settings_sentence(settings->state));
	} else if (f->row.stored) {
		send_built(
			f, f->carrier->remove(&f->request, config, f->row.carrier_id), on_removed);
	} else if (!f->row.carrier_id[0]) {
		fetch_look_for(f);
	} else {
		send_built(f, f->carrier->look(&f->request, config, f->row.carrier_id), on_looked);
	}
}

static void give_up(struct fetch *f)
{
	char why[200];

	snprintf(why, sizeof(why),
		"The process ended each of %d times that it worked on this, so it is left alone. "
		"`voip webhook replay` of its webhook tries it anew.",
		RECORD_UNFINISHED_MAX);
	fetch_name_parts(f); /* takes away what they left */
	fetch_failed(f, PATIENCE_FINAL, 0, why);
}

static void on_claimed(int err, const struct vp_db_result *res, void *arg)
{
	struct fetch *f = arg;

	f->asking = NULL;
	if (err || vp_db_rows(res) == 0) {
		fetch_done(f); /* another recorder has it */
		return;
	}
	f->row.attempts = (unsigned)vp_db_int(res, 0, 0);
	f->row.unfinished = (unsigned)vp_db_int(res, 0, 1);
	f->carrier = carrier_find(f->row.driver);
	if (!f->carrier) {
		fetch_failed(f, PATIENCE_FINAL, 0, "The provider was removed.");
		return;
	}
	if (f->row.unfinished >= RECORD_UNFINISHED_MAX) {
		give_up(f);
		return;
	}
	vp_settings_read(&(struct vp_settings_of){.db = f->recorder->db,
				 .vault = f->recorder->vault,
				 .org = f->row.org,
				 .provider = f->row.provider},
		on_settings, f, &f->opening);
}

int fetch_create(struct fetch **ret, struct recorder *recorder, const struct carrier_row *row)
{
	struct fetch *f = calloc(1, sizeof(*f));
	int err = f ? 0 : ENOMEM;

	if (!err) {
		f->recorder = recorder;
		f->row = *row;
		f->row.node = vp_app_node(recorder->app);
		f->fd = -1;
		f->renew_us = vp_mono_us() + RENEW_US;
		err = carrier_row_claim(recorder->db, &f->row, vp_time_us() + FETCH_LEASE_US,
			on_claimed, f, &f->asking);
	}
	if (err) {
		free(f);
		return err;
	}
	*ret = f;
	return 0;
}

void fetch_renew(struct fetch *f, int64_t now_us)
{
	if (!f->gone && now_us >= f->renew_us) {
		f->renew_us = now_us + RENEW_US;
		(void)carrier_row_renew(f->recorder->db, &f->row, vp_time_us() + FETCH_LEASE_US);
	}
}

struct fetch *fetch_destroy(struct fetch *f)
{
	if (f) {
		vp_db_cancel(f->asking);
		vp_httpc_cancel(f->sending);
		vp_settings_cancel(f->opening);
		vp_provider_config_destroy(f->config);
		vp_api_request_clear(&f->request);
		if (f->fd >= 0) {
			close(f->fd);
		}
		if (f->part[0]) {
			unlink(f->part);
		}
		free(f->encoded.peaks);
		free(f);
	}
	return NULL;
}
