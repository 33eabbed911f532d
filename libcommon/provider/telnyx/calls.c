#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/telnyx/api_int.h"
#include "libcommon/provider/telnyx/calls.h"

#define TIMEOUT_MIN_S 5
#define TIMEOUT_MAX_S 600
#define DIGITS_MAX 64
#define SPEECH_MAX 3000

/* client_state is base64 on the wire; ENOMEM. */
static int set_client_state(json_t *body, const char *state)
{
	VP_CLEANUP(vp_freep) char *text = NULL;
	size_t len = state ? strlen(state) : 0;

	if (!state) {
		return 0;
	}
	text = malloc(VP_BASE64_SIZE(len));
	if (!text) {
		return ENOMEM;
	}
	vp_base64(state, len, text);
	vp_telnyx_set(body, "client_state", text);
	return 0;
}

static bool is_good(const struct vp_telnyx_dial *dial)
{
	return dial->connection_id && dial->to && dial->from && dial->command_id &&
	       dial->command_id[0] != '\0' &&
	       (dial->timeout_s == 0 ||
		       (dial->timeout_s >= TIMEOUT_MIN_S && dial->timeout_s <= TIMEOUT_MAX_S));
}

static void fill_dial(json_t *body, const struct vp_telnyx_dial *dial)
{
	vp_telnyx_set(body, "connection_id", dial->connection_id);
	vp_telnyx_set(body, "to", dial->to);
	vp_telnyx_set(body, "from", dial->from);
	vp_telnyx_set(body, "from_display_name", dial->from_display_name);
	vp_telnyx_set(body, "command_id", dial->command_id);
	vp_telnyx_set(body, "link_to", dial->bridge_to ? dial->bridge_to : dial->link_to);
	vp_telnyx_set(body, "webhook_url", dial->webhook_url);
	vp_telnyx_set_number(body, "timeout_secs", dial->timeout_s);
	vp_telnyx_set_number(body, "time_limit_secs", dial->time_limit_s);
	if (dial->bridge_to) {
		json_object_set_new(body, "bridge_intent", json_true());
		json_object_set_new(body, "bridge_on_answer", json_true());
	}
	if (dial->record) {
		vp_telnyx_set(body, "record", "record-from-answer");
		vp_telnyx_set(body, "record_channels", "dual");
		vp_telnyx_set(body, "record_format", "wav");
	}
	if (dial->header) {
		json_object_set_new(body, "custom_headers",
			json_pack("[{s:s, s:s}]", "name", dial->header->name, "value",
				dial->header->value));
	}
	if (dial->detect_machine) {
		vp_telnyx_set(body, "answering_machine_detection", "detect");
	}
}

int vp_telnyx_dial(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const struct vp_telnyx_dial *dial)
{
	json_t *body;
	int err;

	if (!is_good(dial)) {
		return EINVAL;
	}
	body = json_object();
	fill_dial(body, dial);
	err = set_client_state(body, dial->client_state);
	if (err) {
		json_decref(body);
		return err;
	}
	err = vp_telnyx_request(ret, account, "POST", "/calls", body);
	if (!err) {
		ret->repeatable = true; /* within 60 s, by command_id */
	}
	return err;
}

int vp_telnyx_call_fetch(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *call_control_id)
{
	return vp_telnyx_request_for(ret, account, "GET", "/calls/%s", call_control_id, NULL);
}

/* body is taken over. */
static int act(struct vp_api_request *ret, const struct vp_telnyx_command *command,
	const char *action, json_t *body)
{
	VP_CLEANUP(vp_freep) char *pattern = vp_strf("/calls/%%s/actions/%s", action);
	int err = pattern && body ? 0 : ENOMEM;

	if (!command->command_id || command->command_id[0] == '\0') {
		err = EINVAL;
	}
	err = err ? err : set_client_state(body, command->client_state);
	if (err) {
		json_decref(body);
		return err;
	}
	vp_telnyx_set(body, "command_id", command->command_id);
	err = vp_telnyx_request_for(
		ret, command->account, "POST", pattern, command->call_control_id, body);
	if (!err) {
		ret->repeatable = true;
	}
	return err;
}

int vp_telnyx_answer_call(struct vp_api_request *ret, const struct vp_telnyx_command *command)
{
	return act(ret, command, "answer", json_object());
}

