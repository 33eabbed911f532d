#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/base/uuid.h"
#include "services/gateway/domain/contact_input.h"
#include "services/gateway/domain/csv.h"
#include "services/gateway/domain/import.h"

static const char *const known_columns[] = {"type", "name", "phone", "mobile", "home", "email",
	"company", "title", "status", "stage", "amount", "currency", "external_id"};
#define KNOWN                                                                                      \
	"type, name, phone, mobile, home, email, company, title, status, stage, amount, "          \
	"currency, external_id"

/* Reading under way. */
struct reader {
	struct import *import;
	const struct contact_kind *type;
	const char *region;
	json_t *seen; /* "person/external id" of the rows so far */
};

void import_free(struct import *import)
{
	json_decref(import->rows);
	json_decref(import->errors);
	*import = (struct import){0};
}

static int fail(struct import_fault *ret, const char *error, const char *message)
{
	ret->error = error;
	vp_strcopy(ret->message, sizeof(ret->message), message);
	return EINVAL;
}

static bool is_known(const char *column)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(known_columns); i++) {
		if (strcmp(known_columns[i], column) == 0) {
			return true;
		}
	}
	return false;
}

static void add_error(
	struct reader *reader, const char *field, const char *error, const char *message)
{
	json_array_append_new(reader->import->errors,
		json_pack("{s:I, s:s?, s:s, s:s}", "row", (json_int_t)reader->import->n_rows,
			"field", field, "error", error, "message", message));
}

static void refuse(struct reader *reader, const char *field, const char *error, const char *message)
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
		refuse(reader, column, "invalid_number", vp_e164_explain(verdict));
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
		refuse(reader, column, "invalid_number", "Write the number as text.");
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
		refuse(reader, "external_id", "duplicate",
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

static void read_row(struct reader *reader, const json_t *row)
{
	const json_t *named = json_object_get(row, "type");
	const char *type = json_string_value(named);
	const struct contact_kind *kind = reader->type;
	json_t *contact;

	reader->import->n_rows++;
	if (!json_is_object(row)) {
		refuse(reader, NULL, "invalid", "A row is an object of columns.");
		return;
	}
	if (named && !json_is_null(named) && !(type && !*type)) {
		kind = type ? contact_kind_named(type) : NULL;
	}
	if (!kind) {
		refuse(reader, "type", "invalid", "It is person, lead or deal.");
		return;
	}
	contact = as_contact(reader, row);
	if (contact) {
		read_contact(reader, kind, contact);
		json_decref(contact);
	}
}

static int begin(struct reader *reader, struct import *import)
{
	*import = (struct import){.rows = json_array(), .errors = json_array()};
	reader->import = import;
	reader->seen = json_object();
	return import->rows && import->errors && reader->seen ? 0 : ENOMEM;
}

/* Keeps *import or frees it. */
static int end(struct reader *reader, int err)
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
		return fail(ret_fault, "bad_json", "The body is a JSON array of rows.");
	}
	if (json_array_size(rows) == 0) {
		return fail(ret_fault, "empty", "There are no rows.");
	}
	if (json_array_size(rows) > IMPORT_ROWS_MAX) {
		return fail(ret_fault, "too_many_rows",
			"At most 5,000 rows at once: send the rest in a second request.");
	}
	json_array_foreach(rows, i, row)
	{
		read_row(reader, row);
	}
	return 0;
}

int import_read_json(const char *text, size_t len, const struct contact_kind *type,
	const char *region, struct import *ret, struct import_fault *ret_fault)
{
	struct reader reader = {.type = type, .region = region};
	json_error_t error;
	json_t *rows = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	int err = begin(&reader, ret);

	if (!err && !rows) {
		ret_fault->error = "bad_json";
		snprintf(ret_fault->message, sizeof(ret_fault->message),
			"The body is no JSON: line %d, column %d.", error.line, error.column);
		err = EINVAL;
	}
	err = err ? err : read_rows(&reader, rows, ret_fault);
	json_decref(rows);
	return end(&reader, err);
}

/* Names of columns: lower case, without blanks around them. */
static void tidy(char *text)
{
	char *to = text;
	size_t len;

	for (const char *from = text + strspn(text, " "); *from; from++) {
		*to++ = (char)tolower((unsigned char)*from);
	}
	*to = '\0';
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ') {
		text[--len] = '\0';
	}
}

static int check_header(struct csv_row *header, struct import_fault *ret_fault)
{
	bool has_name = false;

	for (size_t i = 0; i < header->count; i++) {
		tidy(header->cell[i]);
		has_name = has_name || strcmp(header->cell[i], "name") == 0;
		for (size_t before = 0; before < i; before++) {
			if (strcmp(header->cell[before], header->cell[i]) == 0) {
				return fail(ret_fault, "bad_csv",
					"The first line names a column twice.");
			}
		}
		if (!is_known(header->cell[i])) {
			ret_fault->error = "bad_csv";
			snprintf(ret_fault->message, sizeof(ret_fault->message),
				"There is no column '%.30s'. There are: " KNOWN ".",
				header->cell[i]);
			return EINVAL;
		}
	}
	return has_name ? 0
			: fail(ret_fault, "bad_csv",
				  "The first line names the columns; `name` is needed.");
}

