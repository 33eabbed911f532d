/* Import: every row is either stored or named with its fault. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "services/gateway/domain/csv.h"
#include "services/gateway/domain/import.h"

static struct import import;
static struct import_fault fault;

static int read_csv_len(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	int err = import_read_csv(copy, len, contact_kind(CONTACT_PERSON), "US", &import, &fault);
	free(copy);
	return err;
}

static int read_csv(const char *text)
{
	return read_csv_len(text, strlen(text));
}

static int read_json(const char *text)
{
	return import_read_json(
		text, strlen(text), contact_kind(CONTACT_PERSON), "US", &import, &fault);
}

static const char *row_text(size_t row, const char *key)
{
	return json_string_value(json_object_get(json_array_get(import.rows, row), key));
}

static void expect_error(size_t i, json_int_t row, const char *field, const char *word)
{
	const json_t *error = json_array_get(import.errors, i);
	const char *named = json_string_value(json_object_get(error, "field"));

	cr_assert_not_null(error, "there are %zu errors", json_array_size(import.errors));
	cr_assert_eq(json_integer_value(json_object_get(error, "row")), row);
	cr_assert_str_eq(named ? named : "", field);
	cr_assert_str_eq(json_string_value(json_object_get(error, "error")), word);
}

Test(csv, cells_and_rows_are_those_of_rfc_4180)
{
	char text[] = "a,\"b \"\"q\"\"\",\"c\r\nd\"\r\n\r\n,,\nlast";
	struct csv csv;
	struct csv_row row;

	csv_init(&csv, text, strlen(text));
	cr_assert_eq(csv_next(&csv, &row), CSV_ROW);
	cr_assert_eq(row.count, 3);
	cr_assert_str_eq(row.cell[0], "a");
	cr_assert_str_eq(row.cell[1], "b \"q\"");
	cr_assert_str_eq(row.cell[2], "c\r\nd");
	cr_assert_eq(csv_next(&csv, &row), CSV_ROW);
	cr_assert_eq(row.count, 3);
	cr_assert_str_eq(row.cell[2], "");
	cr_assert_eq(csv_next(&csv, &row), CSV_ROW);
	cr_assert_eq(row.count, 1);
	cr_assert_str_eq(row.cell[0], "last");
	cr_assert_eq(csv_next(&csv, &row), CSV_END);
	cr_assert_eq(csv_next(&csv, &row), CSV_END);
}

Test(csv, the_separator_is_the_one_that_the_first_line_has)
{
	char semicolon[] = "a;b,c;d\n1;2;3\n", tab[] = "a\tb\n";
	struct csv csv;
	struct csv_row row;

	csv_init(&csv, semicolon, strlen(semicolon));
	cr_assert_eq(csv_next(&csv, &row), CSV_ROW);
	cr_assert_eq(row.count, 3);
	csv_init(&csv, tab, strlen(tab));
	cr_assert_eq(csv_next(&csv, &row), CSV_ROW);
	cr_assert_str_eq(row.cell[1], "b");
}

Test(csv, broken_quotes_and_zero_bytes_are_told)
{
	struct {
		const char *text;
		size_t len;
		enum csv_verdict verdict;
	} cases[] = {{"\"open", 5, CSV_OPEN_QUOTE}, {"\"", 1, CSV_OPEN_QUOTE},
		{"\"a\"b", 4, CSV_STRAY_QUOTE}, {"a\0b", 3, CSV_NUL}, {"\"a\0b\"", 5, CSV_NUL},
		{"", 0, CSV_END}, {"\r\n\n", 3, CSV_END}, {"\xef\xbb\xbf", 3, CSV_END},
		{"\"\"\"\"", 4, CSV_ROW}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *copy = malloc(cases[i].len + 1);
		struct csv csv;
		struct csv_row row;

		memcpy(copy, cases[i].text, cases[i].len);
		copy[cases[i].len] = '\0';
		csv_init(&csv, copy, cases[i].len);
		cr_assert_eq(csv_next(&csv, &row), cases[i].verdict, "case %zu", i);
		free(copy);
	}
}

Test(csv, more_than_64_cells_are_too_many)
{
	char text[] = ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,";
	struct csv csv;
	struct csv_row row;

	csv_init(&csv, text, strlen(text));
	cr_assert_eq(csv_next(&csv, &row), CSV_TOO_WIDE);
}

/* Any bytes end in a verdict, and no cell leaves the text. */
Test(csv, noise_is_read_to_its_end)
{
	static const char alphabet[] = "\",;\t\r\na\0\xff ";
	unsigned seed = 1;

	for (int round = 0; round < 20000; round++) {
		char text[24];
		size_t len = (size_t)rand_r(&seed) % (sizeof(text) - 1);
		struct csv csv;
		struct csv_row row;
		int rows = 0;

		for (size_t i = 0; i < len; i++) {
			text[i] = alphabet[(size_t)rand_r(&seed) % (sizeof(alphabet) - 1)];
		}
		text[len] = '\0';
		csv_init(&csv, text, len);
		while (csv_next(&csv, &row) == CSV_ROW && rows++ < 100) {
			for (size_t i = 0; i < row.count; i++) {
				cr_assert(row.cell[i] >= text &&
					  row.cell[i] + strlen(row.cell[i]) <= text + len);
			}
		}
		cr_assert_lt(rows, 100);
	}
}

