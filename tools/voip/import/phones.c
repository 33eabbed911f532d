/* Phone numbers: persons have JSON arrays of {"value", "label"}. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/import.h"

enum { PER_PERSON_MAX = 50 };

struct phone {
	char e164[VP_E164_SIZE];
	struct source_row *person;
};

/* The n-th number as it was typed, and its label; NULL: there is none. */
static const char *typed_number(const json_t *numbers, size_t n, const char **ret_label)
{
	const json_t *item = json_array_get(numbers, n);
	const char *label = json_string_value(json_object_get(item, "label"));

	*ret_label = label && *label ? label : "work";
	return json_is_object(item) ? json_string_value(json_object_get(item, "value"))
				    : json_string_value(item);
}

static json_t *load_numbers(const struct source_row *person)
{
	const char *text = source_cell(SOURCE_PERSONS, person, "contact_numbers");

	return text ? json_loads(text, 0, NULL) : NULL;
}

static int add_phone(struct import *im, size_t *size, const char *e164, struct source_row *person)
{
	if (im->n_phones == *size) {
		size_t bigger = *size ? *size * 2 : 1024;
		struct phone *grown = reallocarray(im->phones, bigger, sizeof(*grown));

		if (!grown) {
			return ENOMEM;
		}
		im->phones = grown;
		*size = bigger;
	}
	vp_strcopy(im->phones[im->n_phones].e164, VP_E164_SIZE, e164);
	im->phones[im->n_phones++].person = person;
	return 0;
}

static int index_person(struct import *im, size_t *size, struct source_row *person)
{
	json_t *numbers = load_numbers(person);
	int err = 0;

	for (size_t i = 0; i < json_array_size(numbers) && i < PER_PERSON_MAX && !err; i++) {
		char e164[VP_E164_SIZE];
		const char *label, *typed = typed_number(numbers, i, &label);

		if (typed && vp_e164_normalize(typed, im->region, e164) == VP_E164_OK) {
			err = add_phone(im, size, e164, person);
		}
	}
	json_decref(numbers);
	return err;
}

static int by_number(const void *a, const void *b)
{
	const struct phone *x = a, *y = b;
	int order = strcmp(x->e164, y->e164);

	return order ? order : (x->person->id > y->person->id) - (x->person->id < y->person->id);
}

int phones_index(struct import *im)
{
	const struct source_table *persons = source_table(im->source, SOURCE_PERSONS);
	size_t size = 0;
	int err = 0;

	for (size_t i = 0; i < persons->n_rows && !err; i++) {
		err = index_person(im, &size, persons->rows[i]);
	}
	if (im->n_phones > 0) {
		qsort(im->phones, im->n_phones, sizeof(struct phone), by_number);
	}
	return err;
}

struct source_row *phones_find(const struct import *im, const char *e164)
{
	size_t low = 0, high = im->n_phones;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(im->phones[mid].e164, e164) < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low < im->n_phones && strcmp(im->phones[low].e164, e164) == 0
		       ? im->phones[low].person
		       : NULL;
}

static json_t *number_row(const char *e164, const char *typed, const char *label, bool is_primary)
{
	char tail[10];
	json_t *row = json_object();

	vp_e164_tail9(e164, tail);
	row_text(row, "e164", e164);
	row_text(row, "raw", typed);
	row_text(row, "tail9", tail);
	row_text(row, "label", label);
	json_object_set_new(row, "is_primary", json_boolean(is_primary));
	return row;
}

static bool has_number(const json_t *rows, const char *e164)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		if (strcmp(json_string_value(json_object_get(row, "e164")), e164) == 0) {
			return true;
		}
	}
	return false;
}

json_t *phones_of(struct import *im, const struct source_row *person, struct report *report)
{
	json_t *numbers = load_numbers(person), *rows = json_array();
	bool respelt = false;

	if (!json_is_array(numbers) && source_cell(SOURCE_PERSONS, person, "contact_numbers")) {
		report_say(report, REPORT_REPAIRED, person->id, "numbers are no list: left out");
	}
	for (size_t i = 0; i < json_array_size(numbers); i++) {
		char e164[VP_E164_SIZE];
		const char *label, *typed = typed_number(numbers, i, &label);

		if (!typed || !*typed) {
			continue;
		}
		if (i >= PER_PERSON_MAX ||
			vp_e164_normalize(typed, im->region, e164) != VP_E164_OK) {
			report_say(report, REPORT_REPAIRED, person->id,
				i >= PER_PERSON_MAX ? "more than 50 numbers: the rest is left out"
						    : "a number cannot be read: left out");
			continue;
		}
		respelt |= strcmp(typed, e164) != 0;
		if (!has_number(rows, e164)) {
			json_array_append_new(
				rows, number_row(e164, typed, label, json_array_size(rows) == 0));
		}
	}
	if (respelt) {
		report_say(report, REPORT_REPAIRED, person->id, "numbers written as +E.164");
	}
	json_decref(numbers);
	return rows;
}

bool phones_read(const struct import *im, const char *typed, char ret_text[PHONE_TEXT_SIZE])
{
	char e164[VP_E164_SIZE];
	size_t len = strnlen(typed, PHONE_TEXT_SIZE - 1);

	if (vp_e164_normalize(typed, im->region, e164) == VP_E164_OK) {
		vp_strcopy(ret_text, PHONE_TEXT_SIZE, e164);
		return true;
	}
	while (len > 0 && typed[len] && ((unsigned char)typed[len] & 0xc0) == 0x80) {
		len--; /* not through the middle of a character */
	}
	memcpy(ret_text, typed, len);
	ret_text[len] = '\0';
	return false;
}
