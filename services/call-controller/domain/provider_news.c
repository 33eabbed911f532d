#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/domain/provider_news.h"

#define TALK_MAX_S 1000000

static const char *const who_names[] = {"agent", "customer"};

enum provider_who provider_who_parse(const char *leg)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(who_names); i++) {
		if (strcmp(leg, who_names[i]) == 0) {
			return (enum provider_who)i;
		}
	}
	return PROVIDER_NOBODY;
}

const char *provider_who_name(enum provider_who leg)
{
	return leg < PROVIDER_LEGS ? who_names[leg] : "";
}

/* --- Twilio --- */

static const char *field(const Ringmain__V1__ProviderEvent *event, const char *name)
{
	for (size_t i = 0; i < event->n_fields; i++) {
		if (strcmp(event->fields[i]->name, name) == 0) {
			return event->fields[i]->value;
		}
	}
	return "";
}

/* A whole number from 0 to max; -1: none. */
static int number(const char *text, int max)
{
	char *end;
	long value = strtol(text, &end, 10);

	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && value <= max ? (int)value : -1;
}

bool provider_news_twilio_status(const char *status, struct provider_news *news)
{
	static const struct {
		const char *word;
		enum provider_said said;
		enum provider_end end;
	} words[] = {
		{"queued", PROVIDER_SAID_STARTED, 0},
		{"initiated", PROVIDER_SAID_STARTED, 0},
		{"ringing", PROVIDER_SAID_RINGING, 0},
		{"in-progress", PROVIDER_SAID_ANSWERED, 0},
		{"completed", PROVIDER_SAID_ENDED, PROVIDER_END_COMPLETED},
		{"busy", PROVIDER_SAID_ENDED, PROVIDER_END_BUSY},
		{"no-answer", PROVIDER_SAID_ENDED, PROVIDER_END_NO_ANSWER},
		{"failed", PROVIDER_SAID_ENDED, PROVIDER_END_FAILED},
		{"canceled", PROVIDER_SAID_ENDED, PROVIDER_END_CANCELED},
	};

	for (size_t i = 0; i < VP_ARRAY_LEN(words); i++) {
		if (strcmp(status, words[i].word) == 0) {
			news->said = words[i].said;
			news->end = words[i].end;
			return true;
		}
	}
	return false;
}

static bool twilio_status(const Ringmain__V1__ProviderEvent *event, struct provider_news *news)
{
	const int sip = number(field(event, "SipResponseCode"), 699);

	news->talk_s = number(field(event, "CallDuration"), TALK_MAX_S);
	news->sip_status = sip > 0 ? (unsigned)sip : 0;
	return provider_news_twilio_status(field(event, "CallStatus"), news);
}

/* All participants' events come to the address that the first one brought along: the label says of
 * whom they speak. */
static bool twilio_conference(const Ringmain__V1__ProviderEvent *event, struct provider_news *news)
{
	const char *what = field(event, "StatusCallbackEvent");

	news->leg = provider_who_parse(field(event, "ParticipantLabel"));
	(void)vp_strcopy(news->room, sizeof(news->room), field(event, "ConferenceSid"));
	if (strcmp(what, "participant-join") == 0) {
		news->said = PROVIDER_SAID_ANSWERED;
	} else if (strcmp(what, "participant-leave") == 0) {
		news->said = PROVIDER_SAID_LEFT;
	}
	return news->said != PROVIDER_SAID_NOTHING || news->room[0];
}

static bool read_twilio(const Ringmain__V1__ProviderEvent *event, struct provider_news *news)
{
	if (strcmp(event->kind, "status") == 0) {
		return twilio_status(event, news);
	}
	if (strcmp(event->kind, "dial") == 0) {
		news->said = PROVIDER_SAID_LEFT; /* the document that held it in the room is over */
		return true;
	}
	return strcmp(event->kind, "conference") == 0 && twilio_conference(event, news);
}