int vp_telnyx_hangup(struct vp_api_request *ret, const struct vp_telnyx_command *command)
{
	return act(ret, command, "hangup", json_object());
}

int vp_telnyx_reject(
	struct vp_api_request *ret, const struct vp_telnyx_command *command, const char *cause)
{
	if (strcmp(cause, "CALL_REJECTED") != 0 && strcmp(cause, "USER_BUSY") != 0) {
		return EINVAL;
	}
	return act(ret, command, "reject", json_pack("{s:s}", "cause", cause));
}

int vp_telnyx_bridge(struct vp_api_request *ret, const struct vp_telnyx_command *command,
	const char *with, bool park)
{
	json_t *body;

	if (!with || with[0] == '\0') {
		return EINVAL;
	}
	body = json_pack("{s:s}", "call_control_id_to_bridge_with", with);
	vp_telnyx_set(body, "park_after_unbridge", park ? "self" : NULL);
	return act(ret, command, "bridge", body);
}

int vp_telnyx_transfer(struct vp_api_request *ret, const struct vp_telnyx_command *command,
	const char *to, const char *from, unsigned timeout_s)
{
	json_t *body;

	if (!to || to[0] == '\0') {
		return EINVAL;
	}
	body = json_pack("{s:s}", "to", to);
	vp_telnyx_set(body, "from", from);
	vp_telnyx_set_number(body, "timeout_secs", timeout_s);
	return act(ret, command, "transfer", body);
}

int vp_telnyx_send_dtmf(
	struct vp_api_request *ret, const struct vp_telnyx_command *command, const char *digits)
{
	size_t len = strspn(digits, "0123456789*#ABCDabcdwW");

	if (len == 0 || len > DIGITS_MAX || digits[len] != '\0') {
		return EINVAL;
	}
	return act(ret, command, "send_dtmf", json_pack("{s:s}", "digits", digits));
}

int vp_telnyx_record_start(struct vp_api_request *ret, const struct vp_telnyx_command *command)
{
	return act(ret, command, "record_start",
		json_pack("{s:s, s:s}", "channels", "dual", "format", "wav"));
}

int vp_telnyx_record_change(
	struct vp_api_request *ret, const struct vp_telnyx_command *command, const char *verb)
{
	static const char *const actions[][2] = {
		{"stop", "record_stop"}, {"pause", "record_pause"}, {"resume", "record_resume"}};

	for (size_t i = 0; i < VP_ARRAY_LEN(actions); i++) {
		if (strcmp(verb, actions[i][0]) == 0) {
			return act(ret, command, actions[i][1], json_object());
		}
	}
	return EINVAL;
}

int vp_telnyx_speak(struct vp_api_request *ret, const struct vp_telnyx_command *command,
	const char *text, const char *language)
{
	if (!text || text[0] == '\0' || strlen(text) > SPEECH_MAX) {
		return EINVAL;
	}
	return act(ret, command, "speak",
		json_pack("{s:s, s:s, s:s}", "payload", text, "voice", "female", "language",
			language ? language : "en-US"));
}

int vp_telnyx_playback_start(struct vp_api_request *ret, const struct vp_telnyx_command *command,
	const char *audio_url, bool loop)
{
	json_t *body;

	if (!audio_url || audio_url[0] == '\0') {
		return EINVAL;
	}
	body = json_pack("{s:s}", "audio_url", audio_url);
	vp_telnyx_set(body, "loop", loop ? "infinity" : NULL);
	return act(ret, command, "playback_start", body);
}

int vp_telnyx_playback_stop(struct vp_api_request *ret, const struct vp_telnyx_command *command)
{
	return act(ret, command, "playback_stop", json_object());
}

bool vp_telnyx_is_over(const struct vp_api_result *result)
{
	return result->verdict == VP_API_NOT_FOUND || result->status == 422;
}

bool vp_telnyx_client_state(const char *client_state, char *buf, size_t size)
{
	size_t len = strlen(client_state);
	VP_CLEANUP(vp_freep) uint8_t *plain = malloc(len + 1);
	long n = plain ? vp_base64_decode(client_state, len, plain) : -1;

	if (n < 0 || (size_t)n >= size || memchr(plain, '\0', (size_t)n)) {
		return false;
	}
	memcpy(buf, plain, (size_t)n);
	buf[n] = '\0';
	return true;
}