Test(import, valid_rows_are_kept_and_each_other_row_is_named)
{
	cr_assert_eq(read_csv("\xef\xbb\xbf"
			      "Name;Phone; MOBILE "
			      ";external_id\r\nAnn;4155552671;;x1\r\n=1+1;;;\r\nBob;12;;x2\r\n"
			      "\"Bo \"\"B\"\" Ny\";+14155552672 | 415-555-2673;+44 7700 "
			      "900123;x3\r\nDan;;;x1\r\n"),
		0);
	cr_assert_eq(import.n_rows, 5);
	cr_assert_eq(json_array_size(import.rows), 2);
	cr_assert_eq(import.n_refused, 3);
	cr_assert_eq(json_array_size(import.errors), 3);
	expect_error(0, 2, "name", "formula");
	expect_error(1, 3, "phone", "invalid_number");
	expect_error(2, 5, "external_id", "duplicate");
	cr_assert_str_eq(row_text(1, "name"), "Bo \"B\" Ny");
	cr_assert_eq(
		json_array_size(json_object_get(json_array_get(import.rows, 1), "numbers")), 3);
	cr_assert_str_eq(row_text(0, "kind"), "person");
	import_free(&import);
}

Test(import, the_label_of_a_number_is_its_column)
{
	cr_assert_eq(read_csv("name,mobile,home\nAnn,+447700900123,+442079460123\n"), 0);
	const json_t *numbers = json_object_get(json_array_get(import.rows, 0), "numbers");
	cr_assert_str_eq(
		json_string_value(json_object_get(json_array_get(numbers, 0), "label")), "mobile");
	cr_assert_str_eq(
		json_string_value(json_object_get(json_array_get(numbers, 1), "label")), "home");
	import_free(&import);
}

Test(import, a_wrong_number_is_named_by_its_column)
{
	cr_assert_eq(read_csv("name,phone,mobile\nAnn,+14155552671,12\n"), 0);
	expect_error(0, 1, "mobile", "invalid_number");
	import_free(&import);
}

Test(import, a_row_may_name_its_own_type)
{
	cr_assert_eq(read_csv("type,name,stage,status\ndeal,D,won,\nlead,L,,lost\n,P,,\ncat,C,,"
			      "\nperson,Q,won,\n"),
		0);
	cr_assert_str_eq(row_text(0, "kind"), "deal");
	cr_assert_str_eq(row_text(0, "stage"), "won");
	cr_assert_str_eq(row_text(1, "status"), "lost");
	cr_assert_str_eq(row_text(2, "kind"), "person");
	expect_error(0, 4, "type", "invalid");
	expect_error(1, 5, "stage", "unknown_field");
	import_free(&import);
}

Test(import, files_that_cannot_be_taken_at_all_say_why)
{
	const struct {
		const char *text, *error;
	} cases[] = {{"", "empty"}, {"name\n", "empty"}, {"name,fone\nA,1\n", "bad_csv"},
		{"phone\n1\n", "bad_csv"}, {"name,name\nA,B\n", "bad_csv"},
		{"name\n\"A\n", "bad_csv"}, {"name\n\"A\"x\n", "bad_csv"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cr_assert_eq(read_csv(cases[i].text), EINVAL, "%s", cases[i].text);
		cr_assert_str_eq(fault.error, cases[i].error, "%s", cases[i].text);
		cr_assert_neq(fault.message[0], '\0');
	}
	cr_assert_eq(read_csv_len("name\na\0b\n", 9), EINVAL);
}

Test(import, rows_with_too_many_cells_or_broken_text_are_named)
{
	cr_assert_eq(read_csv("name,company\nA,B,C\n\xff,B\nFine\n"), 0);
	expect_error(0, 1, "", "too_many_cells");
	expect_error(1, 2, "name", "invalid");
	cr_assert_eq(json_array_size(import.rows), 1);
	import_free(&import);
}

Test(import, json_rows_are_held_to_the_same_rules)
{
	cr_assert_eq(read_json("[{\"name\":\"A\",\"phone\":\"+14155552671\",\"external_id\":7},{"
			       "\"name\":\"B\",\"external_id\":\"7\"},"
			       "7,{\"name\":\"C\",\"nick\":\"x\"},{\"name\":\"D\",\"phone\":"
			       "4155552671},{\"type\":\"deal\",\"name\":\"E\",\"amount\":12.5}]"),
		0);
	cr_assert_eq(import.n_rows, 6);
	cr_assert_eq(json_array_size(import.rows), 2);
	expect_error(0, 2, "external_id", "duplicate");
	expect_error(1, 3, "", "invalid");
	expect_error(2, 4, "nick", "unknown_field");
	expect_error(3, 5, "phone", "invalid_number");
	import_free(&import);
}

Test(import, bad_json_is_told_with_its_place)
{
	cr_assert_eq(read_json("[{\"name\":}]"), EINVAL);
	cr_assert_str_eq(fault.error, "bad_json");
	cr_assert_not_null(strstr(fault.message, "line 1"));
	cr_assert_eq(read_json("{\"name\":\"A\"}"), EINVAL);
	cr_assert_eq(read_json("[]"), EINVAL);
	cr_assert_str_eq(fault.error, "empty");
	cr_assert_eq(read_json("[{\"name\":\"A\",\"name\":\"B\"}]"), EINVAL,
		"which of the two was meant?");
}

Test(import, five_thousand_rows_are_taken_and_one_more_is_not)
{
	size_t size = 16 + 5001 * 8;
	char *text = malloc(size), *at = text;

	at += snprintf(at, size, "name\n");
	for (int i = 0; i < 5000; i++) {
		at += snprintf(at, size - (size_t)(at - text), "n%d\n", i);
	}
	cr_assert_eq(read_csv(text), 0);
	cr_assert_eq(json_array_size(import.rows), 5000);
	import_free(&import);
	snprintf(at, size - (size_t)(at - text), "more\n");
	cr_assert_eq(read_csv(text), EINVAL);
	cr_assert_str_eq(fault.error, "too_many_rows");
	free(text);
}
