/* Telnyx: {"data": {"id", "event_type", "occurred_at", "payload": {...}}}.
 * https://developers.telnyx.com/docs/voice/programmable-voice/receiving-webhooks */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "services/webhook-ingest/domain/facts_int.h"

#define STATE_MAX 512
#define MICROSECONDS 6

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

/* "2026-11-23T06:08:00.123456Z"; 0: it is none. */
static int64_t time_of(const char *text)
{
	struct tm tm = {0};
	const char *at = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!at) {
		return 0;
	}
	int64_t fraction = 0;
	int digits = 0;
	if (*at == '.') {
		for (at++; *at >= '0' && *at <= '9'; at++) {
			if (digits < MICROSECONDS) {
				fraction = fraction * 10 + (*at - '0');
				digits++;
			}
		}
	}
	for (; digits < MICROSECONDS; digits++) {
		fraction *= 10;
	}
	bool utc = strcmp(at, "Z") == 0 || strcmp(at, "+00:00") == 0;
	return utc ? (int64_t)timegm(&tm) * 1000000 + fraction : 0;
}

/* client_state is base64 of what we gave it when we dialled: "call=<id>&leg=<leg>". */
static void read_state(struct facts *facts, const char *base64)
{
	uint8_t text[STATE_MAX + 1];
	size_t len = strlen(base64);
	if (len == 0 || len > STATE_MAX) {
		return;
	}
	long n = vp_base64_decode(base64, len, text);
	if (n > 0) {
		text[n] = '\0';
		facts_read_ours(facts, (const char *)text);
	}
}

static void read_payload(struct facts *facts, const json_t *payload)
{
	facts_word(facts->external_id, sizeof(facts->external_id),
		text_of(payload, "call_control_id"));
	facts_word(facts->parent_id, sizeof(facts->parent_id), text_of(payload, "call_session_id"));
	read_state(facts, text_of(payload, "client_state"));
}

int facts_telnyx(struct facts *facts, const struct hook *hook)
{
	json_t *root = json_loadb(hook->body, hook->len, 0, NULL);
	const json_t *data = json_object_get(root, "data");
	const char *id = text_of(data, "id");
	facts_word(facts->kind, sizeof(facts->kind), text_of(data, "event_type"));
	if (facts->kind[0] == '\0') {
		vp_strcopy(facts->kind, sizeof(facts->kind), "unknown");
	}
	facts->occurred_us = time_of(text_of(data, "occurred_at"));
	read_payload(facts, json_object_get(data, "payload"));
	facts->dedupe = id[0] != '\0' ? facts_key(hook, (const char *const[]){"id", id}, 2)
				      : facts_key_of_body(hook, facts->kind, "");
	json_decref(root);
	return 0;
}
