#include <errno.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/base/uuid.h"
#include "services/gateway/domain/contact_input.h"
#include "services/gateway/domain/text.h"

enum field_type { FIELD_TEXT, FIELD_EMAIL, FIELD_ID, FIELD_UUID, FIELD_AMOUNT, FIELD_CURRENCY };
enum { LABEL_MAX = 32, NUMBER_MAX = 64, AMOUNT_DIGITS = 12 };
#define PERSON (1u << CONTACT_PERSON)
#define LEAD (1u << CONTACT_LEAD)
#define DEAL (1u << CONTACT_DEAL)

static const struct field {
	const char *key;
	enum field_type type;
	unsigned kinds;
	size_t max;      /* characters */
	const char *def; /* of a column that is never null */
} fields[] = {
	{"name", FIELD_TEXT, PERSON | LEAD | DEAL, 200, NULL},
	{"email", FIELD_EMAIL, PERSON | LEAD | DEAL, 254, NULL},
	{"company", FIELD_TEXT, PERSON | LEAD | DEAL, 200, NULL},
	{"external_id", FIELD_ID, PERSON | LEAD | DEAL, 64, NULL},
	{"owner_id", FIELD_UUID, PERSON | LEAD | DEAL, 0, NULL},
	{"title", FIELD_TEXT, LEAD, 200, NULL},
	{"status", FIELD_TEXT, LEAD, 64, "new"},
	{"stage", FIELD_TEXT, DEAL, 64, "open"},
	{"amount", FIELD_AMOUNT, DEAL, 0, NULL},
	{"currency", FIELD_CURRENCY, DEAL, 3, NULL},
	{"lead_id", FIELD_UUID, DEAL, 0, NULL},
	{"person_id", FIELD_UUID, LEAD | DEAL, 0, NULL},
};

static void add_fault(
	struct contact_faults *faults, const char *field, const char *error, const char *message)
{
	if (faults->count < CONTACT_FAULTS_MAX) {
		faults->item[faults->count++] = (struct contact_fault){field, error, message};
	}
}

/* NULL: fine; otherwise what is wrong with it. */
static const char *text_fault(const char *text, size_t max, const char **ret_error)
{
	*ret_error = "invalid";
	if (!text_is_clean(text)) {
		return "It has characters that no text has.";
	}
	if (text_length(text) > max) {
		*ret_error = "too_long";
		return "It is too long.";
	}
	if (text_is_formula(text)) {
		*ret_error = "formula";
		return "It begins with = + - or @, which a spreadsheet would run as a formula. Put "
		       "a letter first.";
	}
	return NULL;
}

static bool is_amount(const char *text)
{
	size_t whole = strspn(text, "0123456789");
	const char *rest = text + whole;

	if (whole < 1 || whole > AMOUNT_DIGITS) {
		return false;
	}
	if (*rest == '.') {
		size_t cents = strspn(rest + 1, "0123456789");

		return cents >= 1 && cents <= 2 && rest[1 + cents] == '\0';
	}
	return *rest == '\0';
}

static const char *typed_fault(enum field_type type, const char *text)
{
	struct vp_uuid id;

	switch (type) {
	case FIELD_EMAIL: return text_is_email(text) ? NULL : "It is no e-mail address.";
	case FIELD_UUID: return vp_uuid_parse(text, &id) ? NULL : "It is no id of ours.";
	case FIELD_AMOUNT:
		return is_amount(text)
			       ? NULL
			       : "It is no amount such as 1250.50, of at most two decimals.";
	case FIELD_CURRENCY:
		return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3 && !text[3]
			       ? NULL
			       : "It is no currency such as USD.";
	case FIELD_TEXT:
	case FIELD_ID: break;
	}
	return NULL;
}

/* The value as text, without blanks around it; *ret is NULL for null and "". False: no text. */
static bool value_text(
	const struct field *field, const json_t *value, char buf[1024], const char **ret)
{
	const char *text = json_string_value(value);
	size_t len;

	*ret = NULL;
	if (json_is_null(value)) {
		return true;
	}
	if (!text && field->type == FIELD_ID && json_is_integer(value)) {
		snprintf(buf, 1024, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		*ret = buf;
		return true;
	}
	if (!text && field->type == FIELD_AMOUNT && json_is_number(value)) {
		/* as many digits as a double keeps: too many decimals are seen, not rounded away */
		snprintf(buf, 1024, "%.15g", json_number_value(value));
		*ret = buf;
		return true;
	}
	if (!text || strlen(text) != json_string_length(value)) {
		return false;
	}
	text += strspn(text, " ");
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ') {
		len--;
	}
	if (len >= 1024) { /* longer than any field: it will be refused for that */
		for (len = 1023; ((unsigned char)text[len] & 0xC0) == 0x80; len--) {
		} /* not through the middle of a character */
	}
	memcpy(buf, text, len);
	buf[len] = '\0';
	*ret = len ? buf : NULL;
	return true;
}

static void read_field(
	const struct field *field, const json_t *value, json_t *row, struct contact_faults *faults)
{
	char buf[1024];
	const char *text, *error, *message;

	if (!value_text(field, value, buf, &text)) {
		add_fault(faults, field->key, "invalid", "It must be text.");
		return;
	}
	if (!text) {
		if (strcmp(field->key, "name") == 0) {
			add_fault(faults, field->key, "required", "A name is needed.");
		}
		json_object_set_new(
			row, field->key, field->def ? json_string(field->def) : json_null());
		return;
	}
	error = "invalid";
	message = field->max ? text_fault(text, field->max, &error) : NULL;
	message = message ? message : typed_fault(field->type, text);
	if (message) {
		add_fault(faults, field->key, error, message);
		return;
	}
	json_object_set_new(row, field->key, json_string(text));
}

