/* The commands to a call that is there: answer, attach, decline, hangup, hold, unhold, dtmf. Each
 * goes to the controller that holds the call, which decides; only calls of the socket's user are
 * named to it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/ask.h"
#include "services/gateway/adapters/call_place.h"
#include "services/gateway/sockets_int.h"

static json_t *reply_fields(const struct ws_request *request, const struct vp_bus_reply *reply)
{
	char call[VP_UUID_TEXT_SIZE];
	vp_uuid_text(request->call, call);
	json_t *fields = json_pack("{s:s}", "call_id", call);
	if (request->kind->text == NULL || strcmp(request->kind->text, "sdp") != 0) {
		return fields;
	}
	Ringmain__V1__CallMedia *media =
		ringmain__v1__call_media__unpack(NULL, reply->len, reply->data);
	if (media != NULL && media->sdp_answer[0] != '\0') {
		json_object_set_new(fields, "sdp", json_string(media->sdp_answer));
	}
	if (media != NULL) {
		ringmain__v1__call_media__free_unpacked(media, NULL);
	}
	return fields;
}

static void on_done(const struct vp_bus_reply *reply, void *arg)
{
	struct ws_request *request = arg;
	request->ask = NULL;
	if (reply->status >= 400) {
		request_fail_reply(request, reply);
	} else {
		request_ok(request, reply_fields(request, reply));
	}
}

static int send_message(
	struct ws_request *request, const char *node, const ProtobufCMessage *message)
{
	char call[VP_UUID_TEXT_SIZE];
	const struct socket *socket = request->socket;
	vp_uuid_text(request->call, call);
	return ask_send(socket->channel->sockets->gw->bus,
		&(struct ask){.service = "call-controller",
			.node = node,
			.type = request->kind->bus_type,
			.org = socket->who->org,
			.subject = call,
			.message = message},
		on_done, request, &request->ask);
}

static void command(struct ws_request *request, const char *node)
{
	char call[VP_UUID_TEXT_SIZE];
	struct socket *socket = request->socket;
	char *user = socket->channel->user_text;
	const char *text = request->kind->text;
	int err;
	vp_uuid_text(request->call, call);
	if (text == NULL) {
		Ringmain__V1__CallRef message = RINGMAIN__V1__CALL_REF__INIT;
		message.call_id = call;
		message.user_id = user;
		message.session = socket->session;
		err = send_message(request, node, &message.base);
	} else if (strcmp(text, "sdp") == 0) {
		Ringmain__V1__CallAnswer message = RINGMAIN__V1__CALL_ANSWER__INIT;
		message.call_id = call;
		message.user_id = user;
		message.session = socket->session;
		message.sdp_offer = request->text;
		err = send_message(request, node, &message.base);
	} else {
		Ringmain__V1__CallDtmf message = RINGMAIN__V1__CALL_DTMF__INIT;
		message.call_id = call;
		message.user_id = user;
		message.digits = request->text;
		err = send_message(request, node, &message.base);
	}
	if (err != 0) {
		request_fail(
			request, "unavailable", "The call cannot be reached right now. Try again.");
	}
}

static void on_place(int err, const struct call_place *place, void *arg)
{
	struct ws_request *request = arg;
	if (request->socket == NULL) {
		request_close(request);
	} else if (err == ENOENT ||
		   (err == 0 && !vp_uuid_equal(place->user, request->socket->channel->user))) {
		request_fail(request, "not_found", "There is no such call.");
	} else if (err != 0) {
		request_fail(request, "unavailable",
			"The database does not answer. Try again in a moment.");
	} else if (place->ended) {
		request_fail(request, "wrong_state", "This call has ended.");
	} else {
		command(request, place->node);
	}
}

static bool digits_ok(const char *digits)
{
	return digits[0] != '\0' && digits[strspn(digits, "0123456789*#ABCD")] == '\0';
}

static bool take_text(struct ws_request *request, const json_t *message)
{
	const struct ws_kind *kind = request->kind;
	const char *text = json_text(message, kind->text);
	if (kind->text_optional && json_object_get(message, kind->text) == NULL) {
		text = "";
	} else if (text == NULL || text[0] == '\0' || strlen(text) > kind->text_max) {
		return false;
	}
	if (strcmp(kind->text, "digits") == 0 && !digits_ok(text)) {
		return false;
	}
	request->text = strdup(text);
	return request->text != NULL;
}

void on_ws_call_command(struct ws_request *request, const json_t *message)
{
	const char *call = json_text(message, "call_id");
	struct channel *channel = request->socket->channel;
	if (call == NULL || !vp_uuid_parse(call, &request->call)) {
		request_fail(
			request, "bad_message", "The member \"call_id\" must be the id of a call.");
		return;
	}
	if (request->kind->text != NULL && !take_text(request, message)) {
		request_fail(request, "bad_message",
			"The member \"sdp\" or \"digits\" is missing, too long or cannot be.");
		return;
	}
	const struct known_call *known = channel_call(channel, request->call);
	if (known != NULL && known->call->node[0] != '\0') {
		command(request, known->call->node);
	} else if (call_place_find(channel->sockets->gw->db, channel->org, request->call, on_place,
			   request) != 0) {
		request_fail(request, "unavailable",
			"The database does not answer. Try again in a moment.");
	}
}
