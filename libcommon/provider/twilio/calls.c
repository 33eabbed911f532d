#include <errno.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/api_int.h"
#include "libcommon/provider/twilio/calls.h"

#define TIMEOUT_MAX_S 600
#define TIME_LIMIT_MAX_S 86400
#define PAGE_MAX 1000

/* Exactly one, and not too long. */
static bool one_document(const char *url, const char *twiml, const char *other)
{
	return (url != NULL) + (twiml != NULL) + (other != NULL) == 1 &&
	       (!twiml || strlen(twiml) <= VP_TWILIO_TWIML_MAX);
}

static bool is_good(const struct vp_twilio_dial *dial)
{
	return dial->to && dial->from && dial->timeout_s <= TIMEOUT_MAX_S &&
	       dial->time_limit_s <= TIME_LIMIT_MAX_S &&
	       one_document(dial->url, dial->twiml, dial->application_sid) &&
	       (!dial->application_sid || vp_twilio_is_sid(dial->application_sid, "AP"));
}

int vp_twilio_call_create(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const struct vp_twilio_dial *dial)
{
	char timeout[VP_API_NUMBER_SIZE], limit[VP_API_NUMBER_SIZE];
	struct vp_api_field fields[16 + VP_TWILIO_CALLBACK_FIELDS + VP_TWILIO_RECORDING_FIELDS] = {
		{"To", dial->to}, {"From", dial->from}, {"Url", dial->url},
		{"Method", dial->url ? "POST" : NULL}, {"Twiml", dial->twiml},
		{"ApplicationSid", dial->application_sid},
		{"Timeout", vp_api_number(dial->timeout_s, timeout)},
		{"TimeLimit", vp_api_number(dial->time_limit_s, limit)},
		{"SendDigits", dial->send_digits}, {"Record", dial->record ? "true" : NULL},
		{"RecordingChannels", dial->record ? "dual" : NULL},
		{"MachineDetection", dial->detect_machine ? "Enable" : NULL}};
	size_t n = 12;

	if (!is_good(dial)) {
		return EINVAL;
	}
	n += vp_twilio_status_callback(dial->status_callback, fields + n);
	if (dial->record) {
		n += vp_twilio_recording_callback(dial->recording_callback, fields + n);
	}
	return vp_twilio_request(ret, account, "POST", "/Calls.json", fields, n);
}

int vp_twilio_call_update(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *call_sid, const struct vp_twilio_call_change *change)
{
	const char *status = change->status;
	const struct vp_api_field fields[] = {{"Status", status}, {"Url", change->url},
		{"Method", change->url ? "POST" : NULL}, {"Twiml", change->twiml}};
	int err;

	if (!one_document(change->url, change->twiml, status) ||
		(status && strcmp(status, "completed") != 0 && strcmp(status, "canceled") != 0)) {
		return EINVAL;
	}
	err = vp_twilio_request_for(ret, account, "POST", "/Calls/%s.json", "CA", call_sid, fields,
		VP_ARRAY_LEN(fields));
	if (!err) {
		ret->repeatable = status != NULL; /* a document would start anew */
	}
	return err;
}

int vp_twilio_call_fetch(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *call_sid)
{
	return vp_twilio_request_for(
		ret, account, "GET", "/Calls/%s.json", "CA", call_sid, NULL, 0);
}

int vp_twilio_call_list(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const struct vp_twilio_call_filter *filter)
{
	char from[VP_TWILIO_TIME_SIZE], to[VP_TWILIO_TIME_SIZE], size[VP_API_NUMBER_SIZE];
	const struct vp_api_field fields[] = {{"To", filter->to}, {"From", filter->from},
		{"Status", filter->status}, {"ParentCallSid", filter->parent_sid},
		{"StartTime>", vp_twilio_time_text(filter->started_from_us, from)},
		{"StartTime<", vp_twilio_time_text(filter->started_to_us, to)},
		{"PageSize", vp_api_number(filter->page_size, size)}};

	if (filter->page_size > PAGE_MAX) {
		return EINVAL;
	}
	return vp_twilio_request(ret, account, "GET", "/Calls.json", fields, VP_ARRAY_LEN(fields));
}

static bool is_last(const char *status)
{
	static const char *const last[] = {"completed", "busy", "failed", "no-answer", "canceled"};

	for (size_t i = 0; i < VP_ARRAY_LEN(last) && status; i++) {
		if (strcmp(status, last[i]) == 0) {
			return true;
		}
	}
	return false;
}

bool vp_twilio_call_read(const struct json_t *json, struct vp_twilio_call *ret)
{
	const struct vp_twilio_call call = {.sid = vp_api_text(json, "sid"),
		.parent_sid = vp_api_text(json, "parent_call_sid"),
		.status = vp_api_text(json, "status"),
		.direction = vp_api_text(json, "direction"),
		.to = vp_api_text(json, "to"),
		.from = vp_api_text(json, "from"),
		.answered_by = vp_api_text(json, "answered_by"),
		.started_us = vp_twilio_time(vp_api_text(json, "start_time")),
		.ended_us = vp_twilio_time(vp_api_text(json, "end_time")),
		.duration_s = (int)vp_api_long(json, "duration", -1),
		.is_over = is_last(vp_api_text(json, "status"))};

	if (!vp_twilio_is_sid(call.sid, "CA") || !call.status) {
		return false;
	}
	*ret = call;
	return true;
}
