#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/demo-carrier/numbers.h"

enum { DEFAULT_RING_MS = 500, NATIONAL_DIGITS = 10, SECONDS_MAX = 3600 };

/* Which time of the plan the SECONDS of a --number set. */
enum tunable { TUNE_NOTHING, TUNE_RING, TUNE_HANGUP, TUNE_HOLD };

struct kind {
	const char *name;
	const char *e164;
	struct plan plan;
	enum tunable tunable;
	const char *help;
};

static const struct kind kinds[] = {
	{"echo", "+14155550101", {.ring_ms = DEFAULT_RING_MS, .sound = SOUND_ECHO}, TUNE_RING,
		"answers and echoes what it hears"},
	{"speech", "+14155550102", {.ring_ms = DEFAULT_RING_MS, .sound = SOUND_SPEECH}, TUNE_RING,
		"answers, speaks a few sentences, then is silent"},
	{"tone", "+14155550103", {.ring_ms = DEFAULT_RING_MS, .sound = SOUND_TONE, .tone_hz = 1000},
		TUNE_RING, "answers and plays 1000 Hz"},
	{"busy", "+14155550104", {.reject = 486, .reason = "Busy Here"}, TUNE_NOTHING, "486"},
	{"no_answer", "+14155550105", {.ring_ms = RING_FOR_EVER}, TUNE_NOTHING,
		"rings until the caller gives up"},
	{"early_media", "+14155550106",
		{.early_media = true, .ring_ms = 3000, .sound = SOUND_TONE, .tone_hz = 1000},
		TUNE_RING, "183 with 1000 Hz, answers after 3 s"},
	{"unknown", "+14155550107", {.reject = 404, .reason = "Not Found"}, TUNE_NOTHING, "404"},
	{"unavailable", "+14155550108", {.reject = 503, .reason = "Service Unavailable"},
		TUNE_NOTHING, "503"},
	{"hangup", "+14155550109",
		{.ring_ms = DEFAULT_RING_MS,
			.sound = SOUND_TONE,
			.tone_hz = 1000,
			.hangup_ms = 3000},
		TUNE_HANGUP, "answers with 1000 Hz and hangs up after 3 s"},
	{"hold", "+14155550110",
		{.ring_ms = DEFAULT_RING_MS, .sound = SOUND_TONE, .tone_hz = 1000, .hold_ms = 2000},
		TUNE_HOLD, "answers, holds after 2 s, comes back 2 s later"},
	{"slow", "+14155550111", {.ring_ms = 5000, .sound = SOUND_TONE, .tone_hz = 1000}, TUNE_RING,
		"rings for 5 s, then answers with 1000 Hz"},
	{"declined", "+14155550112", {.reject = 603, .reason = "Decline"}, TUNE_NOTHING, "603"},
	{"silent", "+14155550113", {.ring_ms = DEFAULT_RING_MS}, TUNE_RING,
		"answers and says nothing"},
};

static void number_set(struct number *number, const struct kind *kind, const char *e164)
{
	*number = (struct number){.kind = kind->name, .plan = kind->plan, .help = kind->help};
	vp_strcopy(number->e164, sizeof(number->e164), e164);
}

void numbers_init(struct numbers *numbers)
{
	*numbers = (struct numbers){.count = VP_ARRAY_LEN(kinds)};
	for (size_t i = 0; i < VP_ARRAY_LEN(kinds); i++) {
		number_set(&numbers->entry[i], &kinds[i], kinds[i].e164);
	}
}

static const struct kind *kind_find(const char *name, size_t len)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(kinds); i++) {
		if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, name, len) == 0) {
			return &kinds[i];
		}
	}
	return NULL;
}

static int tune(struct plan *plan, enum tunable tunable, const char *seconds)
{
	char *end;
	unsigned long value = strtoul(seconds, &end, 10);

	if (*seconds == '\0' || *end != '\0' || value > SECONDS_MAX) {
		return EINVAL;
	}
	switch (tunable) {
	case TUNE_RING: plan->ring_ms = (uint32_t)value * 1000; return 0;
	case TUNE_HANGUP: plan->hangup_ms = (uint32_t)value * 1000; return 0;
	case TUNE_HOLD: plan->hold_ms = (uint32_t)value * 1000; return 0;
	case TUNE_NOTHING: break;
	}
	return EINVAL;
}

/* The row that still has the kind's default number, or a fresh one. */
static struct number *row_for(struct numbers *numbers, const struct kind *kind)
{
	for (size_t i = 0; i < numbers->count; i++) {
		struct number *n = &numbers->entry[i];
		if (strcmp(n->kind, kind->name) == 0 && strcmp(n->e164, kind->e164) == 0) {
			return n;
		}
	}
	return numbers->count < NUMBERS_MAX ? &numbers->entry[numbers->count++] : NULL;
}

int numbers_add(struct numbers *numbers, const char *spec)
{
	const char *equals = strchr(spec, '=');
	const struct kind *kind = equals ? kind_find(spec, (size_t)(equals - spec)) : NULL;

	if (!kind) {
		return EINVAL;
	}

	char typed[64];
	if (!vp_strcopy(typed, sizeof(typed), equals + 1)) {
		return EINVAL;
	}
	char *seconds = strchr(typed, ',');
	if (seconds) {
		*seconds++ = '\0';
	}

	char e164[VP_E164_SIZE];
	struct plan plan = kind->plan;
	if (vp_e164_normalize(typed, "US", e164) != VP_E164_OK ||
		(seconds && tune(&plan, kind->tunable, seconds) != 0)) {
		return EINVAL;
	}

	struct number *row = row_for(numbers, kind);
	if (!row) {
		return ENOSPC;
	}
	number_set(row, kind, e164);
	row->plan = plan;
	return 0;
}

/* The last ten digits, since trunks write one number in several ways. */
static void national_tail(const char *text, char tail[NATIONAL_DIGITS + 1])
{
	char digits[64];
	size_t n = 0;

	for (; *text && *text != ';' && n < sizeof(digits) - 1; text++) {
		if (*text >= '0' && *text <= '9') {
			digits[n++] = *text;
		}
	}
	digits[n] = '\0';
	vp_strcopy(tail, NATIONAL_DIGITS + 1,
		n > NATIONAL_DIGITS ? digits + n - NATIONAL_DIGITS : digits);
}

const struct number *numbers_find(const struct numbers *numbers, const char *user)
{
	char wanted[NATIONAL_DIGITS + 1], tail[NATIONAL_DIGITS + 1];

	national_tail(user, wanted);
	for (size_t i = 0; i < numbers->count; i++) {
		national_tail(numbers->entry[i].e164, tail);
		if (strcmp(tail, wanted) == 0) {
			return &numbers->entry[i];
		}
	}
	return NULL;
}
