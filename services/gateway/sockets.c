/* A socket's life: opened by on_ws.c, greeted by hello.c, closed by either side. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/config_hint.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "proto/config.pb-c.h"
#include "services/gateway/adapters/session_store.h"
#include "services/gateway/sockets_int.h"

#define CONTACT_TOPIC "rt.o."

int sockets_create(struct sockets **ret, struct gateway *gw)
{
	struct sockets *sockets = calloc(1, sizeof(*sockets));
	if (sockets == NULL) {
		return ENOMEM;
	}
	sockets->gw = gw;
	*ret = sockets;
	return 0;
}

struct sockets *sockets_destroy(struct sockets *sockets)
{
	free(sockets); /* the HTTP server is gone, so every socket was closed */
	return NULL;
}

int sockets_listen(struct sockets *sockets)
{
	struct vp_bus *bus = sockets->gw->bus;
	vp_bus_on_live(bus, on_live, sockets);
	int err = vp_bus_subscribe(bus, CONTACT_TOPIC);
	if (err == 0) {
		err = vp_bus_subscribe(bus, VP_CONFIG_TOPIC);
	}
	if (err == 0) {
		err = vp_bus_on_event(bus, "call.changed", on_call_changed, sockets);
	}
	if (err == 0) {
		err = vp_bus_on_event(bus, "recording.stored", on_recording_stored, sockets);
	}
	return err;
}

static void show_count(const struct sockets *sockets)
{
	vp_metric_set(
		vp_gauge("voip_gateway_sockets", "Open WebSockets", NULL), sockets->n_sockets);
}

void socket_send(struct socket *socket, json_t *message)
{
	VP_CLEANUP(vp_freep)
	char *text = message != NULL ? json_dumps(message, JSON_COMPACT) : NULL;
	json_decref(message);
	if (text != NULL) {
		vp_ws_send(socket->ws, text, strlen(text));
	} else {
		vp_log(ERROR, "socket.message_failed", VP_KV_STR("session", socket->session));
	}
}

void socket_bye(struct socket *socket, const char *reason, unsigned code)
{
	socket_send(socket, json_pack("{s:s, s:s}", "type", "bye", "reason", reason));
	vp_ws_close(socket->ws, code, reason);
}

static void socket_free(struct socket *socket)
{
	request_drop_all(socket);
	identity_free(socket->who);
	free(socket);
}

static void socket_remove(struct socket *socket)
{
	struct channel *channel = socket->channel;
	struct socket **at = &channel->first;
	while (*at != socket) {
		at = &(*at)->next;
	}
	*at = socket->next;
	channel->n_sockets--;
	channel->sockets->n_sockets--;
	show_count(channel->sockets);
	socket_free(socket);
	channel_leave(channel);
}

static void on_close(struct vp_ws *ws, void *arg)
{
	(void)ws;
	if (arg != NULL) {
		socket_remove(arg);
	}
}

static struct socket *socket_create(struct sockets *sockets, const struct identity *who)
{
	struct socket *socket = calloc(1, sizeof(*socket));
	if (socket == NULL) {
		return NULL;
	}
	socket->who = identity_copy(who);
	socket->channel = socket->who != NULL ? channel_join(sockets, who) : NULL;
	if (socket->channel == NULL) {
		socket_free(socket);
		return NULL;
	}
	snprintf(socket->session, sizeof(socket->session), "%s/%llu", vp_bus_node(sockets->gw->bus),
		(unsigned long long)++sockets->last_number);
	socket->next = socket->channel->first;
	socket->channel->first = socket;
	socket->channel->n_sockets++;
	sockets->n_sockets++;
	show_count(sockets);
	return socket;
}

static struct vp_ws *upgrade(struct vp_http_req *req, struct socket *socket)
{
	return vp_http_upgrade(req,
		&(struct vp_ws_cfg){.on_text = on_ws_text, .on_close = on_close, .arg = socket});
}

void sockets_accept(struct sockets *sockets, struct vp_http_req *req, const struct identity *who)
{
	const struct channel *channel = channel_find(sockets, who->org, who->user);
	if (channel != NULL && channel->n_sockets >= SOCKETS_PER_USER) {
		struct vp_ws *ws = upgrade(req, NULL);
		if (ws != NULL) { /* a browser sees a close code, not a status */
			vp_ws_close(ws, 1013, "too many sockets of this user");
		}
		return;
	}
	struct socket *socket = socket_create(sockets, who);
	if (socket == NULL) {
		vp_http_reply_error(req, 503, "unavailable", "No memory for one more socket.");
		return;
	}
	socket->ws = upgrade(req, socket);
	if (socket->ws != NULL) {
		hello_start(socket);
	} else {
		socket_remove(socket);
	}
}

static void each_channel(
	struct sockets *sockets, void (*h)(struct channel *channel, int64_t now_us))
{
	int64_t now_us = vp_mono_us();
	for (size_t i = 0; i < CHANNEL_BUCKETS; i++) {
		for (struct channel *channel = sockets->channels[i]; channel != NULL;
			channel = channel->next) {
			h(channel, now_us);
		}
	}
}

void sockets_tick(struct sockets *sockets)
{
	each_channel(sockets, channel_prune);
	if (sockets->settled_s < SETTLE_S && vp_bus_ready(sockets->gw->bus)) {
		sockets->settled_s++;
	}
	each_channel(sockets, hello_again);
	sockets_refresh(sockets);
	if (++sockets->ticks % RECHECK_S == 0) {
		sockets_recheck(sockets);
	}
}

static void drain_channel(struct channel *channel, int64_t now_us)
{
	(void)now_us;
	for (struct socket *socket = channel->first; socket != NULL; socket = socket->next) {
		socket_bye(socket, "draining", 1001);
	}
}

void sockets_drain(struct sockets *sockets)
{
	each_channel(sockets, drain_channel);
}

void sockets_announce_logout(struct sockets *sockets, struct vp_uuid org, struct vp_uuid user,
	const uint8_t key[IDENTITY_KEY_SIZE])
{
	char topic[8 + VP_UUID_TEXT_SIZE], text[VP_UUID_TEXT_SIZE];
	vp_uuid_text(user, text);
	snprintf(topic, sizeof(topic), "rt.u.%s", text);
	vp_bus_publish(sockets->gw->bus, topic,
		&(struct vp_event){.type = "session.closed",
			.org = org,
			.subject = text,
			.data = key,
			.len = IDENTITY_KEY_SIZE});
}

void sockets_announce_contact(
	struct sockets *sockets, struct vp_uuid org, const char *type, struct vp_uuid id)
{
	char topic[8 + VP_UUID_TEXT_SIZE], org_text[VP_UUID_TEXT_SIZE], id_text[VP_UUID_TEXT_SIZE];
	Ringmain__V1__ConfigChanged message = RINGMAIN__V1__CONFIG_CHANGED__INIT;
	uint8_t data[128];
	vp_uuid_text(org, org_text);
	vp_uuid_text(id, id_text);
	snprintf(topic, sizeof(topic), CONTACT_TOPIC "%s", org_text);
	message.table = (char *)type;
	message.id = id_text;
	if (ringmain__v1__config_changed__get_packed_size(&message) > sizeof(data)) {
		return;
	}
	size_t len = ringmain__v1__config_changed__pack(&message, data);
	vp_bus_publish(sockets->gw->bus, topic,
		&(struct vp_event){.type = "contact.changed",
			.org = org,
			.subject = id_text,
			.data = data,
			.len = len});
}
