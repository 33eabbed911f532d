/* Telnyx. "Dual" has the leg that was recorded in the first channel and the rest in the second
 * (https://developers.telnyx.com/api-reference/call-commands/recording-start). Its audio lies in an
 * object store, at addresses that are signed for ten minutes: each look gives a fresh one. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/telnyx/recordings.h"
#include "services/recorder/carriers/carrier.h"

#define MICROSECONDS 1000000LL

/* "2026-11-23T06:08:00Z", with or without a fraction. */
static int64_t time_of(const char *text)
{
	struct tm tm = {0};

	return text && strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)
		       ? (int64_t)timegm(&tm) * MICROSECONDS
		       : 0;
}

static bool read_entry(const struct json_t *entry, struct carrier_recording *ret)
{
	struct vp_telnyx_recording recording;

	*ret = (struct carrier_recording){0};
	if (!vp_telnyx_recording_read(entry, &recording)) {
		return false;
	}
	ret->state = recording.wav_url || recording.mp3_url ? CARRIER_READY : CARRIER_MAKING;
	ret->duration_ms = recording.duration_ms;
	ret->started_us = time_of(recording.started_at);
	return vp_strcopy(ret->id, sizeof(ret->id), recording.id);
}

static int list(
	struct vp_api_request *ret, const struct vp_provider_config *config, const char *call)
{
	struct vp_telnyx_account account;

	vp_telnyx_account_of(config, &account);
	return vp_telnyx_recording_list(ret, &account, call, NULL);
}

static bool listed(const struct json_t *json, size_t i, struct carrier_recording *ret)
{
	const struct json_t *entry = vp_telnyx_data_at(json, i);

	return entry && (read_entry(entry, ret) || true);
}

CARRIER_ASKS(look, telnyx, fetch)
CARRIER_ASKS(discard, telnyx, delete)

static bool seen(const struct json_t *json, struct carrier_recording *ret)
{
	return read_entry(vp_telnyx_data(json), ret);
}

static int media(struct vp_api_request *ret, const struct vp_provider_config *config,
	const struct json_t *json)
{
	struct vp_telnyx_recording recording;
	const char *url;

	if (!vp_telnyx_recording_read(vp_telnyx_data(json), &recording)) {
		return EINVAL;
	}
	url = recording.wav_url ? recording.wav_url : recording.mp3_url;
	return url ? carrier_plain_get(ret, config, url) : EINVAL;
}

const struct carrier carrier_telnyx = {.name = "telnyx",
	.label = "Telnyx",
	/* Amazon's store has buckets of anybody, so its hosts count with Telnyx's bucket only: that
	 * of https://developers.telnyx.com/docs/voice/programmable-voice/storing-call-recordings,
	 * and those of other regions, which are called alike (telephony-recorder-prod-fr5).
	 * Recordings that an account keeps in a bucket of its own need
	 * VOIP_RECORDING_CARRIER_HOSTS. */
	.hosts = "s3.amazonaws.com/telephony-recorder-prod "
		 "s3.*.amazonaws.com/telephony-recorder-prod .telnyx.com .telnyxcloudstorage.com",
	.list = list,
	.listed = listed,
	.look = look,
	.seen = seen,
	.media = media,
	.remove = discard,
	.answer = vp_telnyx_answer};
