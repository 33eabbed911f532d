/* The first message of a socket: who it is, and the live calls of its user. The table is not asked,
 * since a controller knows more and sooner: each is asked with call.list, and one that does not
 * answer in time is left out; its next change tells. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/ask.h"
#include "services/gateway/domain/call_json.h"
#include "services/gateway/sockets_int.h"

static void greet(struct socket *socket)
{
	char now[VP_TIME_TEXT_SIZE], user[VP_UUID_TEXT_SIZE];
	json_t *calls = json_array();
	for (const struct known_call *k = socket->channel->calls; k != NULL; k = k->next) {
		if (k->over_us == 0) {
			json_array_append_new(calls, call_json(k->call, socket->session));
		}
	}
	vp_time_text(vp_time_us(), now);
	vp_uuid_text(socket->who->user, user);
	socket->greeted = true;
	socket_send(socket,
		json_pack("{s:s, s:s, s:{s:s, s:s, s:s}, s:o, s:s}", "type", "hello", "session",
			socket->session, "user", "id", user, "name", socket->who->name, "email",
			socket->who->email, "calls", calls, "server_time", now));
	channel_alert(socket->channel);
}

static Ringmain__V1__CallChanged *copy_call(const Ringmain__V1__CallChanged *call)
{
	size_t len = ringmain__v1__call_changed__get_packed_size(call);
	VP_CLEANUP(vp_freep) uint8_t *data = malloc(len + 1);
	if (data == NULL) {
		return NULL;
	}
	ringmain__v1__call_changed__pack(call, data);
	return ringmain__v1__call_changed__unpack(NULL, len, data);
}

static void learn_list(struct channel *channel, const struct vp_bus_reply *reply)
{
	Ringmain__V1__CallListed *listed =
		ringmain__v1__call_listed__unpack(NULL, reply->len, reply->data);
	for (size_t i = 0; listed != NULL && i < listed->n_calls; i++) {
		Ringmain__V1__CallChanged *call = copy_call(listed->calls[i]);
		if (call != NULL) {
			channel_learn(channel, call);
		}
	}
	ringmain__v1__call_listed__free_unpacked(listed, NULL);
}

static void on_listed(const struct vp_bus_reply *reply, void *arg)
{
	struct ws_request *request = arg;
	struct socket *socket = request->socket;
	request->ask = NULL;
	request_close(request);
	if (reply->status < 400) {
		learn_list(socket->channel, reply);
	}
	if (--socket->hello_waiting == 0) {
		greet(socket);
	}
}

static void ask_node(const char *node, unsigned load, unsigned capacity, void *arg)
{
	struct socket *socket = arg;
	struct ws_request *request = request_open(socket, "", NULL);
	Ringmain__V1__CallList message = RINGMAIN__V1__CALL_LIST__INIT;
	(void)load;
	(void)capacity;
	if (request == NULL) {
		return;
	}
	message.user_id = socket->channel->user_text;
	if (ask_send(socket->channel->sockets->gw->bus,
		    &(struct ask){.service = "call-controller",
			    .node = node,
			    .type = "call.list",
			    .org = socket->who->org,
			    .subject = socket->channel->user_text,
			    .timeout_ms = HELLO_ASK_MS,
			    .message = &message.base},
		    on_listed, request, &request->ask) == 0) {
		socket->hello_waiting++;
	} else {
		request_close(request);
	}
}

void hello_start(struct socket *socket)
{
	if (socket->channel->sockets->settled_s < SETTLE_S &&
		++socket->hello_tries < HELLO_TRIES_MAX) {
		return; /* hello_again comes each second */
	}
	vp_bus_nodes(socket->channel->sockets->gw->bus, "call-controller", ask_node, socket);
	if (socket->hello_waiting == 0) {
		greet(socket);
	}
}

void hello_again(struct channel *channel, int64_t now_us)
{
	(void)now_us;
	for (struct socket *socket = channel->first, *next; socket != NULL; socket = next) {
		next = socket->next;
		if (!socket->greeted && socket->hello_waiting == 0) {
			hello_start(socket);
		}
	}
}
