/* Recordings of Telnyx (https://developers.telnyx.com/api/call-recordings). Builders as in api.h.
 * download_urls live minutes only: keep the id, fetch them anew, and send no key to their host. */
#ifndef VP_TELNYX_RECORDINGS_H
#define VP_TELNYX_RECORDINGS_H
#include "libcommon/provider/telnyx/api.h"

int vp_telnyx_recording_fetch(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *recording_id);
/* Of a session or of one leg; the other is NULL. */
int vp_telnyx_recording_list(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *call_session_id, const char *call_leg_id);
int vp_telnyx_recording_delete(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *recording_id);

/* Texts point into the JSON; NULL: it does not say. */
struct vp_telnyx_recording {
	const char *id, *call_leg_id, *call_session_id, *status, *started_at, *ended_at;
	const char *mp3_url, *wav_url;
	long duration_ms; /* -1: it does not say */
	int channels;     /* 2: "dual"; 1; 0: it does not say */
};
/* json: an entry of data. False: it is no recording. */
bool vp_telnyx_recording_read(const struct json_t *json, struct vp_telnyx_recording *ret);
#endif
