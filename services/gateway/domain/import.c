#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/base/uuid.h"
#include "services/gateway/domain/contact_input.h"
#include "services/gateway/domain/import_int.h"

void import_free(struct import *import)
{
	json_decref(import->rows);
	json_decref(import->errors);
	*import = (struct import){0};
}

int import_fail(struct import_fault *ret, const char *error, const char *message)
{
	ret->error = error;
	vp_strcopy(ret->message, sizeof(ret->message), message);
	return EINVAL;
}

static void add_error(
	struct reader *reader, const char *field, const char *error, const char *message)
{
	json_array_append_new(reader->import->errors,
		json_pack("{s:I, s:s?, s:s, s:s}", "row", (json_int_t)reader->import->n_rows,
			"field", field, "error", error, "message", message));
}

void import_refuse(struct reader *reader, const char *field, const char *error, const char *message)
{
	reader->import->n_refused++;
	add_error(reader, field, error, message);
}

/* False after a refusal. */
static bool add_number(struct reader *reader, json_t *numbers, json_t *typed, const char *column,
	const char *label)
{
	char e164[VP_E164_SIZE];
	const char *text = json_string_value(typed);
	enum vp_e164_verdict verdict = vp_e164_normalize(text ? text : "", reader->region, e164);

	if (verdict != VP_E164_OK) {
		import_refuse(reader, column, "invalid_number", vp_e164_explain(verdict));
		json_decref(typed);
		return false;
	}
	return json_array_append_new(
		       numbers, json_pack("{s:o, s:s}", "number", typed, "label", label)) == 0;
}

/* "a; b | c" of a cell as numbers with this label. False after a refusal. */
static bool split_numbers(struct reader *reader, json_t *numbers, const json_t *cell,
	const char *column, const char *label)
{
	const char *text = json_string_value(cell);

	if (!cell || json_is_null(cell)) {
		return true;
	}
	if (!text) {
		import_refuse(reader, column, "invalid_number", "Write the number as text.");
		return false;
	}
	while (*text) {
		size_t len = strcspn(text, ";|");

		if (strspn(text, " ") < len &&
			!add_number(reader, numbers, json_stringn(text, len), column, label)) {
			return false;
		}
		text += len + (text[len] != '\0');
	}
	return true;
}

/* The row as contact_input_read wants it; NULL after a refusal. */
static json_t *as_contact(struct reader *reader, const json_t *row)
{
	static const struct {
		const char *column, *label;
	} phones[] = {{"phone", "work"}, {"mobile", "mobile"}, {"home", "home"}};
	json_t *contact = json_object(), *numbers = json_array(), *value;
	const char *key;

	json_object_foreach((json_t *)row, key, value)
	{
		bool is_phone = strcmp(key, "phone") == 0 || strcmp(key, "mobile") == 0 ||
				strcmp(key, "home") == 0;
		bool is_empty = json_is_null(value) ||
				(json_is_string(value) && json_string_length(value) == 0);

		if (strcmp(key, "type") != 0 && !is_phone && !is_empty) {
			json_object_set(contact, key, value);
		}
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(phones); i++) {
		if (!split_numbers(reader, numbers, json_object_get(row, phones[i].column),
			    phones[i].column, phones[i].label)) {
			json_decref(numbers);
			json_decref(contact);
			return NULL;
		}
	}
	json_object_set_new(contact, "numbers", numbers);
	return contact;
}

/* False after a refusal: the file names this contact twice. */
static bool is_first_of_id(
	struct reader *reader, const struct contact_kind *kind, const json_t *row)
{
	const char *id = json_string_value(json_object_get(row, "external_id"));
	VP_CLEANUP(vp_freep) char *key = id ? vp_strf("%s/%s", kind->name, id) : NULL;

	if (!key) {
		return true;
	}
	if (json_object_get(reader->seen, key)) {
		import_refuse(reader, "external_id", "duplicate",
			"An earlier row has the same external_id.");
		return false;
	}
	json_object_set_new(reader->seen, key, json_true());
	return true;
}

static void keep(struct reader *reader, const struct contact_kind *kind, json_t *row)
{
	char id[VP_UUID_TEXT_SIZE];

	vp_uuid_text(vp_uuid_new(), id);
	json_object_set_new(row, "kind", json_string(kind->name));
	json_object_set_new(row, "id", json_string(id));
	json_array_append(reader->import->rows, row);
}

static void read_contact(struct reader *reader, const struct contact_kind *kind, json_t *contact)
{
	struct contact_faults faults;
	json_t *row = NULL;
	int err = contact_input_read(kind, CONTACT_NEW, reader->region, contact, &row, &faults);

	if (err) {
		reader->import->n_refused++;
		for (size_t i = 0; i < faults.count; i++) {
			add_error(reader, faults.item[i].field, faults.item[i].error,
				faults.item[i].message);
		}
	} else if (is_first_of_id(reader, kind, row)) {
		keep(reader, kind, row);
	}
	json_decref(row);
}

void import_row(struct reader *reader, const json_t *row)
{
	const json_t *named = json_object_get(row, "type");
	const char *type = json_string_value(named);
	const struct contact_kind *kind = reader->type;
	json_t *contact;

	reader->import->n_rows++;
	if (!json_is_object(row)) {
		import_refuse(reader, NULL, "invalid", "A row is an object of columns.");
		return;
	}
	if (named && !json_is_null(named) && !(type && !*type)) {
		kind = type ? contact_kind_named(type) : NULL;
	}
	if (!kind) {
		import_refuse(reader, "type", "invalid", "It is person, lead or deal.");
		return;
	}
	contact = as_contact(reader, row);
	if (contact) {
		read_contact(reader, kind, contact);
		json_decref(contact);
	}
}

int import_begin(struct reader *reader, struct import *import)
{
	*import = (struct import){.rows = json_array(), .errors = json_array()};
	reader->import = import;
	reader->seen = json_object();
	return import->rows && import->errors && reader->seen ? 0 : ENOMEM;
}

int import_end(struct reader *reader, int err)
{
	json_decref(reader->seen);
	if (err) {
		import_free(reader->import);
	}
	return err;
}

static int read_rows(struct reader *reader, const json_t *rows, struct import_fault *ret_fault)
{
	size_t i;
	json_t *row;

	if (!json_is_array(rows)) {
		return import_fail(ret_fault, "bad_json", "The body is a JSON array of rows.");
	}
	if (json_array_size(rows) == 0) {
		return import_fail(ret_fault, "empty", "There are no rows.");
	}
	if (json_array_size(rows) > IMPORT_ROWS_MAX) {
		return import_fail(ret_fault, "too_many_rows",
			"At most 5,000 rows at once: send the rest in a second request.");
	}
	json_array_foreach(rows, i, row)
	{
		import_row(reader, row);
	}
	return 0;
}

int import_read_json(const char *text, size_t len, const struct contact_kind *type,
	const char *region, struct import *ret, struct import_fault *ret_fault)
{
	struct reader reader = {.type = type, .region = region};
	json_error_t error;
	json_t *rows = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	int err = import_begin(&reader, ret);

	if (!err && !rows) {
		ret_fault->error = "bad_json";
		snprintf(ret_fault->message, sizeof(ret_fault->message),
			"The body is no JSON: line %d, column %d.", error.line, error.column);
		err = EINVAL;
	}
	err = err ? err : read_rows(&reader, rows, ret_fault);
	json_decref(rows);
	return import_end(&reader, err);
}
