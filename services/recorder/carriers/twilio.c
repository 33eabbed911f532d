/* Twilio. A leg that is recorded with two channels has its own voice in the first and what it heard
 * in the second (https://www.twilio.com/docs/voice/api/recording). */
#include <errno.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/recordings.h"
#include "services/recorder/carriers/carrier.h"

#define MS_PER_S 1000

static enum carrier_state state_of(const char *status)
{
	static const char *const never[] = {"absent", "deleted", "failed"};

	for (size_t i = 0; i < VP_ARRAY_LEN(never); i++) {
		if (strcmp(status, never[i]) == 0) {
			return CARRIER_NEVER;
		}
	}
	return strcmp(status, "completed") == 0 ? CARRIER_READY : CARRIER_MAKING;
}

static bool seen(const struct json_t *json, struct carrier_recording *ret)
{
	struct vp_twilio_recording recording;

	*ret = (struct carrier_recording){0};
	if (!vp_twilio_recording_read(json, &recording)) {
		return false;
	}
	ret->state = state_of(recording.status);
	ret->duration_ms = recording.duration_s < 0 ? -1 : (int64_t)recording.duration_s * MS_PER_S;
	ret->started_us = recording.started_us;
	return vp_strcopy(ret->id, sizeof(ret->id), recording.sid);
}

static int list(
	struct vp_api_request *ret, const struct vp_provider_config *config, const char *call)
{
	struct vp_twilio_account account;

	vp_twilio_account_of(config, &account);
	return vp_twilio_is_sid(call, "CA") ? vp_twilio_recording_list(ret, &account, call, NULL)
					    : EINVAL;
}

static bool listed(const struct json_t *json, size_t i, struct carrier_recording *ret)
{
	const struct json_t *entry = vp_twilio_list_at(json, "recordings", i);

	return entry && (seen(entry, ret) || true);
}

CARRIER_ASKS(look, twilio, fetch)
CARRIER_ASKS(discard, twilio, delete)

static int media(struct vp_api_request *ret, const struct vp_provider_config *config,
	const struct json_t *json)
{
	struct vp_twilio_account account;
	struct vp_twilio_recording recording;

	if (!vp_twilio_recording_read(json, &recording)) {
		return EINVAL;
	}
	vp_twilio_account_of(config, &account);
	return vp_twilio_recording_media(
		ret, &account, recording.sid, "wav", recording.channels != 1);
}

const struct carrier carrier_twilio = {.name = "twilio",
	.label = "Twilio",
	.hosts = ".twilio.com .twiliocdn.com",
	.list = list,
	.listed = listed,
	.look = look,
	.seen = seen,
	.media = media,
	.remove = discard,
	.answer = vp_twilio_answer};
