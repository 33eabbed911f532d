/* call.dial: a call with the audio of this tab. The reply has the call's id; the SDP answer follows
 * as call.media once a trunk is chosen. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "services/gateway/domain/call_json.h"
#include "services/gateway/sockets_int.h"

static void on_dialed(const struct vp_bus_reply *reply, void *arg)
{
	struct ws_request *request = arg;
	request->dial = NULL;
	if (reply->status >= 400) {
		request_fail_reply(request, reply);
		return;
	}
	Ringmain__V1__CallDialed *dialed =
		ringmain__v1__call_dialed__unpack(NULL, reply->len, reply->data);
	if (dialed == NULL) {
		request_fail(request, "internal",
			"What became of the call could not be read. Load the page again: it shows "
			"whether the call goes on.");
		return;
	}
	request_ok(request, json_pack("{s:s, s:s}", "call_id", dialed->call_id, "status",
				    call_status_word(dialed->status)));
	ringmain__v1__call_dialed__free_unpacked(dialed, NULL);
}

/* A text member; false: it is missing, too long or no text. */
static bool read_text(
	const json_t *message, const char *name, size_t min, size_t max, const char **ret)
{
	const json_t *value = json_object_get(message, name);
	*ret = "";
	if (value == NULL || json_is_null(value)) {
		return min == 0;
	}
	*ret = json_string_value(value);
	if (*ret == NULL) {
		*ret = "";
		return false;
	}
	size_t len = json_string_length(value);
	return len >= min && len <= max && strlen(*ret) == len;
}

static const char *read_message(const json_t *message, struct dial *dial)
{
	if (!read_text(message, "to", 1, DIAL_NUMBER_MAX, &dial->to)) {
		return "to";
	}
	if (!read_text(message, "sdp", 1, DIAL_SDP_MAX, &dial->sdp)) {
		return "sdp";
	}
	if (!read_text(message, "idempotency_key", 1, DIAL_KEY_MAX, &dial->key)) {
		return "idempotency_key";
	}
	if (!read_text(message, "entity_type", 0, 16, &dial->entity_type)) {
		return "entity_type";
	}
	if (!read_text(message, "entity_id", 0, 64, &dial->entity_id)) {
		return "entity_id";
	}
	return read_text(message, "from", 0, DIAL_NUMBER_MAX, &dial->from) ? NULL : "from";
}

static void refuse_field(struct ws_request *request, const char *field)
{
	char sentence[96];
	snprintf(sentence, sizeof(sentence), "The member \"%s\" is missing, too long or no text.",
		field);
	request_fail(request, "bad_message", sentence);
}

static void start(struct ws_request *request, const struct dial *dial)
{
	struct socket *socket = request->socket;
	struct gateway *gw = socket->channel->sockets->gw;
	int err = dial_start(gw, socket->who, dial, on_dialed, request, &request->dial);
	if (err == EINVAL) {
		request_fail(request, "invalid",
			"entity_type is lead, person or deal, and needs its id.");
	} else if (err != 0) {
		request_fail(
			request, "unavailable", "Calls cannot be placed right now. Try again.");
	}
}

void on_ws_call_dial(struct ws_request *request, const json_t *message)
{
	struct socket *socket = request->socket;
	struct dial dial = {.session = socket->session};
	const char *error;
	unsigned wait_s;
	const char *wrong = read_message(message, &dial);
	if (wrong != NULL) {
		refuse_field(request, wrong);
		return;
	}
	const char *fault = dial_number_fault(socket->who, dial.to, &error);
	if (fault != NULL) {
		request_fail(request, error, fault);
	} else if (!dial_allowed(socket->channel->sockets->gw, socket->who, &wait_s)) {
		request_fail(request, "too_many", "Too many calls in a short time. Wait a moment.");
	} else {
		start(request, &dial);
	}
}
