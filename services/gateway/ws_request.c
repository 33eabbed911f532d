/* Requests of a socket that wait for their answer. A socket that closes takes its requests along;
 * what they started goes on. */
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "services/gateway/sockets_int.h"

struct ws_request *request_open(struct socket *socket, const char *id, const struct ws_kind *kind)
{
	struct ws_request *request = calloc(1, sizeof(*request));
	if (request == NULL) {
		return NULL;
	}
	vp_strcopy(request->id, sizeof(request->id), id);
	request->socket = socket;
	request->kind = kind;
	request->next = socket->requests;
	socket->requests = request;
	socket->n_requests++;
	return request;
}

static void request_free(struct ws_request *request)
{
	free(request->text);
	free(request);
}

void request_close(struct ws_request *request)
{
	struct socket *socket = request->socket;
	if (socket != NULL) {
		struct ws_request **at = &socket->requests;
		while (*at != request) {
			at = &(*at)->next;
		}
		*at = request->next;
		socket->n_requests--;
	}
	request_free(request);
}

void request_drop_all(struct socket *socket)
{
	while (socket->requests != NULL) {
		struct ws_request *request = socket->requests;
		socket->requests = request->next;
		request->socket = NULL;
		if (request->ask == NULL && request->dial == NULL) {
			continue; /* the database is being asked: its answer frees the request */
		}
		if (request->ask != NULL) {
			vp_bus_cancel(request->ask);
		}
		dial_cancel(request->dial);
		request_free(request);
	}
}

void request_ok(struct ws_request *request, json_t *fields)
{
	json_t *reply = json_pack("{s:s, s:s, s:b}", "type", "reply", "id", request->id, "ok", 1);
	if (fields != NULL) {
		json_object_update(reply, fields);
		json_decref(fields);
	}
	socket_send(request->socket, reply);
	request_close(request);
}

void socket_refuse(struct socket *socket, const char *id, const char *error, const char *message)
{
	socket_send(socket, json_pack("{s:s, s:s?, s:b, s:s, s:s}", "type", "reply", "id", id, "ok",
				    0, "error", error, "message", message));
}

void request_fail(struct ws_request *request, const char *error, const char *message)
{
	socket_refuse(request->socket, request->id, error, message);
	request_close(request);
}

void request_fail_reply(struct ws_request *request, const struct vp_bus_reply *reply)
{
	const char *error = reply->error[0] != '\0' ? reply->error : "internal";
	request_fail(request, error, answer_bus_sentence(reply));
}
