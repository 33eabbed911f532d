/* Live hints: "rt.u.<user>" to that user's sockets, "rt.o.<org>" to those of an organisation,
 * "rt.trunk" for the panel, "rt.config": pages sign in to new carriers */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/config_hint.h"
#include "proto/config.pb-c.h"
#include "services/gateway/adapters/session_store.h"
#include "services/gateway/adapters/trunk_health.h"
#include "services/gateway/sockets_int.h"

static void on_changed(struct channel *channel, const struct vp_bus_msg *msg)
{
	Ringmain__V1__CallChanged *call =
		ringmain__v1__call_changed__unpack(NULL, msg->len, msg->data);
	if (call != NULL) {
		channel_learn(channel, call);
	}
}

static void on_media(struct channel *channel, const struct vp_bus_msg *msg)
{
	Ringmain__V1__CallMediaReady *media =
		ringmain__v1__call_media_ready__unpack(NULL, msg->len, msg->data);
	if (media == NULL) {
		return;
	}
	struct socket *socket = channel_session(channel, media->session);
	if (socket != NULL) {
		socket_send(socket, json_pack("{s:s, s:s, s:s}", "type", "call.media", "call_id",
					    media->call_id, "sdp", media->sdp_answer));
	}
	ringmain__v1__call_media_ready__free_unpacked(media, NULL);
}

/* The socket that has the audio of a call; NULL: none, or not here. */
static struct socket *audio_of(struct channel *channel, const char *call_id)
{
	struct vp_uuid id;
	struct known_call *known = vp_uuid_parse(call_id, &id) ? channel_call(channel, id) : NULL;
	if (known == NULL || known->call->session[0] == '\0') {
		return NULL;
	}
	return channel_session(channel, known->call->session);
}

static void on_quality(struct channel *channel, const struct vp_bus_msg *msg)
{
	Ringmain__V1__CallQuality *quality =
		ringmain__v1__call_quality__unpack(NULL, msg->len, msg->data);
	if (quality == NULL) {
		return;
	}
	struct socket *socket = audio_of(channel, quality->call_id);
	if (socket != NULL) {
		socket_send(socket,
			json_pack("{s:s, s:s, s:f, s:i, s:i, s:i}", "type", "call.quality",
				"call_id", quality->call_id, "mos", quality->mos_x100 / 100.0,
				"lost_permille", (int)quality->lost_permille, "jitter_ms",
				(int)quality->jitter_ms, "rtt_ms", (int)quality->rtt_ms));
	}
	ringmain__v1__call_quality__free_unpacked(quality, NULL);
}

static void on_dtmf(struct channel *channel, const struct vp_bus_msg *msg)
{
	Ringmain__V1__CallDtmfReceived *dtmf =
		ringmain__v1__call_dtmf_received__unpack(NULL, msg->len, msg->data);
	if (dtmf == NULL) {
		return;
	}
	struct socket *socket = audio_of(channel, dtmf->call_id);
	if (socket != NULL) {
		socket_send(socket, json_pack("{s:s, s:s, s:s}", "type", "call.dtmf", "call_id",
					    dtmf->call_id, "digit", dtmf->digit));
	}
	ringmain__v1__call_dtmf_received__free_unpacked(dtmf, NULL);
}

static void on_session_closed(struct channel *channel, const struct vp_bus_msg *msg)
{
	if (msg->len != IDENTITY_KEY_SIZE) {
		return;
	}
	session_store_forget(channel->sockets->gw->sessions, msg->data);
	for (struct socket *socket = channel->first; socket != NULL; socket = socket->next) {
		if (memcmp(socket->who->key, msg->data, IDENTITY_KEY_SIZE) == 0) {
			socket_bye(socket, "signed_out", CLOSE_SIGNED_OUT);
		}
	}
}

/* message is the caller's. */
static void tell_org(struct sockets *sockets, struct vp_uuid org, json_t *message)
{
	for (size_t i = 0; message != NULL && i < CHANNEL_BUCKETS; i++) {
		for (struct channel *c = sockets->channels[i]; c != NULL; c = c->next) {
			for (struct socket *s = c->first; vp_uuid_equal(c->org, org) && s != NULL;
				s = s->next) {
				socket_send(s, json_incref(message));
			}
		}
	}
}

static void on_org(struct sockets *sockets, const struct vp_bus_msg *msg)
{
	json_t *message = NULL;
	Ringmain__V1__ConfigChanged *changed =
		ringmain__v1__config_changed__unpack(NULL, msg->len, msg->data);
	if (changed != NULL && strcmp(msg->type, "contact.changed") == 0) {
		message = json_pack("{s:s, s:{s:s, s:s}}", "type", "contact.changed", "contact",
			"type", changed->table, "id", changed->id);
	} else if (changed != NULL && strcmp(msg->type, VP_CONFIG_TYPE) == 0 &&
		   strcmp(changed->table, "providers") == 0) {
		message = json_pack("{s:s}", "type", "providers.changed");
	}
	tell_org(sockets, msg->org, message);
	json_decref(message);
	ringmain__v1__config_changed__free_unpacked(changed, NULL);
}

static const struct {
	const char *type;
	void (*h)(struct channel *channel, const struct vp_bus_msg *msg);
} user_hints[] = {
	{"call.changed", on_changed},
	{"call.media", on_media},
	{"call.quality", on_quality},
	{"call.dtmf_received", on_dtmf},
	{"session.closed", on_session_closed},
};

void on_live(const struct vp_bus_msg *msg, void *arg)
{
	struct sockets *sockets = arg;
	struct vp_uuid user;
	if (strncmp(msg->topic, "rt.o.", 5) == 0 || strcmp(msg->topic, VP_CONFIG_TOPIC) == 0) {
		on_org(sockets, msg);
		return;
	}
	if (strcmp(msg->topic, TRUNK_HEALTH_TOPIC) == 0) {
		trunk_health_hear(sockets->gw->trunk_health, msg, vp_mono_us());
		return;
	}
	if (strncmp(msg->topic, "rt.u.", 5) != 0 || !vp_uuid_parse(msg->topic + 5, &user)) {
		return;
	}
	struct channel *channel = channel_find(sockets, msg->org, user);
	for (size_t i = 0; channel != NULL && i < VP_ARRAY_LEN(user_hints); i++) {
		if (strcmp(user_hints[i].type, msg->type) == 0) {
			user_hints[i].h(channel, msg);
			return;
		}
	}
}
