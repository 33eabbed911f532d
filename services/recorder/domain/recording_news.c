#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/api.h"
#include "services/recorder/domain/recording_news.h"

static const char *field(const Ringmain__V1__ProviderEvent *event, const char *name)
{
	for (size_t i = 0; i < event->n_fields; i++) {
		if (strcmp(event->fields[i]->name, name) == 0) {
			return event->fields[i]->value;
		}
	}
	return "";
}

static const char *leg_of(const Ringmain__V1__ProviderEvent *event)
{
	return strcmp(event->leg, "agent") == 0 || strcmp(event->leg, "customer") == 0 ? event->leg
										       : "";
}

/* ErrorCode 16101: too short; 16102: silent. */
static void explain_absent(const Ringmain__V1__ProviderEvent *event, struct recording_news *ret)
{
	const char *code = field(event, "ErrorCode");

	ret->said = RECORDING_SAID_NONE;
	snprintf(ret->error, sizeof(ret->error), "Twilio has no audio of it: %s.",
		strcmp(code, "16101") == 0   ? "the call was too short"
		: strcmp(code, "16102") == 0 ? "nothing was said"
					     : "the recording failed there");
}

static void read_twilio(const Ringmain__V1__ProviderEvent *event, struct recording_news *ret)
{
	const char *status = field(event, "RecordingStatus");

	ret->id = field(event, "RecordingSid");
	ret->session = ret->leg_id;
	if (!vp_twilio_is_sid(ret->id, "RE")) {
		ret->said = RECORDING_SAID_STRANGE;
	} else if (strcmp(status, "completed") == 0) {
		ret->said = RECORDING_SAID_READY;
	} else if (strcmp(status, "absent") == 0 || strcmp(status, "failed") == 0) {
		explain_absent(event, ret);
	}
}

static void read_telnyx_error(const Ringmain__V1__ProviderEvent *event, struct recording_news *ret)
{
	json_t *root = json_loadb((const char *)event->body.data, event->body.len, 0, NULL);
	const json_t *payload = json_object_get(json_object_get(root, "data"), "payload");
	const char *reason = json_string_value(json_object_get(payload, "reason"));

	ret->said = RECORDING_SAID_NONE;
	snprintf(ret->error, sizeof(ret->error), "Telnyx could not record it: %.100s.",
		reason ? reason : "it does not say why");
	json_decref(root);
}

/* Its webhook names the session and the leg, not the recording. */
static void read_telnyx(const Ringmain__V1__ProviderEvent *event, struct recording_news *ret)
{
	bool saved = strcmp(event->kind, "call.recording.saved") == 0;

	ret->session = event->parent_id;
	if (saved && event->parent_id[0] == '\0') {
		ret->said = RECORDING_SAID_STRANGE;
	} else if (saved) {
		ret->said = RECORDING_SAID_READY;
	} else if (strcmp(event->kind, "call.recording.error") == 0) {
		read_telnyx_error(event, ret);
	}
}

void recording_news_read(const Ringmain__V1__ProviderEvent *event, struct recording_news *ret)
{
	*ret = (struct recording_news){
		.leg = leg_of(event), .leg_id = event->external_id, .session = "", .id = ""};
	if (strcmp(event->driver, "twilio") == 0 && strcmp(event->kind, "recording") == 0) {
		read_twilio(event, ret);
	} else if (strcmp(event->driver, "telnyx") == 0) {
		read_telnyx(event, ret);
	}
}
