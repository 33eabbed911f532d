/* What a client may send as a contact, and what is stored of it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "services/gateway/domain/contact_input.h"

static struct contact_faults faults;
static json_t *bodies; /* faults point into them */

static void set_up(void)
{
	bodies = json_array();
}
static void tear_down(void)
{
	json_decref(bodies);
}
TestSuite(contact_input, .init = set_up, .fini = tear_down);

static json_t *json(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, 0, &error);

	cr_assert_not_null(value, "%s: %s", text, error.text);
	return value;
}

/* The row that is stored, or NULL. */
static json_t *read_as(enum contact_type type, enum contact_mode mode, const char *text)
{
	json_t *body = json(text), *row = NULL;
	int err = contact_input_read(contact_kind(type), mode, "US", body, &row, &faults);

	cr_assert(err == 0 || err == EINVAL);
	cr_assert_eq(err == 0, faults.count == 0);
	cr_assert_eq(err == 0, row != NULL);
	json_array_append_new(bodies, body);
	return row;
}

static const char *text_at(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static json_t *number_at(const json_t *row, size_t i)
{
	return json_array_get(json_object_get(row, "numbers"), i);
}

static const char *fault_of(const char *field)
{
	for (size_t i = 0; i < faults.count; i++) {
		if (strcmp(faults.item[i].field, field) == 0) {
			return faults.item[i].error;
		}
	}
	return "none";
}

Test(contact_input, a_person_is_stored_with_its_number_in_e164)
{
	json_t *row = read_as(CONTACT_PERSON, CONTACT_NEW,
		"{\"name\":\"  Ann Example \",\"phone\":\"(415) "
		"555-2671\",\"email\":\"ann@x.example\"}");

	cr_assert_str_eq(text_at(row, "name"), "Ann Example");
	cr_assert_str_eq(text_at(row, "email"), "ann@x.example");
	cr_assert(json_is_null(json_object_get(row, "company")));
	cr_assert_str_eq(text_at(number_at(row, 0), "e164"), "+14155552671");
	cr_assert_str_eq(text_at(number_at(row, 0), "raw"), "(415) 555-2671");
	cr_assert_str_eq(text_at(number_at(row, 0), "tail9"), "155552671");
	cr_assert(json_is_true(json_object_get(number_at(row, 0), "is_primary")));
	json_decref(row);
}

Test(contact_input, every_fault_is_reported_at_once)
{
	cr_assert_null(read_as(CONTACT_LEAD, CONTACT_NEW,
		"{\"name\":\"\",\"phone\":\"12\",\"email\":\"x\",\"owner_id\":\"7\",\"colour\":"
		"\"red\",\"stage\":\"won\"}"));
	cr_assert_str_eq(fault_of("name"), "required");
	cr_assert_str_eq(fault_of("phone"), "invalid_number");
	cr_assert_str_eq(fault_of("email"), "invalid");
	cr_assert_str_eq(fault_of("owner_id"), "invalid");
	cr_assert_str_eq(fault_of("colour"), "unknown_field");
	cr_assert_str_eq(fault_of("stage"), "unknown_field", "a lead has no stage");
}

Test(contact_input, a_change_touches_only_what_it_names)
{
	json_t *row = read_as(CONTACT_PERSON, CONTACT_PARTIAL, "{\"company\":null}");

	cr_assert_eq(json_object_size(row), 1);
	cr_assert(json_is_null(json_object_get(row, "company")));
	json_decref(row);
}

Test(contact_input, a_name_cannot_be_taken_away)
{
	cr_assert_null(read_as(CONTACT_PERSON, CONTACT_PARTIAL, "{\"name\":null}"));
	cr_assert_str_eq(fault_of("name"), "required");
	cr_assert_null(read_as(CONTACT_PERSON, CONTACT_PARTIAL, "{\"name\":\"   \"}"));
}

Test(contact_input, columns_that_are_never_null_get_their_default)
{
	json_t *row = read_as(CONTACT_DEAL, CONTACT_NEW, "{\"name\":\"d\",\"stage\":null}");

	cr_assert_str_eq(text_at(row, "stage"), "open");
	json_decref(row);
	row = read_as(CONTACT_LEAD, CONTACT_NEW, "{\"name\":\"l\"}");
	cr_assert_str_eq(text_at(row, "status"), "new");
	json_decref(row);
}

Test(contact_input, the_same_number_twice_is_one_number)
{
	json_t *row = read_as(CONTACT_PERSON, CONTACT_NEW,
		"{\"name\":\"a\",\"phone\":\"+14155552671\",\"numbers\":[\"415 555 "
		"2671\",{\"number\":\"+442079460123\",\"label\":\"home\"}]}");

	cr_assert_eq(json_array_size(json_object_get(row, "numbers")), 2);
	cr_assert_str_eq(text_at(number_at(row, 1), "label"), "home");
	json_decref(row);
}

Test(contact_input, exactly_one_number_is_primary)
{
	json_t *row = read_as(CONTACT_PERSON, CONTACT_NEW,
		"{\"name\":\"a\",\"numbers\":[\"+14155552671\",{\"number\":\"+14155552672\","
		"\"primary\":true},"
		"{\"number\":\"+14155552673\",\"primary\":true}]}");

	cr_assert(json_is_false(json_object_get(number_at(row, 0), "is_primary")));
	cr_assert(json_is_true(json_object_get(number_at(row, 1), "is_primary")));
	cr_assert(json_is_false(json_object_get(number_at(row, 2), "is_primary")));
	json_decref(row);
}

Test(contact_input, numbers_of_wrong_shape_are_refused)
{
	const char *const shapes[] = {"{\"name\":\"a\",\"numbers\":\"+14155552671\"}",
		"{\"name\":\"a\",\"numbers\":[7]}",
		"{\"name\":\"a\",\"numbers\":[{\"label\":\"x\"}]}",
		"{\"name\":\"a\",\"numbers\":[{\"number\":\"+14155552671\",\"label\":\"=x\"}]}",
		"{\"name\":\"a\",\"phone\":[]}",
		"{\"name\":\"a\",\"numbers\":[\"+14155552671\\u0000x\"]}"};

	for (size_t i = 0; i < 5; i++) {
		cr_assert_null(read_as(CONTACT_PERSON, CONTACT_NEW, shapes[i]), "%s", shapes[i]);
	}
}

Test(contact_input, twenty_one_numbers_are_too_many)
{
	char body[1024] = "{\"name\":\"a\",\"numbers\":[";

	for (int i = 0; i < 21; i++) {
		snprintf(body + strlen(body), sizeof(body) - strlen(body), "%s\"+1415555%04d\"",
			i ? "," : "", 2000 + i);
	}
	snprintf(body + strlen(body), sizeof(body) - strlen(body), "]}");
	cr_assert_null(read_as(CONTACT_PERSON, CONTACT_NEW, body));
	cr_assert_str_eq(fault_of("numbers"), "invalid");
}

Test(contact_input, text_that_a_spreadsheet_would_run_is_refused)
{
	cr_assert_null(read_as(CONTACT_PERSON, CONTACT_NEW, "{\"name\":\"=HYPERLINK(1)\"}"));
	cr_assert_str_eq(fault_of("name"), "formula");
	cr_assert_null(read_as(CONTACT_PERSON, CONTACT_NEW, "{\"name\":\"a\",\"company\":\"@x\"}"));
	cr_assert_null(
		read_as(CONTACT_PERSON, CONTACT_NEW, "{\"name\":\"a\",\"external_id\":\"-1+1\"}"));
	cr_assert_null(read_as(CONTACT_LEAD, CONTACT_NEW, "{\"name\":\"a\",\"title\":\"  +1\"}"),
		"blanks before it do not help");
}

Test(contact_input, lengths_are_counted_in_characters)
{
	char body[1024] = "{\"name\":\"";
	size_t used = strlen(body);

	for (int i = 0; i < 200; i++) {
		used += (size_t)snprintf(body + used, sizeof(body) - used, "ö");
	}
	snprintf(body + used, sizeof(body) - used, "\"}");
	json_t *row = read_as(CONTACT_PERSON, CONTACT_NEW, body);
	cr_assert_not_null(row);
	json_decref(row);
	memcpy(body + strlen(body) - 2, "ö\"}", 5);
	cr_assert_null(read_as(CONTACT_PERSON, CONTACT_NEW, body));
	cr_assert_str_eq(fault_of("name"), "too_long");
}

Test(contact_input, a_text_of_any_length_is_too_long_and_not_damaged)
{
	for (int shift = 0; shift < 3; shift++) {
		char body[2100] = "{\"name\":\"ab";

		body[9 + shift] = '\0';
		for (int i = 0; i < 600; i++) {
			snprintf(body + strlen(body), sizeof(body) - strlen(body), "€");
		}
		snprintf(body + strlen(body), sizeof(body) - strlen(body), "\"}");
		cr_assert_null(read_as(CONTACT_PERSON, CONTACT_NEW, body));
		cr_assert_str_eq(fault_of("name"), "too_long");
	}
}

Test(contact_input, amounts_keep_every_cent)
{
	const char *const fine[][2] = {{"\"1250.50\"", "1250.50"},
		{"\"999999999999.99\"", "999999999999.99"}, {"\"0\"", "0"}, {"1250.5", "1250.5"},
		{"7", "7"}, {"0.1", "0.1"}, {"999999999999.99", "999999999999.99"}};
	const char *const wrong[] = {"\"1,250\"", "\"-5\"", "-5", "\"1.234\"", "\"1e3\"",
		"\"1000000000000\"", "true", "\".5\"", "\"5.\"", "1250.505", "0.001",
		"999999999999.994", "1e15"};
	char body[128];

	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		snprintf(body, sizeof(body), "{\"name\":\"d\",\"amount\":%s}", fine[i][0]);
		json_t *row = read_as(CONTACT_DEAL, CONTACT_NEW, body);

		cr_assert_not_null(row, "%s", body);
		cr_assert_str_eq(text_at(row, "amount"), fine[i][1]);
		json_decref(row);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		snprintf(body, sizeof(body), "{\"name\":\"d\",\"amount\":%s}", wrong[i]);
		cr_assert_null(read_as(CONTACT_DEAL, CONTACT_NEW, body), "%s", body);
	}
}

