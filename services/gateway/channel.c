/* A user's channel: his sockets here, and the newest state of each of his calls. A call's version
 * makes the order: hints and durable events may both tell the same, and not in order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/ask.h"
#include "services/gateway/domain/call_json.h"
#include "services/gateway/sockets_int.h"

static struct channel **slot_of(struct sockets *sockets, struct vp_uuid user)
{
	/* the last bytes of a UUIDv7 are the random ones */
	unsigned hash = (unsigned)user.b[14] << 8 | user.b[15];
	return &sockets->channels[hash % CHANNEL_BUCKETS];
}

struct channel *channel_find(struct sockets *sockets, struct vp_uuid org, struct vp_uuid user)
{
	struct channel *channel = *slot_of(sockets, user);
	while (channel != NULL &&
		!(vp_uuid_equal(channel->user, user) && vp_uuid_equal(channel->org, org))) {
		channel = channel->next;
	}
	return channel;
}

struct channel *channel_join(struct sockets *sockets, const struct identity *who)
{
	struct channel *channel = channel_find(sockets, who->org, who->user);
	if (channel != NULL) {
		return channel;
	}
	channel = calloc(1, sizeof(*channel));
	if (channel == NULL) {
		return NULL;
	}
	channel->sockets = sockets;
	channel->org = who->org;
	channel->user = who->user;
	vp_uuid_text(who->user, channel->user_text);
	snprintf(channel->topic, sizeof(channel->topic), "rt.u.%s", channel->user_text);
	struct channel **slot = slot_of(sockets, who->user);
	channel->next = *slot;
	*slot = channel;
	vp_bus_subscribe(sockets->gw->bus, channel->topic);
	return channel;
}

static void known_free(struct known_call *known)
{
	ringmain__v1__call_changed__free_unpacked(known->call, NULL);
	free(known);
}

void channel_leave(struct channel *channel)
{
	if (channel->first != NULL) {
		return;
	}
	struct channel **at = slot_of(channel->sockets, channel->user);
	while (*at != channel) {
		at = &(*at)->next;
	}
	*at = channel->next;
	vp_bus_unsubscribe(channel->sockets->gw->bus, channel->topic);
	while (channel->calls != NULL) {
		struct known_call *known = channel->calls;
		channel->calls = known->next;
		known_free(known);
	}
	free(channel);
}

struct known_call *channel_call(struct channel *channel, struct vp_uuid id)
{
	struct known_call *known = channel->calls;
	while (known != NULL && !vp_uuid_equal(known->id, id)) {
		known = known->next;
	}
	return known;
}

struct socket *channel_session(struct channel *channel, const char *session)
{
	struct socket *socket = channel->first;
	while (socket != NULL && strcmp(socket->session, session) != 0) {
		socket = socket->next;
	}
	return socket;
}

static void forward(struct channel *channel, const Ringmain__V1__CallChanged *call)
{
	for (struct socket *socket = channel->first; socket != NULL; socket = socket->next) {
		if (socket->greeted) {
			socket_send(socket, json_pack("{s:s, s:o}", "type", "call.changed", "call",
						    call_json(call, socket->session)));
		}
	}
}

static void on_alerted(const struct vp_bus_reply *reply, void *arg)
{
	(void)reply; /* the controller's own limit of 2 s decides when nobody alerted */
	(void)arg;
}

static void alert(struct channel *channel, struct known_call *known)
{
	Ringmain__V1__CallRef message = RINGMAIN__V1__CALL_REF__INIT;
	message.call_id = known->call->call_id;
	message.user_id = channel->user_text;
	known->alerted = ask_send(channel->sockets->gw->bus,
				 &(struct ask){.service = "call-controller",
					 .node = known->call->node,
					 .type = "call.alerting",
					 .org = channel->org,
					 .subject = known->call->call_id,
					 .message = &message.base},
				 on_alerted, NULL, NULL) == 0;
}

static bool rings_here(const Ringmain__V1__CallChanged *call)
{
	return call->status == RINGMAIN__V1__CALL_STATUS__RINGING &&
	       (call->direction == RINGMAIN__V1__DIRECTION__INBOUND || call->click_to_call) &&
	       call->session[0] == '\0';
}

static bool has_greeted(const struct channel *channel)
{
	const struct socket *socket = channel->first;
	while (socket != NULL && !socket->greeted) {
		socket = socket->next;
	}
	return socket != NULL;
}

void channel_alert(struct channel *channel)
{
	if (!has_greeted(channel)) {
		return;
	}
	for (struct known_call *known = channel->calls; known != NULL; known = known->next) {
		if (!known->alerted && rings_here(known->call)) {
			alert(channel, known);
		}
	}
}

static struct known_call *known_add(struct channel *channel, struct vp_uuid id)
{
	struct known_call *known = calloc(1, sizeof(*known));
	if (known != NULL) {
		known->id = id;
		known->next = channel->calls;
		channel->calls = known;
	}
	return known;
}

void channel_learn(struct channel *channel, Ringmain__V1__CallChanged *call)
{
	struct vp_uuid id;
	struct known_call *known = NULL;
	bool fresh = vp_uuid_parse(call->call_id, &id);
	if (fresh) {
		known = channel_call(channel, id);
		fresh = known == NULL || call->version > known->call->version;
	}
	if (fresh && known == NULL) {
		known = known_add(channel, id);
	}
	if (!fresh || known == NULL) {
		ringmain__v1__call_changed__free_unpacked(call, NULL);
		return;
	}
	ringmain__v1__call_changed__free_unpacked(known->call, NULL);
	known->call = call;
	known->over_us = call_is_over(call) ? vp_mono_us() : 0;
	forward(channel, call);
	channel_alert(channel);
}

void channel_prune(struct channel *channel, int64_t now_us)
{
	for (struct known_call **at = &channel->calls; *at != NULL;) {
		struct known_call *known = *at;
		if (known->over_us != 0 && now_us - known->over_us > CALL_MEMORY_US) {
			*at = known->next;
			known_free(known);
		} else {
			at = &known->next;
		}
	}
}
