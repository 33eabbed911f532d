#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "proto/provider.pb-c.h"
#include "services/webhook-ingest/ask_route.h"
#include "services/webhook-ingest/domain/form.h"
#include "services/webhook-ingest/domain/twiml.h"
#include "services/webhook-ingest/ingest.h"

#define LOG_US 10000000LL
#define URL_SIZE 1024

struct ask_route {
	struct ingest *ingest;
	struct vp_bus_op *op;
	ask_route_h *h;
	void *arg;
	struct vp_uuid provider;
	bool browser;
};

static struct vp_log_limit apology_log;

/* --- the question --- */

static const char *kind_of(const struct facts *facts)
{
	if (facts->call_id[0] != '\0') {
		return "answered";
	}
	return strncmp(form_get(&facts->form, "From"), "client:", 7) == 0 ? "browser" : "inbound";
}

static uint8_t *pack(const struct arrival *arrival, size_t *ret_len)
{
	const struct vp_twilio_form *form = &arrival->facts.form;
	Ringmain__V1__RouteVoice msg = RINGMAIN__V1__ROUTE_VOICE__INIT;
	char provider[VP_UUID_TEXT_SIZE];
	Ringmain__V1__ProviderField *fields = calloc(form->n + 1, sizeof(*fields));
	Ringmain__V1__ProviderField **list = calloc(form->n + 1, sizeof(void *));
	uint8_t *data = NULL;
	vp_uuid_text(arrival->hook.provider, provider);
	msg.provider_id = provider;
	msg.driver = (char *)hook_driver_name(arrival->hook.driver);
	msg.external_id = (char *)arrival->hook.external_id;
	msg.kind = (char *)kind_of(&arrival->facts);
	msg.from = (char *)form_get(form, "From");
	msg.to = (char *)form_get(form, "To");
	msg.call_id = (char *)arrival->facts.call_id;
	msg.leg = (char *)arrival->facts.leg;
	for (size_t i = 0; fields && list && i < form->n; i++) {
		ringmain__v1__provider_field__init(&fields[i]);
		fields[i].name = (char *)form->fields[i].name;
		fields[i].value = (char *)form->fields[i].value;
		list[i] = &fields[i];
	}
	if (fields && list) {
		msg.n_fields = form->n;
		msg.fields = list;
		*ret_len = ringmain__v1__route_voice__get_packed_size(&msg);
		data = malloc(*ret_len + 1);
	}
	if (data) {
		ringmain__v1__route_voice__pack(&msg, data);
	}
	free(fields);
	free(list);
	return data;
}

/* --- the answer --- */

static char *apologise(const struct ask_route *ask, const char *reason, const char *error)
{
	uint64_t held_back;
	count_apology(reason);
	if (vp_log_limit_pass(&apology_log, LOG_US, &held_back)) {
		vp_log(WARN, "voice.apology", VP_KV_STR("reason", reason),
			VP_KV_STR("error", error), VP_KV_INT("held_back", held_back));
	}
	return twiml_say(ask->ingest->cfg->apology);
}

/* Our own address for what happens in the conference. What router says is put into words that need
 * no escape, or left out. */
static void callback_url(const struct ask_route *ask, const char *kind,
	const Ringmain__V1__RouteVoiceReply *reply, char url[URL_SIZE])
{
	char provider[VP_UUID_TEXT_SIZE], call[VP_UUID_TEXT_SIZE] = "", leg[FACTS_LEG_MAX + 1];
	struct vp_uuid id;
	vp_uuid_text(ask->provider, provider);
	if (vp_uuid_parse(reply->call_id, &id)) {
		vp_uuid_text(id, call);
	}
	facts_word(leg, sizeof(leg), reply->label);
	if (leg[strcspn(leg, "+=/@:")] != '\0') {
		leg[0] = '\0';
	}
	snprintf(url, URL_SIZE, "%s/voip/webhook/p/%s/%s?call=%s&leg=%s", ask->ingest->bases[0],
		provider, kind, call, leg);
}

static char *conference(const struct ask_route *ask, const Ringmain__V1__RouteVoiceReply *reply)
{
	char status[URL_SIZE], action[URL_SIZE];
	callback_url(ask, "conference", reply, status);
	callback_url(ask, "dial", reply, action);
	return twiml_conference(&(struct twiml_conference){.room = reply->conference,
		.label = reply->label,
		.start_on_enter = reply->start_on_enter,
		.end_on_exit = reply->end_on_exit,
		.silent_wait = ask->browser,
		.status_url = status,
		.action_url = action});
}

static char *twiml_of(const struct ask_route *ask, const Ringmain__V1__RouteVoiceReply *reply)
{
	if (strcmp(reply->action, "conference") == 0 && reply->conference[0] != '\0') {
		return conference(ask, reply);
	}
	if (strcmp(reply->action, "say") == 0 && reply->say[0] != '\0') {
		return twiml_say(reply->say);
	}
	if (strcmp(reply->action, "reject") == 0 || strcmp(reply->action, "busy") == 0) {
		return twiml_reject(strcmp(reply->action, "busy") == 0);
	}
	if (strcmp(reply->action, "hangup") == 0) {
		return twiml_hangup();
	}
	return apologise(ask, "malformed", reply->action);
}

static void on_reply(const struct vp_bus_reply *reply, void *arg)
{
	struct ask_route *ask = arg;
	char *twiml;
	if (reply->status >= 400) {
		const char *reason = reply->status == 504   ? "timeout"
				     : reply->status == 503 ? "unavailable"
							    : "refused";
		twiml = apologise(ask, reason, reply->error);
	} else {
		Ringmain__V1__RouteVoiceReply *msg =
			ringmain__v1__route_voice_reply__unpack(NULL, reply->len, reply->data);
		twiml = msg ? twiml_of(ask, msg)
			    : apologise(ask, "malformed", "no RouteVoiceReply");
		ringmain__v1__route_voice_reply__free_unpacked(msg, NULL);
	}
	ask->h(twiml, ask->arg);
	free(ask);
}

int ask_route(struct ask_route **ret, const struct arrival *arrival, struct vp_uuid key,
	ask_route_h *h, void *arg)
{
	struct ingest *ingest = arrival->ingest;
	struct ask_route *ask = malloc(sizeof(*ask));
	size_t len = 0;
	VP_CLEANUP(vp_freep) uint8_t *data = pack(arrival, &len);
	char text[VP_UUID_TEXT_SIZE];
	if (!ask || !data) {
		free(ask);
		return ENOMEM;
	}
	*ask = (struct ask_route){.ingest = ingest,
		.h = h,
		.arg = arg,
		.provider = arrival->hook.provider,
		.browser = strcmp(kind_of(&arrival->facts), "browser") == 0};
	vp_uuid_text(key, text);
	int err = vp_bus_request(ingest->bus,
		&(struct vp_bus_req){.service = "router",
			.type = "route.voice",
			.org = arrival->hook.org,
			.subject = arrival->facts.call_id,
			.idempotency_key = text,
			.timeout_ms = (unsigned)ingest->cfg->voice_timeout_ms,
			.data = data,
			.len = len},
		on_reply, ask, &ask->op);
	if (err) {
		free(ask);
		return err;
	}
	*ret = ask;
	return 0;
}

void ask_route_cancel(struct ask_route *ask)
{
	vp_bus_cancel(ask->op);
	free(ask);
}