Test(contact_input, an_external_id_may_be_a_number)
{
	json_t *row = read_as(CONTACT_PERSON, CONTACT_NEW, "{\"name\":\"a\",\"external_id\":123}");

	cr_assert_str_eq(text_at(row, "external_id"), "123");
	json_decref(row);
	cr_assert_null(
		read_as(CONTACT_PERSON, CONTACT_NEW, "{\"name\":\"a\",\"external_id\":1.5}"));
}

Test(contact_input, faults_have_an_end)
{
	char body[4096] = "{\"name\":\"a\"";

	for (int i = 0; i < 60; i++) {
		snprintf(body + strlen(body), sizeof(body) - strlen(body), ",\"k%d\":1", i);
	}
	snprintf(body + strlen(body), sizeof(body) - strlen(body), "}");
	cr_assert_null(read_as(CONTACT_PERSON, CONTACT_NEW, body));
	cr_assert_eq(faults.count, CONTACT_FAULTS_MAX);
}

Test(contact_kind, the_path_names_the_kind)
{
	cr_assert_eq(contact_kind_at("/api/voip/leads/7")->type, CONTACT_LEAD);
	cr_assert_eq(contact_kind_at("/api/voip/persons")->type, CONTACT_PERSON);
	cr_assert_null(contact_kind_at("/api/voip/dogs"));
	cr_assert_null(contact_kind_at("/"));
	cr_assert_null(contact_kind_named("persons"));
}
