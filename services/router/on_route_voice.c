/* route.voice: a carrier holds a leg and waits to hear what to do with it. A browser's call is
 * decided as any outbound call, an inbound one by its number's route; what may go on is handed to a
 * call-controller, whose room the leg is sent to. Nothing is answered from memory: without the
 * database the answer is 503, and webhook-ingest has its own sentence for that. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "proto/call.pb-c.h"
#include "proto/provider.pb-c.h"
#include "services/router/adapters/config_read.h"
#include "services/router/adapters/voice_read.h"
#include "services/router/handlers.h"
#include "services/router/router.h"

#define TYPED_MAX 64
#define SID_SIZE 128
#define START_MS 3000
#define TOKEN_MAX 4096
#define ROOM_PREFIX "call-"

struct request {
	struct router *router;
	struct vp_bus_call *call;
	struct vp_uuid provider, org, user, live_call;
	char provider_text[VP_UUID_TEXT_SIZE], user_text[VP_UUID_TEXT_SIZE];
	char driver[16], external_id[SID_SIZE], leg[16];
	char from[TYPED_MAX + 1], to[TYPED_MAX + 1];
	char entity_type[16], entity_id[VP_UUID_TEXT_SIZE];
	char *call_token;
	bool inbound;
	char from_e164[VP_E164_SIZE], to_e164[VP_E164_SIZE];
	char user_name[128];
	bool record;
	uint32_t ring_s;
	int64_t start_us;
};

static void request_free(struct request *request)
{
	free(request->call_token);
	free(request);
}

/* --- answers --- */

static void send_reply(struct request *request, const Ringmain__V1__RouteVoiceReply *out)
{
	uint8_t bytes[1024];

	vp_assert(ringmain__v1__route_voice_reply__get_packed_size(out) <= sizeof(bytes));
	vp_bus_reply_ok(request->call, bytes, ringmain__v1__route_voice_reply__pack(out, bytes));
}

/* A refusal is spoken; only "no idea right now" is an error to the asker. */
static void refuse(struct request *request, enum refusal refusal, const char *detail)
{
	Ringmain__V1__RouteVoiceReply out = RINGMAIN__V1__ROUTE_VOICE_REPLY__INIT;
	const struct refusal_text *text = refusal_text(refusal);

	router_count(request->router, ROUTE_VOICE, refusal, request->start_us);
	if (refusal == REFUSAL_UNAVAILABLE || refusal == REFUSAL_BAD_REQUEST) {
		router_refuse(request->router, ROUTE_VOICE, request->call, refusal, NULL);
	} else {
		vp_log(INFO, "route.refused", VP_KV_STR("kind", "voice"),
			VP_KV_STR("error", text->word));
		out.action = "say";
		out.say = (char *)(uintptr_t)(request->inbound ? voice_say_to_stranger(refusal)
					      : detail         ? detail
							       : text->message);
		send_reply(request, &out);
	}
	request_free(request);
}

static void into_room(
	struct request *request, const char *call_id, const char *room, const char *leg, bool agent)
{
	Ringmain__V1__RouteVoiceReply out = RINGMAIN__V1__ROUTE_VOICE_REPLY__INIT;

	out.call_id = (char *)(uintptr_t)call_id;
	out.action = "conference";
	out.conference = (char *)(uintptr_t)room;
	out.label = (char *)(uintptr_t)leg;
	/* the customer hears music until an agent enters; nobody is left alone with a dead agent */
	out.start_on_enter = agent;
	out.end_on_exit = agent;
	send_reply(request, &out);
	router_count(request->router, ROUTE_VOICE, REFUSAL_NONE, request->start_us);
	request_free(request);
}

/* --- the controller --- */

static void on_started(const struct vp_bus_reply *reply, void *arg)
{
	struct request *request = arg;
	Ringmain__V1__CallProviderStarted *msg = NULL;

	request->router->pending--;
	if (reply->status < 300) {
		msg = ringmain__v1__call_provider_started__unpack(NULL, reply->len, reply->data);
	}
	if (!msg || strlen(msg->room) > SID_SIZE || strlen(msg->call_id) >= VP_UUID_TEXT_SIZE ||
		strlen(msg->leg) > sizeof(request->leg)) {
		vp_log(WARN, "voice.not_started", VP_KV_INT("status", reply->status),
			VP_KV_STR("error", reply->error));
		refuse(request, REFUSAL_UNAVAILABLE, NULL);
	} else {
		into_room(request, msg->call_id, msg->room, msg->leg, !request->inbound);
	}
	if (msg) {
		ringmain__v1__call_provider_started__free_unpacked(msg, NULL);
	}
}