static bool has_number(const json_t *numbers, const char *e164)
{
	size_t i;
	json_t *number;

	json_array_foreach(numbers, i, number)
	{
		if (strcmp(json_string_value(json_object_get(number, "e164")), e164) == 0) {
			return true;
		}
	}
	return false;
}

struct typed_number {
	const char *typed, *label;
	bool is_primary;
};

static bool read_number_item(const json_t *item, struct typed_number *ret)
{
	const json_t *label = json_object_get(item, "label"),
		     *primary = json_object_get(item, "primary");

	*ret = (struct typed_number){.typed = json_string_value(item), .label = "work"};
	if (json_is_object(item)) {
		ret->typed = json_string_value(json_object_get(item, "number"));
		ret->label = label ? json_string_value(label) : "work";
		ret->is_primary = json_is_true(primary);
	}
	return ret->typed && ret->label && *ret->label && text_is_clean(ret->label) &&
	       text_length(ret->label) <= LABEL_MAX && !text_is_formula(ret->label) &&
	       text_is_clean(ret->typed) && strlen(ret->typed) <= NUMBER_MAX;
}

static void add_number(json_t *numbers, const json_t *item, const char *field, const char *region,
	struct contact_faults *faults)
{
	struct typed_number number;
	char e164[VP_E164_SIZE], tail[10];
	enum vp_e164_verdict verdict;

	if (!read_number_item(item, &number)) {
		add_fault(faults, field, "invalid_number",
			"It must be a number, or {number, label, primary}.");
		return;
	}
	verdict = vp_e164_normalize(number.typed, region, e164);
	if (verdict != VP_E164_OK) {
		add_fault(faults, field, "invalid_number", vp_e164_explain(verdict));
		return;
	}
	if (has_number(numbers, e164)) {
		return;
	}
	vp_e164_tail9(e164, tail);
	json_array_append_new(numbers,
		json_pack("{s:s, s:s, s:s, s:s, s:b}", "e164", e164, "raw", number.typed, "tail9",
			tail, "label", number.label, "is_primary", number.is_primary));
}

/* Exactly one is the primary number: the first that says so, else the first. */
static void choose_primary(json_t *numbers)
{
	size_t i, chosen = 0;
	json_t *number;

	for (i = json_array_size(numbers); i-- > 0;) {
		if (json_is_true(json_object_get(json_array_get(numbers, i), "is_primary"))) {
			chosen = i;
		}
	}
	json_array_foreach(numbers, i, number)
	{
		json_object_set_new(number, "is_primary", json_boolean(i == chosen));
	}
}

static void read_numbers(json_t *body, enum contact_mode mode, const char *region, json_t *row,
	struct contact_faults *faults)
{
	json_t *phone = json_object_get(body, "phone"), *list = json_object_get(body, "numbers"),
	       *item;
	json_t *numbers;
	size_t i;

	if (!phone && !list && mode == CONTACT_PARTIAL) {
		return;
	}
	if ((list && !json_is_array(list)) || json_array_size(list) > CONTACT_NUMBERS_MAX) {
		add_fault(faults, "numbers", "invalid", "It is a list of at most 20 numbers.");
		return;
	}
	numbers = json_array();
	if (phone && !json_is_null(phone) &&
		!(json_is_string(phone) && json_string_length(phone) == 0)) {
		add_number(numbers, phone, "phone", region, faults);
	}
	json_array_foreach(list, i, item)
	{
		add_number(numbers, item, "numbers", region, faults);
	}
	choose_primary(numbers);
	json_object_set_new(row, "numbers", numbers);
}

static const struct field *find_field(const struct contact_kind *kind, const char *key)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(fields); i++) {
		if (strcmp(fields[i].key, key) == 0 && (fields[i].kinds & (1u << kind->type))) {
			return &fields[i];
		}
	}
	return NULL;
}

static void find_unknown(
	const struct contact_kind *kind, json_t *body, struct contact_faults *faults)
{
	const char *key;
	json_t *value;

	json_object_foreach(body, key, value)
	{
		if (strcmp(key, "phone") != 0 && strcmp(key, "numbers") != 0 &&
			!find_field(kind, key)) {
			add_fault(faults, key, "unknown_field", "There is no such field here.");
		}
	}
}

int contact_input_read(const struct contact_kind *kind, enum contact_mode mode, const char *region,
	json_t *body, json_t **ret_row, struct contact_faults *ret_faults)
{
	json_t *row = json_object();

	*ret_faults = (struct contact_faults){0};
	if (!row) {
		return ENOMEM;
	}
	find_unknown(kind, body, ret_faults);
	for (size_t i = 0; i < VP_ARRAY_LEN(fields); i++) {
		json_t *value = json_object_get(body, fields[i].key);

		if (!(fields[i].kinds & (1u << kind->type)) ||
			(!value && mode == CONTACT_PARTIAL)) {
			continue;
		}
		read_field(&fields[i], value ? value : json_null(), row, ret_faults);
	}
	read_numbers(body, mode, region, row, ret_faults);
	if (ret_faults->count > 0) {
		json_decref(row);
		return EINVAL;
	}
	*ret_row = row;
	return 0;
}
