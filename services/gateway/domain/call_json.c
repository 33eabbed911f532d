#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/domain/call_json.h"

const char *call_status_word(Ringmain__V1__CallStatus status)
{
	static const char *const words[] = {"failed", "initiated", "ringing", "in-progress",
		"completed", "failed", "busy", "no-answer", "canceled"};
	return (size_t)status < VP_ARRAY_LEN(words) ? words[status] : "failed";
}

bool call_is_over(const Ringmain__V1__CallChanged *call)
{
	return call->status >= RINGMAIN__V1__CALL_STATUS__COMPLETED || call->ended_us != 0;
}

/* null for nothing */
static json_t *text_json(const char *text)
{
	return text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *time_json(int64_t time_us)
{
	char text[VP_TIME_TEXT_SIZE];
	if (time_us == 0) {
		return json_null();
	}
	vp_time_text(time_us, text);
	return json_string(text);
}

static json_t *contact_json(const Ringmain__V1__Contact *contact)
{
	if (contact == NULL || contact->type[0] == '\0') {
		return json_null();
	}
	return json_pack("{s:s, s:s, s:s, s:o}", "type", contact->type, "id", contact->id, "name",
		contact->name, "company", text_json(contact->company));
}

static json_t *facts_json(const Ringmain__V1__CallChanged *call)
{
	const char *direction =
		call->direction == RINGMAIN__V1__DIRECTION__INBOUND ? "inbound" : "outbound";
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:i}", "id",
		call->call_id, "version", (int)call->version, "direction", direction, "status",
		call_status_word(call->status), "from_number", call->from_number, "to_number",
		call->to_number, "contact", contact_json(call->contact), "started_at",
		time_json(call->started_us), "answered_at", time_json(call->answered_us),
		"ended_at", time_json(call->ended_us), "duration", (int)call->duration_s);
}

json_t *call_json(const Ringmain__V1__CallChanged *call, const char *session)
{
	json_t *json = facts_json(call);
	bool mine = call->session[0] != '\0' && strcmp(call->session, session) == 0;
	json_t *rest = json_pack(
		"{s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o}",
		"hangup_by", text_json(call->hangup_by), "cause", text_json(call->cause), "message",
		text_json(call->message), "session", text_json(call->session), "mine", mine, "held",
		call->held, "recording", call->recording, "early_media", call->early_media,
		"click_to_call", call->click_to_call, "did", text_json(call->did), "user_id",
		text_json(call->user_id), "user_name", text_json(call->user_name), "driver",
		text_json(call->driver), "provider_id", text_json(call->provider_id));
	if (json == NULL || rest == NULL || json_object_update(json, rest) != 0) {
		json_decref(json);
		json = NULL;
	}
	json_decref(rest);
	return json;
}
