/* Fields against their table: one sentence a fault, with the way out. */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/provider/provider.h"

#define TEXT_MAX 512
#define LINES_MAX (32 << 10)
#define SENTENCE_SIZE 512
#define HOST_MAX 253
#define LABEL_MAX 63

struct check {
	void (*h)(const char *key, const char *sentence, void *arg);
	void *arg;
	size_t faults;
};

static bool has_controls(const char *value, bool lines)
{
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if ((c < 0x20 && !(lines && (c == '\n' || c == '\r' || c == '\t'))) || c == 0x7f) {
			return true;
		}
	}
	return false;
}

static bool is_utf8(const char *value)
{
	json_t *probe = json_string(value);

	json_decref(probe);
	return probe != NULL;
}

static bool is_label(const char *label, size_t len)
{
	if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-') {
		return false;
	}
	return strspn(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "0123456789-_") >= len;
}

static bool is_host(const char *value)
{
	uint8_t addr[16];

	if (inet_pton(AF_INET, value, addr) == 1 || inet_pton(AF_INET6, value, addr) == 1) {
		return true;
	}
	if (strnlen(value, HOST_MAX + 1) > HOST_MAX ||
		strspn(value, "0123456789.") == strlen(value)) {
		return false;
	}
	for (;;) {
		size_t len = strcspn(value, ".");

		if (!is_label(value, len)) {
			return false;
		}
		value += len;
		if (*value == '\0' || strcmp(value, ".") == 0) {
			return true;
		}
		value++;
	}
}

static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *at = choices; *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word == len && strncmp(at, value, len) == 0) {
			return true;
		}
		at += word;
	}
	return false;
}

static const char *check_number(
	const struct vp_provider_field *field, const char *value, char buf[SENTENCE_SIZE])
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	if (errno == 0 && *end == '\0' && value[0] >= '0' && value[0] <= '9' &&
		number >= field->min && number <= field->max) {
		return NULL;
	}
	snprintf(buf, SENTENCE_SIZE, "%s is a whole number from %ld to %ld.", field->label,
		field->min, field->max);
	return buf;
}

static const char *check_phone(
	const struct vp_provider_field *field, const char *value, char buf[SENTENCE_SIZE])
{
	char number[VP_E164_SIZE];
	enum vp_e164_verdict verdict = vp_e164_normalize(value, "", number);

	if (verdict != VP_E164_OK) {
		snprintf(buf, SENTENCE_SIZE, "%s: %s", field->label, vp_e164_explain(verdict));
		return buf;
	}
	if (strcmp(number, value) != 0) {
		snprintf(buf, SENTENCE_SIZE, "%s: write it as %s.", field->label, number);
		return buf;
	}
	return NULL;
}

static const char *check_kind(
	const struct vp_provider_field *field, const char *value, char buf[SENTENCE_SIZE])
{
	switch (field->kind) {
	case VP_FIELD_NUMBER: return check_number(field, value, buf);
	case VP_FIELD_PHONE: return check_phone(field, value, buf);
	case VP_FIELD_HOST:
		snprintf(buf, SENTENCE_SIZE,
			"%s is a name like sip.example.com or an address, without port or sip:.",
			field->label);
		return is_host(value) ? NULL : buf;
	case VP_FIELD_CHOICE:
		snprintf(buf, SENTENCE_SIZE, "%s is one of: %s.", field->label, field->choices);
		return is_choice(field->choices, value) ? NULL : buf;
	case VP_FIELD_BOOL:
		snprintf(buf, SENTENCE_SIZE, "%s is true or false.", field->label);
		return is_choice("true false", value) ? NULL : buf;
	default: return NULL;
	}
}

/* NULL, or the sentence, maybe in buf. */
static const char *check_value(
	const struct vp_provider_field *field, const char *value, char buf[SENTENCE_SIZE])
{
	bool lines = field->kind == VP_FIELD_LINES;
	size_t max = lines ? LINES_MAX : TEXT_MAX;
	const char *sentence;

	if (strnlen(value, max + 1) > max) {
		snprintf(buf, SENTENCE_SIZE, "%s is too long: at most %zu characters.",
			field->label, max);
		return buf;
	}
	if (has_controls(value, lines) || !is_utf8(value)) {
		snprintf(buf, SENTENCE_SIZE,
			"%s holds characters that cannot be seen. Type it anew instead of pasting.",
			field->label);
		return buf;
	}
	sentence = check_kind(field, value, buf);
	return sentence || !field->check ? sentence : field->check(value);
}

static void check_field(const struct vp_provider_config *config,
	const struct vp_provider_field *field, struct check *check)
{
	const char *value = vp_provider_get(config, NULL, field->key), *sentence = NULL;
	char buf[SENTENCE_SIZE];

	if (value) {
		sentence = check_value(field, value, buf);
	} else if (field->required) {
		snprintf(buf, sizeof(buf), "%s is needed. %s", field->label, field->help);
		sentence = buf;
	}
	if (sentence) {
		check->faults++;
		check->h(field->key, sentence, check->arg);
	}
}

static void ignore(const char *key, const char *sentence, void *arg)
{
	(void)key;
	(void)sentence;
	(void)arg;
}

size_t vp_provider_check(const struct vp_provider_driver *driver,
	const struct vp_provider_config *config,
	void (*h)(const char *key, const char *sentence, void *arg), void *arg)
{
	struct check check = {.h = h ? h : ignore, .arg = arg};
	const char *key, *sentence;

	for (size_t i = 0; i < driver->n_fields; i++) {
		check_field(config, &driver->fields[i], &check);
	}
	/* fields that are wrong by themselves make no sense together */
	if (check.faults == 0 && driver->check) {
		sentence = driver->check(config, &key);
		if (sentence) {
			check.faults++;
			check.h(key, sentence, arg);
		}
	}
	return check.faults;
}
