/* Twilio: a form. Kinds are those of the address; where it leaves that open, the fields tell.
 * https://www.twilio.com/docs/voice/twiml, .../voice/api/call-resource#statuscallback */
#include <errno.h>
#include <string.h>
#include <time.h>
#include "libcommon/base/base.h"
#include "services/webhook-ingest/domain/facts_int.h"
#include "services/webhook-ingest/domain/form.h"

#define KEY_FIELDS 5

/* What makes an event of a kind the same as another one: these fields, of which the first must be
 * there, and the address when it is part of it. */
static const struct rule {
	const char *kind;
	const char *fields[KEY_FIELDS];
	bool target;
} rules[] = {
	{"voice", {"CallSid"}, .target = true},
	{"fallback", {"CallSid"}, .target = true},
	{"status", {"CallSid", "SequenceNumber", "CallbackSource", "CallStatus"}},
	{"recording", {"RecordingSid", "RecordingStatus"}},
	{"conference",
		{"ConferenceSid", "StatusCallbackEvent", "CallSid", "SequenceNumber", "Timestamp"}},
	{"dial", {"CallSid", "DialCallSid", "DialCallStatus"}, .target = true},
};

static const struct rule *rule_of(const char *kind)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(rules); i++) {
		if (strcmp(rules[i].kind, kind) == 0) {
			return &rules[i];
		}
	}
	return NULL;
}

static const char *kind_of(const struct vp_twilio_form *form, const char *path_kind)
{
	if (path_kind[0] != '\0' && strcmp(path_kind, "status") != 0) {
		return path_kind;
	}
	if (form_get(form, "RecordingStatus")[0] != '\0') {
		return "recording";
	}
	if (form_get(form, "StatusCallbackEvent")[0] != '\0' &&
		form_get(form, "ConferenceSid")[0] != '\0') {
		return "conference";
	}
	return form_get(form, "CallSid")[0] != '\0' ? "status" : "unknown";
}

static struct vp_uuid key_of(const struct vp_twilio_form *form, const struct hook *hook,
	const char *kind, const char *token)
{
	const struct rule *rule = rule_of(kind);
	if (!rule || form_get(form, rule->fields[0])[0] == '\0') {
		return facts_key_of_body(hook, kind, token);
	}
	const char *parts[FACTS_KEY_PARTS] = {kind};
	size_t n = 1;
	for (size_t i = 0; i < KEY_FIELDS && rule->fields[i]; i++) {
		parts[n++] = form_get(form, rule->fields[i]);
	}
	if (rule->target) {
		parts[n++] = hook->target;
	}
	return facts_key(hook, parts, n);
}

/* Two digits at text, at most max; false: they are none. */
static bool read_two(const char *text, int max, int *ret)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') {
		return false;
	}
	*ret = (text[0] - '0') * 10 + text[1] - '0';
	return *ret <= max;
}

/* Three letters of "JanFebMar..."; -1: no month. */
static int month_of(const char *text)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	for (int i = 0; i < 12; i++) {
		if (memcmp(names + (size_t)i * 3, text, 3) == 0) {
			return i;
		}
	}
	return -1;
}

/* "Mon, 23 Nov 2026 00:00:00 +0000" (RFC 2822, always UTC); 0: it is none. By hand, since strptime
 * goes through the names of a language for each webhook. */
static int64_t time_of(const char *text)
{
	static const char shape[] = "???, ?? ??? ???? ??:??:?? +0000";
	struct tm tm = {0};
	int century, year;
	for (size_t i = 0; i < sizeof(shape); i++) {
		if (shape[i] != '?' ? text[i] != shape[i] : text[i] == '\0') {
			return 0;
		}
	}
	tm.tm_mon = month_of(text + 8);
	if (tm.tm_mon < 0 || !read_two(text + 5, 31, &tm.tm_mday) || tm.tm_mday == 0 ||
		!read_two(text + 12, 99, &century) || !read_two(text + 14, 99, &year) ||
		!read_two(text + 17, 23, &tm.tm_hour) || !read_two(text + 20, 59, &tm.tm_min) ||
		!read_two(text + 23, 60, &tm.tm_sec)) {
		return 0;
	}
	tm.tm_year = century * 100 + year - 1900;
	return (int64_t)timegm(&tm) * 1000000;
}

/* Twilio tells whole seconds: it was within that one, and not after we heard of it. */
static int64_t moment_of(int64_t second_us, int64_t received_us)
{
	const int64_t last_us = second_us + 999999;
	if (second_us == 0 || received_us < second_us) {
		return second_us;
	}
	return received_us < last_us ? received_us : last_us;
}

static int read_form(struct facts *facts, const struct hook *hook, struct vp_twilio_form *read)
{
	int err = 0;
	if (read) {
		facts->form = *read;
		*read = (struct vp_twilio_form){0};
	} else {
		err = vp_twilio_form_parse(&facts->form, hook->body, hook->len);
	}
	form_clean_fields(&facts->form);
	return err;
}

int facts_twilio(struct facts *facts, const struct hook *hook, const struct facts_hints *hints)
{
	int err = read_form(facts, hook, hints->form);
	if (err == ENOMEM) {
		return err;
	}
	const struct vp_twilio_form *form = &facts->form;
	vp_strcopy(facts->kind, sizeof(facts->kind), err ? "unknown" : kind_of(form, hints->kind));
	facts_word(facts->external_id, sizeof(facts->external_id), form_get(form, "CallSid"));
	facts_word(facts->parent_id, sizeof(facts->parent_id), form_get(form, "ParentCallSid"));
	facts->occurred_us = moment_of(time_of(form_get(form, "Timestamp")), hook->received_us);
	facts->dedupe = key_of(form, hook, facts->kind, hints->token);
	return 0;
}
