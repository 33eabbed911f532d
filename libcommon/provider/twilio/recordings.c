#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/api_int.h"
#include "libcommon/provider/twilio/recordings.h"

#define MEDIA_TIMEOUT_MS 120000

int vp_twilio_recording_start(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *call_sid, const char *callback)
{
	struct vp_api_field fields[1 + VP_TWILIO_RECORDING_FIELDS] = {
		{"RecordingChannels", "dual"}};
	size_t n = 1 + vp_twilio_recording_callback(callback, fields + 1);

	return vp_twilio_request_for(
		ret, account, "POST", "/Calls/%s/Recordings.json", "CA", call_sid, fields, n);
}

static bool is_status(const char *status)
{
	static const char *const known[] = {"stopped", "paused", "in-progress"};

	for (size_t i = 0; i < VP_ARRAY_LEN(known); i++) {
		if (strcmp(status, known[i]) == 0) {
			return true;
		}
	}
	return false;
}

int vp_twilio_recording_change(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *call_sid, const char *recording_sid, const char *status)
{
	const struct vp_api_field fields[] = {{"Status", status},
		{"PauseBehavior", strcmp(status, "paused") == 0 ? "silence" : NULL}};
	char pattern[96];
	int err;

	if (!is_status(status) || (recording_sid && !vp_twilio_is_sid(recording_sid, "RE"))) {
		return EINVAL;
	}
	snprintf(pattern, sizeof(pattern), "/Calls/%%s/Recordings/%s.json",
		recording_sid ? recording_sid : "Twilio.CURRENT");
	err = vp_twilio_request_for(
		ret, account, "POST", pattern, "CA", call_sid, fields, VP_ARRAY_LEN(fields));
	if (!err) {
		ret->repeatable = true;
	}
	return err;
}

int vp_twilio_recording_fetch(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *sid)
{
	return vp_twilio_request_for(
		ret, account, "GET", "/Recordings/%s.json", "RE", sid, NULL, 0);
}

int vp_twilio_recording_list(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *call_sid, const char *conference_sid)
{
	const struct vp_api_field fields[] = {
		{"CallSid", call_sid}, {"ConferenceSid", conference_sid}};

	return vp_twilio_request(
		ret, account, "GET", "/Recordings.json", fields, VP_ARRAY_LEN(fields));
}

int vp_twilio_recording_delete(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *sid)
{
	return vp_twilio_request_for(
		ret, account, "DELETE", "/Recordings/%s.json", "RE", sid, NULL, 0);
}

int vp_twilio_recording_media(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *sid, const char *format, bool dual)
{
	const struct vp_api_field fields[] = {{"RequestedChannels", dual ? "2" : NULL}};
	char pattern[32];
	int err;

	if (strcmp(format, "wav") != 0 && strcmp(format, "mp3") != 0) {
		return EINVAL;
	}
	snprintf(pattern, sizeof(pattern), "/Recordings/%%s.%s", format);
	err = vp_twilio_request_for(
		ret, account, "GET", pattern, "RE", sid, fields, VP_ARRAY_LEN(fields));
	if (!err) {
		ret->wants_text = true;
		ret->timeout_ms = MEDIA_TIMEOUT_MS;
	}
	return err;
}

bool vp_twilio_recording_read(const struct json_t *json, struct vp_twilio_recording *ret)
{
	const struct vp_twilio_recording recording = {.sid = vp_api_text(json, "sid"),
		.call_sid = vp_api_text(json, "call_sid"),
		.conference_sid = vp_api_text(json, "conference_sid"),
		.status = vp_api_text(json, "status"),
		.source = vp_api_text(json, "source"),
		.duration_s = (int)vp_api_long(json, "duration", -1),
		.channels = (int)vp_api_long(json, "channels", 0),
		.started_us = vp_twilio_time(vp_api_text(json, "start_time"))};

	if (!vp_twilio_is_sid(recording.sid, "RE") || !recording.status) {
		return false;
	}
	*ret = recording;
	return true;
}
