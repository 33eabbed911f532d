#include <errno.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/telnyx/api_int.h"
#include "libcommon/provider/telnyx/recordings.h"

int vp_telnyx_recording_fetch(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *recording_id)
{
	return vp_telnyx_request_for(ret, account, "GET", "/recordings/%s", recording_id, NULL);
}

int vp_telnyx_recording_list(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *call_session_id, const char *call_leg_id)
{
	const struct vp_api_field fields[] = {{"filter[call_session_id]", call_session_id},
		{"filter[call_leg_id]", call_leg_id}, {"page[size]", "50"}};

	if ((call_session_id != NULL) == (call_leg_id != NULL)) {
		return EINVAL;
	}
	return vp_telnyx_list(ret, account, "/recordings", fields, VP_ARRAY_LEN(fields));
}

int vp_telnyx_recording_delete(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *recording_id)
{
	return vp_telnyx_request_for(ret, account, "DELETE", "/recordings/%s", recording_id, NULL);
}

static int channels(const char *word)
{
	return !word ? 0 : strcmp(word, "dual") == 0 ? 2 : strcmp(word, "single") == 0;
}

bool vp_telnyx_recording_read(const struct json_t *json, struct vp_telnyx_recording *ret)
{
	const json_t *urls = json_object_get(json, "download_urls");
	const struct vp_telnyx_recording recording = {.id = vp_api_text(json, "id"),
		.call_leg_id = vp_api_text(json, "call_leg_id"),
		.call_session_id = vp_api_text(json, "call_session_id"),
		.status = vp_api_text(json, "status"),
		.started_at = vp_api_text(json, "recording_started_at"),
		.ended_at = vp_api_text(json, "recording_ended_at"),
		.mp3_url = vp_api_text(urls, "mp3"),
		.wav_url = vp_api_text(urls, "wav"),
		.duration_ms = vp_api_long(json, "duration_millis", -1),
		.channels = channels(vp_api_text(json, "channels"))};

	if (!recording.id || recording.id[0] == '\0') {
		return false;
	}
	*ret = recording;
	return true;
}