static const char *csv_message(enum csv_verdict verdict)
{
	switch (verdict) {
	case CSV_OPEN_QUOTE: return "The file ends inside quotes: a closing \" is missing.";
	case CSV_STRAY_QUOTE:
		return "There is text after a closing quote. Quotes inside a cell are written "
		       "twice.";
	case CSV_TOO_WIDE: return "A line has more than 64 cells.";
	case CSV_NUL: return "The file has zero bytes. Save it as UTF-8.";
	case CSV_ROW:
	case CSV_END: break;
	}
	return "The file is empty.";
}

static void read_csv_row(
	struct reader *reader, const struct csv_row *header, const struct csv_row *cells)
{
	json_t *row;

	if (cells->count > header->count) {
		reader->import->n_rows++;
		refuse(reader, NULL, "too_many_cells",
			"The row has more cells than the first line has names.");
		return;
	}
	row = json_object();
	for (size_t i = 0; i < cells->count; i++) {
		json_t *text = json_string(cells->cell[i]);

		if (!text) {
			json_decref(row);
			reader->import->n_rows++;
			refuse(reader, header->cell[i], "invalid",
				"It is no UTF-8 text. Save the file as UTF-8.");
			return;
		}
		json_object_set_new(row, header->cell[i], text);
	}
	read_row(reader, row);
	json_decref(row);
}

static int read_csv(struct reader *reader, struct csv *csv, struct import_fault *ret_fault)
{
	struct csv_row header, cells;
	enum csv_verdict verdict = csv_next(csv, &header);

	if (verdict != CSV_ROW) {
		return fail(
			ret_fault, verdict == CSV_END ? "empty" : "bad_csv", csv_message(verdict));
	}
	if (check_header(&header, ret_fault) != 0) {
		return EINVAL;
	}
	while ((verdict = csv_next(csv, &cells)) == CSV_ROW) {
		if (reader->import->n_rows == IMPORT_ROWS_MAX) {
			return fail(ret_fault, "too_many_rows",
				"At most 5,000 rows at once: send the rest in a second request.");
		}
		read_csv_row(reader, &header, &cells);
	}
	if (verdict != CSV_END) {
		return fail(ret_fault, "bad_csv", csv_message(verdict));
	}
	return reader->import->n_rows
		       ? 0
		       : fail(ret_fault, "empty", "There are no rows below the first line.");
}

int import_read_csv(char *text, size_t len, const struct contact_kind *type, const char *region,
	struct import *ret, struct import_fault *ret_fault)
{
	struct reader reader = {.type = type, .region = region};
	struct csv csv;
	int err = begin(&reader, ret);

	csv_init(&csv, text, len);
	return end(&reader, err ? err : read_csv(&reader, &csv, ret_fault));
}

#define STORE(cte, kind, table, own, own_r, own_set)                                               \
	cte " as (insert into " table " as t (org_id, id, external_id, name, email, company" own   \
	    ", created_at, updated_at) select $1, id, external_id, name, email, company" own_r     \
	    ", $3, $3 from input where kind = '" kind "' on conflict (org_id, external_id) "       \
	    "where external_id is not null do update set name = excluded.name, "                   \
	    "email = coalesce(excluded.email, t.email), company = coalesce(excluded.company, "     \
	    "t.company)" own_set ", updated_at = excluded.updated_at "                             \
	    "returning '" kind                                                                     \
	    "' as kind, id, coalesce(external_id, id::text) as key, (xmax = 0) as is_new), "

const char import_sql[] =
	"with input as (select * from jsonb_to_recordset($2::jsonb) as r (kind text, id uuid, "
	"name text, "
	"email text, company text, external_id text, title text, status text, stage text, "
	"amount numeric, currency text, numbers jsonb)), " STORE("p", "person", "persons", "", "",
		"") STORE("l", "lead", "leads", ", title, status", ", title, status",
		", title = coalesce(excluded.title, t.title), "
		"status = case when excluded.status = 'new' then t.status else "
		"excluded.status end") STORE("d", "deal", "deals", ", amount, currency, stage",
		", amount, currency, stage",
		", amount = coalesce(excluded.amount, t.amount), "
		"currency = coalesce(excluded.currency, t.currency), "
		"stage = case when excluded.stage = 'open' then t.stage else excluded.stage "
		"end") "stored as (select * from p union all select * from l union all select "
		       "* from d), "
		       "added as (insert into contact_numbers (org_id, e164, entity_type, "
		       "entity_id, raw, tail9, label, "
		       "is_primary) select $1, n.e164, i.kind, s.id, n.raw, n.tail9, n.label, "
		       "n.is_primary and s.is_new "
		       "from input i join stored s on s.kind = i.kind and s.key = "
		       "coalesce(i.external_id, i.id::text), "
		       "jsonb_to_recordset(i.numbers) as n (e164 text, raw text, tail9 text, "
		       "label text, is_primary boolean) "
		       "on conflict (org_id, e164, entity_type, entity_id) do nothing), "
		       "audited as (insert into audit_log (org_id, id, actor_type, actor_id, "
		       "action, ip, detail) "
		       "select $1, $4, $5, $6, 'contacts.imported', $7, "
		       "jsonb_build_object('created', count(*) filter (where is_new), "
		       "'updated', count(*) filter (where not is_new)) from stored) "
		       "select count(*) filter (where is_new), count(*) filter (where not "
		       "is_new) from stored";
