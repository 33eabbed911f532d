/* Recordings of Twilio's REST API (https://www.twilio.com/docs/voice/api/recording). Builders as in
 * api.h. */
#ifndef VP_TWILIO_RECORDINGS_H
#define VP_TWILIO_RECORDINGS_H
#include <stdbool.h>
#include <stdint.h>
#include "libcommon/provider/twilio/api.h"

/* Of a live call, both sides apart. callback may be NULL. */
int vp_twilio_recording_start(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *call_sid, const char *callback);
/* status: "stopped", "paused" (silence meanwhile), "in-progress". recording_sid NULL: the one that
 * runs. */
int vp_twilio_recording_change(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *call_sid, const char *recording_sid, const char *status);

int vp_twilio_recording_fetch(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *sid);
/* Of a call, of a conference, or (both NULL) of the account. */
int vp_twilio_recording_list(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *call_sid, const char *conference_sid);
int vp_twilio_recording_delete(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *sid);
/* The audio: format "wav" or "mp3"; dual asks for both sides apart. Logs in, since the account may
 * demand it. The caller sets max_body. */
int vp_twilio_recording_media(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *sid, const char *format, bool dual);

/* Texts point into the JSON; NULL: it does not say. */
struct vp_twilio_recording {
	const char *sid, *call_sid, *conference_sid;
	const char
		*status; /* in-progress, paused, stopped, processing, completed, absent, deleted */
	const char *source;
	int duration_s;     /* -1: it does not say */
	int channels;       /* 0: it does not say */
	int64_t started_us; /* 0: it does not say */
};
/* False: json is no recording. */
bool vp_twilio_recording_read(const struct json_t *json, struct vp_twilio_recording *ret);
#endif
