/* The first line names the columns; each other line is a row. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/domain/csv.h"
#include "services/gateway/domain/import_int.h"

static const char *const known_columns[] = {"type", "name", "phone", "mobile", "home", "email",
	"company", "title", "status", "stage", "amount", "currency", "external_id"};
#define KNOWN                                                                                      \
	"type, name, phone, mobile, home, email, company, title, status, stage, amount, "          \
	"currency, external_id"

static bool is_known(const char *column)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(known_columns); i++) {
		if (strcmp(known_columns[i], column) == 0) {
			return true;
		}
	}
	return false;
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
				return import_fail(ret_fault, "bad_csv",
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
			: import_fail(ret_fault, "bad_csv",
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
		import_refuse(reader, NULL, "too_many_cells",
			"The row has more cells than the first line has names.");
		return;
	}
	row = json_object();
	for (size_t i = 0; i < cells->count; i++) {
		json_t *text = json_string(cells->cell[i]);

		if (!text) {
			json_decref(row);
			reader->import->n_rows++;
			import_refuse(reader, header->cell[i], "invalid",
				"It is no UTF-8 text. Save the file as UTF-8.");
			return;
		}
		json_object_set_new(row, header->cell[i], text);
	}
	import_row(reader, row);
	json_decref(row);
}

static int read_csv(struct reader *reader, struct csv *csv, struct import_fault *ret_fault)
{
	struct csv_row header, cells;
	enum csv_verdict verdict = csv_next(csv, &header);

	if (verdict != CSV_ROW) {
		return import_fail(
			ret_fault, verdict == CSV_END ? "empty" : "bad_csv", csv_message(verdict));
	}
	if (check_header(&header, ret_fault) != 0) {
		return EINVAL;
	}
	while ((verdict = csv_next(csv, &cells)) == CSV_ROW) {
		if (reader->import->n_rows == IMPORT_ROWS_MAX) {
			return import_fail(ret_fault, "too_many_rows",
				"At most 5,000 rows at once: send the rest in a second request.");
		}
		read_csv_row(reader, &header, &cells);
	}
	if (verdict != CSV_END) {
		return import_fail(ret_fault, "bad_csv", csv_message(verdict));
	}
	return reader->import->n_rows
		       ? 0
		       : import_fail(ret_fault, "empty", "There are no rows below the first line.");
}

int import_read_csv(char *text, size_t len, const struct contact_kind *type, const char *region,
	struct import *ret, struct import_fault *ret_fault)
{
	struct reader reader = {.type = type, .region = region};
	struct csv csv;
	int err = import_begin(&reader, ret);

	csv_init(&csv, text, len);
	return import_end(&reader, err ? err : read_csv(&reader, &csv, ret_fault));
}