/* --- Telnyx --- */

static enum provider_source telnyx_source(const json_t *payload)
{
	const char *source = json_string_value(json_object_get(payload, "hangup_source"));

	return !source                         ? PROVIDER_SOURCE_UNSAID
	       : strcmp(source, "caller") == 0 ? PROVIDER_SOURCE_CALLER
	       : strcmp(source, "callee") == 0 ? PROVIDER_SOURCE_CALLEE
					       : PROVIDER_SOURCE_NEITHER;
}

static void telnyx_end(const json_t *payload, struct provider_news *news)
{
	static const struct {
		const char *cause;
		enum provider_end end;
	} causes[] = {
		{"normal_clearing", PROVIDER_END_NORMAL},
		{"time_limit", PROVIDER_END_NORMAL},
		{"user_busy", PROVIDER_END_BUSY},
		{"timeout", PROVIDER_END_NO_ANSWER},
		{"no_answer", PROVIDER_END_NO_ANSWER},
		{"originator_cancel", PROVIDER_END_CANCELED},
	};
	const char *cause = json_string_value(json_object_get(payload, "hangup_cause"));
	const char *sip = json_string_value(json_object_get(payload, "sip_hangup_cause"));
	const int status = sip ? number(sip, 699) : -1;

	news->said = PROVIDER_SAID_ENDED;
	news->end = PROVIDER_END_FAILED;
	news->source = telnyx_source(payload);
	news->sip_status = status > 0 ? (unsigned)status : 0;
	for (size_t i = 0; cause && i < VP_ARRAY_LEN(causes); i++) {
		if (strcmp(cause, causes[i].cause) == 0) {
			news->end = causes[i].end;
		}
	}
}

static bool read_telnyx(const Ringmain__V1__ProviderEvent *event, struct provider_news *news)
{
	json_t *root;

	(void)vp_strcopy(news->room, sizeof(news->room), event->parent_id);
	if (strcmp(event->kind, "call.initiated") == 0) {
		news->said = PROVIDER_SAID_STARTED;
	} else if (strcmp(event->kind, "call.answered") == 0) {
		news->said = PROVIDER_SAID_ANSWERED;
	} else if (strcmp(event->kind, "call.hangup") == 0) {
		root = json_loadb((const char *)event->body.data, event->body.len, 0, NULL);
		telnyx_end(json_object_get(json_object_get(root, "data"), "payload"), news);
		json_decref(root);
	}
	return news->said != PROVIDER_SAID_NOTHING;
}

static void text_of(const json_t *payload, const char *name, char *buf, size_t size)
{
	const char *text = json_string_value(json_object_get(payload, name));

	(void)vp_strcopy(buf, size, text ? text : "");
}

void provider_arrival_read(const Ringmain__V1__ProviderEvent *event, struct provider_arrival *ret)
{
	json_t *root = json_loadb((const char *)event->body.data, event->body.len, 0, NULL);
	const json_t *payload = json_object_get(json_object_get(root, "data"), "payload");

	text_of(payload, "direction", ret->direction, sizeof(ret->direction));
	text_of(payload, "from", ret->from, sizeof(ret->from));
	text_of(payload, "to", ret->to, sizeof(ret->to));
	text_of(payload, "connection_id", ret->connection, sizeof(ret->connection));
	json_decref(root);
}

bool provider_news_read(const Ringmain__V1__ProviderEvent *event, struct provider_news *ret)
{
	*ret = (struct provider_news){.leg = provider_who_parse(event->leg),
		.at_us = event->occurred_us > 0 ? event->occurred_us : 0,
		.talk_s = -1};
	/* an id that does not fit is none of ours */
	(void)vp_strcopy(ret->external_id, sizeof(ret->external_id), event->external_id);
	return strcmp(event->driver, "twilio") == 0
		       ? read_twilio(event, ret)
		       : strcmp(event->driver, "telnyx") == 0 && read_telnyx(event, ret);
}
