/* From a text frame to a request: rate, JSON, type, permission. Wrong messages are answered and
 * counted; only a flood ends the socket. */
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/metrics/metrics.h"
#include "services/gateway/sockets_int.h"

static const struct ws_kind kinds[] = {
	/* a call in a carrier's phone has no SDP of ours */
	{"call.answer", "voip", "call.answer", "sdp", DIAL_SDP_MAX, true, on_ws_call_command},
	{"call.attach", "voip", "call.attach", "sdp", DIAL_SDP_MAX, false, on_ws_call_command},
	{"call.decline", "voip", "call.decline", NULL, 0, false, on_ws_call_command},
	{"call.dial", "voip.calls.initiate", NULL, NULL, 0, false, on_ws_call_dial},
	{"call.dtmf", "voip", "call.dtmf", "digits", 32, false, on_ws_call_command},
	{"call.hangup", "voip", "call.hangup", NULL, 0, false, on_ws_call_command},
	{"call.hold", "voip", "call.hold", NULL, 0, false, on_ws_call_command},
	{"call.unhold", "voip", "call.unhold", NULL, 0, false, on_ws_call_command},
	{"ping", "voip", NULL, NULL, 0, false, on_ws_ping},
};

static const struct ws_kind *kind_of(const char *type)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i].type, type) == 0) {
			return &kinds[i];
		}
	}
	return NULL;
}

static void count(const char *type, const char *result)
{
	char labels[96];
	snprintf(labels, sizeof(labels), "type=\"%s\",result=\"%s\"", type, result);
	vp_metric_add(vp_counter("voip_gateway_messages_total", "WebSocket messages", labels), 1);
}

/* A bucket of one second's messages. */
static bool within_rate(struct socket *socket)
{
	int64_t now_us = vp_mono_us();
	int64_t start_us = socket->clean_us > now_us ? socket->clean_us : now_us;
	if (start_us + 1000000 / MESSAGES_PER_S - now_us > 1000000) {
		return false;
	}
	socket->clean_us = start_us + 1000000 / MESSAGES_PER_S;
	return true;
}

static void refuse(struct socket *socket, const char *type, const char *id, const char *error,
	const char *sentence)
{
	count(type, error);
	socket_refuse(socket, id, error, sentence);
}

static void dispatch(struct socket *socket, const json_t *message)
{
	const char *type = json_text(message, "type"), *id = json_text(message, "id");
	if (type == NULL || id == NULL || id[0] == '\0' || strlen(id) > REQUEST_ID_MAX) {
		refuse(socket, "unknown", NULL, "bad_message", "A message needs a type and an id.");
		return;
	}
	const struct ws_kind *kind = kind_of(type);
	if (kind == NULL) {
		refuse(socket, "unknown", id, "unknown_type",
			"This type of message is not known here.");
		return;
	}
	if (!identity_may(socket->who, kind->permission)) {
		refuse(socket, kind->type, id, "forbidden", "Your role does not allow this.");
		return;
	}
	struct ws_request *request =
		socket->n_requests < REQUESTS_PER_SOCKET ? request_open(socket, id, kind) : NULL;
	if (request == NULL) {
		refuse(socket, kind->type, id, "too_many",
			"Too many requests wait for their answer.");
		return;
	}
	count(kind->type, "taken");
	kind->h(request, message);
}

void on_ws_text(struct vp_ws *ws, const char *text, size_t len, void *arg)
{
	struct socket *socket = arg;
	if (socket == NULL) {
		return; /* refused, and closing */
	}
	if (!within_rate(socket)) {
		count("unknown", "flood");
		vp_ws_close(ws, 1008, "too many messages");
		return;
	}
	json_t *message = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (message == NULL || !json_is_object(message)) {
		refuse(socket, "unknown", NULL, "bad_json", "This is no JSON object.");
	} else {
		dispatch(socket, message);
	}
	json_decref(message);
}