static size_t pack_start(struct request *request, uint8_t **ret)
{
	Ringmain__V1__CallProviderStart msg = RINGMAIN__V1__CALL_PROVIDER_START__INIT;
	char *users[] = {request->user_text};

	msg.provider_id = request->provider_text;
	msg.driver = request->driver;
	msg.external_id = request->external_id;
	msg.direction = request->inbound ? RINGMAIN__V1__DIRECTION__INBOUND
					 : RINGMAIN__V1__DIRECTION__OUTBOUND;
	msg.from_number = request->from_e164;
	msg.to_number = request->to_e164;
	msg.n_user_ids = 1;
	msg.user_ids = users;
	msg.user_name = request->user_name;
	msg.entity_type = request->entity_type;
	msg.entity_id = request->entity_id;
	msg.record = request->record;
	msg.ring_timeout_s = request->ring_s;
	msg.call_token = request->call_token ? request->call_token : (char *)(uintptr_t) "";
	*ret = malloc(ringmain__v1__call_provider_start__get_packed_size(&msg));
	return *ret ? ringmain__v1__call_provider_start__pack(&msg, *ret) : 0;
}

/* The leg's own id is the key: a webhook that is repeated finds the call that it began. */
static void start_call(struct request *request)
{
	VP_CLEANUP(vp_freep)
	char *key = vp_strf("%s:%s", request->provider_text, request->external_id);
	VP_CLEANUP(vp_freep) uint8_t *data = NULL;
	struct vp_bus_op *op;
	struct vp_bus_req req = {.service = "call-controller",
		.type = "call.provider_start",
		.sticky = key,
		.idempotency_key = key,
		.org = request->org,
		.timeout_ms = START_MS};

	req.len = pack_start(request, &data);
	req.data = data;
	if (!key || !data || vp_bus_request(request->router->bus, &req, on_started, request, &op)) {
		refuse(request, REFUSAL_UNAVAILABLE, NULL);
		return;
	}
	request->router->pending++;
}

/* --- a browser calls --- */

static void on_config(int err, const struct vp_db_result *res, void *arg)
{
	struct request *request = arg;
	struct router *router = request->router;
	struct outbound_ask ask = {.org = request->org,
		.user = request->user,
		.to_number = request->to,
		.region = "",
		.node = "",
		.carrier = request->provider_text};
	struct outbound_config config;
	struct outbound_plan plan;
	enum refusal refusal;

	router->pending--;
	if (err) {
		refuse(request, REFUSAL_UNAVAILABLE, NULL);
		return;
	}
	config_read_outbound(res, &config);
	router_report_settings(router, config.settings.faults);
	ask.now_us = vp_mono_us();
	refusal = outbound_decide(&config, router->health, router->guard, &ask, &plan);
	if (refusal) {
		refuse(request, refusal,
			refusal == REFUSAL_INVALID_NUMBER ? vp_e164_explain(plan.number) : NULL);
		return;
	}
	vp_strcopy(request->to_e164, sizeof(request->to_e164), plan.to_e164);
	vp_strcopy(request->from_e164, sizeof(request->from_e164), plan.from_e164);
	request->record = config.settings.record;
	request->ring_s = RING_TIMEOUT_OUT_S;
	start_call(request);
}

static void on_caller(int err, const struct vp_db_result *res, void *arg)
{
	struct request *request = arg;
	struct router *router = request->router;
	struct voice_caller caller;
	enum refusal refusal = REFUSAL_UNAVAILABLE;

	router->pending--;
	if (!err) {
		voice_read_caller(res, &caller);
		refusal = voice_decide_caller(&caller);
	}
	if (refusal) {
		refuse(request, refusal, NULL);
		return;
	}
	request->org = caller.org;
	vp_strcopy(request->user_name, sizeof(request->user_name), caller.user_name);
	if (config_ask_outbound(
		    router->db, request->org, request->user, NULL, on_config, request)) {
		refuse(request, REFUSAL_UNAVAILABLE, NULL);
		return;
	}
	router->pending++;
}

static void begin_browser(struct request *request)
{
	if (!voice_identity_parse(request->from, &request->user)) {
		refuse(request, REFUSAL_NO_LOGIN, NULL);
	} else if (voice_ask_caller(request->router->db, request->provider, request->user,
			   on_caller, request)) {
		refuse(request, REFUSAL_UNAVAILABLE, NULL);
	} else {
		vp_uuid_text(request->user, request->user_text);
		request->router->pending++;
	}
}

/* --- somebody calls a number of ours --- */

static void on_did(int err, const struct vp_db_result *res, void *arg)
{
	struct request *request = arg;
	struct router *router = request->router;
	struct voice_did did;
	enum refusal refusal = REFUSAL_UNAVAILABLE;

	router->pending--;
	if (!err) {
		voice_read_did(res, &did);
		refusal = voice_decide_did(&did);
	}
	if (refusal) {
		refuse(request, refusal, NULL);
		return;
	}
	router_report_settings(router, did.settings.faults);
	request->org = did.org;
	if (vp_e164_normalize(request->from, did.region, request->from_e164) != VP_E164_OK) {
		request->from_e164[0] = '\0'; /* withheld */
	}
	vp_strcopy(request->user_text, sizeof(request->user_text), did.user_id);
	vp_strcopy(request->user_name, sizeof(request->user_name), did.user_name);
	request->record = did.settings.record;
	request->ring_s = did.settings.ring_timeout_in_s;
	start_call(request);
}

static void begin_inbound(struct request *request)
{
	request->inbound = true;
	if (vp_e164_normalize(request->to, "", request->to_e164) != VP_E164_OK) {
		refuse(request, REFUSAL_NO_ROUTE, NULL);
	} else if (voice_ask_did(request->router->db, request->provider, request->to_e164, on_did,
			   request)) {
		refuse(request, REFUSAL_UNAVAILABLE, NULL);
	} else {
		request->router->pending++;
	}
}

/* --- a leg that we dialled asks again --- */

static void on_call(int err, const struct vp_db_result *res, void *arg)
{
	struct request *request = arg;
	Ringmain__V1__RouteVoiceReply out = RINGMAIN__V1__ROUTE_VOICE_REPLY__INIT;
	const bool agent = strcmp(request->leg, "agent") == 0;
	char id[VP_UUID_TEXT_SIZE], room[VP_UUID_TEXT_SIZE + sizeof(ROOM_PREFIX)];

	request->router->pending--;
	if (err) {
		refuse(request, REFUSAL_UNAVAILABLE, NULL);
		return;
	}
	if (vp_db_rows(res) == 0) {
		out.action = "hangup";
		send_reply(request, &out);
		router_count(request->router, ROUTE_VOICE, REFUSAL_NO_ROUTE, request->start_us);
		request_free(request);
		return;
	}
	vp_uuid_text(request->live_call, id);
	(void)snprintf(room, sizeof(room), ROOM_PREFIX "%s", id);
	into_room(request, id, room, agent ? "agent" : "customer", agent);
}

static void begin_answered(struct request *request)
{
	if (vp_uuid_is_nil(request->live_call)) {
		refuse(request, REFUSAL_BAD_REQUEST, NULL);
	} else if (voice_ask_call(request->router->db, request->provider, request->live_call,
			   on_call, request)) {
		refuse(request, REFUSAL_UNAVAILABLE, NULL);
	} else {
		request->router->pending++;
	}
}

/* --- reading --- */

static void take_field(struct request *request, const Ringmain__V1__ProviderField *field)
{
	if (strcmp(field->name, "entity_type") == 0) {
		vp_strcopy(request->entity_type, sizeof(request->entity_type), field->value);
	} else if (strcmp(field->name, "entity_id") == 0) {
		vp_strcopy(request->entity_id, sizeof(request->entity_id), field->value);
	} else if (strcmp(field->name, "CallToken") == 0 && !request->call_token &&
		   strlen(field->value) <= TOKEN_MAX) {
		request->call_token = strdup(field->value);
	}
}

static bool fill(struct request *request, const Ringmain__V1__RouteVoice *in)
{
	if (!vp_uuid_parse(in->provider_id, &request->provider) || !in->external_id[0] ||
		!vp_strcopy(request->external_id, sizeof(request->external_id), in->external_id) ||
		!vp_strcopy(request->driver, sizeof(request->driver), in->driver) ||
		!vp_strcopy(request->leg, sizeof(request->leg), in->leg)) {
		return false;
	}
	vp_uuid_text(request->provider, request->provider_text);
	/* what is too long to be a number is none */
	vp_strcopy(request->from, sizeof(request->from), in->from);
	vp_strcopy(request->to, sizeof(request->to), in->to);
	(void)vp_uuid_parse(in->call_id, &request->live_call);
	for (size_t i = 0; i < in->n_fields; i++) {
		take_field(request, in->fields[i]);
	}
	return true;
}

static void begin(struct request *request, const char *kind)
{
	if (strcmp(kind, "browser") == 0) {
		begin_browser(request);
	} else if (strcmp(kind, "inbound") == 0) {
		begin_inbound(request);
	} else if (strcmp(kind, "answered") == 0) {
		begin_answered(request);
	} else {
		refuse(request, REFUSAL_BAD_REQUEST, NULL);
	}
}

void on_route_voice(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__RouteVoice *in = ringmain__v1__route_voice__unpack(NULL, msg->len, msg->data);
	struct request *request = calloc(1, sizeof(*request));

	if (!request) {
		vp_bus_reply_error(
			call, 503, "no_memory", "The router is out of memory. Try again.");
	} else {
		*request = (struct request){.router = arg, .call = call, .start_us = vp_mono_us()};
		if (in && fill(request, in)) {
			begin(request, in->kind);
		} else {
			refuse(request, REFUSAL_BAD_REQUEST, NULL);
		}
	}
	if (in) {
		ringmain__v1__route_voice__free_unpacked(in, NULL);
	}
}
