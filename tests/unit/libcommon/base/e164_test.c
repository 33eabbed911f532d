#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/base/short_number.h"

static const char *const fault_names[] = {
	[VP_E164_OK] = "ok",
	[VP_E164_EMPTY] = "empty",
	[VP_E164_BAD_CHARACTER] = "bad_character",
	[VP_E164_TOO_SHORT] = "too_short",
	[VP_E164_TOO_LONG] = "too_long",
	[VP_E164_UNKNOWN_COUNTRY] = "unknown_country",
};

static void check_case(const json_t *one)
{
	const char *typed = json_string_value(json_object_get(one, "typed"));
	const char *region = json_string_value(json_object_get(one, "region"));
	const char *number = json_string_value(json_object_get(one, "number"));
	const char *fault = json_string_value(json_object_get(one, "fault"));
	char got[VP_E164_SIZE] = "untouched";
	enum vp_e164_verdict verdict = vp_e164_normalize(typed, region, got);

	cr_expect_str_eq(fault_names[verdict], fault ? fault : "ok", "'%s' in '%s': %s", typed,
		region, fault_names[verdict]);
	cr_expect_str_eq(
		got, number ? number : "untouched", "'%s' in '%s': %s", typed, region, got);
}

Test(e164, every_shared_vector_holds)
{
	VP_CLEANUP(vp_freep)
	char *path = vp_strf("%s/tests/vectors/e164.json", getenv("RINGMAIN_SOURCE_DIR"));
	json_t *file = json_load_file(path, 0, NULL);
	json_t *cases = json_object_get(file, "cases");
	size_t i;
	json_t *one;

	cr_assert_geq(json_array_size(cases), 60, "%s", path);
	json_array_foreach(cases, i, one)
	{
		check_case(one);
	}
	json_decref(file);
}

static void becomes(const char *typed, const char *region, const char *want)
{
	char got[VP_E164_SIZE] = "";

	cr_assert_eq(vp_e164_normalize(typed, region, got), VP_E164_OK, "%s", typed);
	cr_assert_str_eq(got, want);
}

static void refused(const char *typed, const char *region, enum vp_e164_verdict want)
{
	char got[VP_E164_SIZE] = "untouched";

	cr_assert_eq(vp_e164_normalize(typed, region, got), want, "%s", typed ? typed : "NULL");
	cr_assert_str_eq(got, "untouched");
}

Test(e164, double_zero_means_abroad_in_every_region)
{
	becomes("0044 20 7183 8750", "US", "+442071838750");
	becomes("0044 20 7183 8750", NULL, "+442071838750");
}

Test(e164, region_may_be_written_in_small_letters)
{
	becomes("020 7183 8750", "gb", "+442071838750");
}

Test(e164, parameters_of_a_link_are_not_part_of_the_number)
{
	becomes("tel:+1-415-555-1234;ext=3", NULL, "+14155551234");
	becomes("TEL:020-7183-8750", "GB", "+442071838750");
}

Test(e164, a_link_with_a_context_is_refused_since_it_means_another_number)
{
	refused("tel:7183-8750;phone-context=+4420", "GB", VP_E164_BAD_CHARACTER);
	refused("+1 415 555 1234;ext=3", "US", VP_E164_BAD_CHARACTER);
}

Test(e164, hostile_text_is_refused)
{
	char *longest = calloc(1, 100001);

	memset(longest, '1', 100000);
	refused(longest, "US", VP_E164_TOO_LONG);
	longest[0] = '+';
	refused(longest, NULL, VP_E164_TOO_LONG);
	free(longest);
	refused(NULL, "US", VP_E164_EMPTY);
	refused("\xff\xfe", "US", VP_E164_BAD_CHARACTER);
	refused("415\xe2", "US", VP_E164_BAD_CHARACTER);
	refused("415\xe2\x80", "US", VP_E164_BAD_CHARACTER);
	refused("415555\n1234", "US", VP_E164_BAD_CHARACTER);
	refused("+1+4155551234", "US", VP_E164_BAD_CHARACTER);
	refused("415+5551234", "US", VP_E164_BAD_CHARACTER);
	refused("sip:4155551234@example.org", "US", VP_E164_BAD_CHARACTER);
}

Test(e164, unknown_regions_do_not_help)
{
	refused("020 7183 8750", "XX", VP_E164_UNKNOWN_COUNTRY);
	refused("020 7183 8750", "GBR", VP_E164_UNKNOWN_COUNTRY);
	refused("020 7183 8750", "", VP_E164_UNKNOWN_COUNTRY);
}

Test(e164, short_codes_are_no_numbers)
{
	refused("911", "US", VP_E164_TOO_SHORT);
	refused("112", "DE", VP_E164_TOO_SHORT);
	refused("999", "GB", VP_E164_TOO_SHORT);
}

Test(e164, a_result_never_has_more_than_fifteen_digits_and_reads_as_itself)
{
	static const char *const regions[] = {"US", "DE", "AT", "IT", "RU", "HU", "ID", "LT"};
	char typed[24], once[VP_E164_SIZE], twice[VP_E164_SIZE];
	unsigned seed = 20261123;

	for (int i = 0; i < 20000; i++) {
		size_t len = (size_t)(rand_r(&seed) % 20);

		for (size_t n = 0; n < len; n++) {
			typed[n] = (char)('0' + rand_r(&seed) % 10);
		}
		typed[len] = '\0';
		if (vp_e164_normalize(typed, regions[i % 8], once) != VP_E164_OK) {
			continue;
		}
		cr_assert_leq(strlen(once), 16);
		cr_assert_eq(vp_e164_normalize(once, NULL, twice), VP_E164_OK, "%s", once);
		if (regions[i % 8][0] != 'D' && regions[i % 8][0] != 'A') {
			cr_assert_str_eq(once, twice, "typed %s in %s", typed, regions[i % 8]);
		}
	}
}

Test(e164, every_verdict_has_a_sentence)
{
	for (int v = VP_E164_OK; v <= VP_E164_UNKNOWN_COUNTRY; v++) {
		cr_assert_gt(strlen(vp_e164_explain((enum vp_e164_verdict)v)), 10);
	}
}

static void tail_is(const char *number, const char *want)
{
	char tail[10];

	vp_e164_tail9(number, tail);
	cr_assert_str_eq(tail, want);
}

Test(e164, tail_is_the_last_nine_digits_or_all)
{
	tail_is("+14155551234", "155551234");
	tail_is("(415) 555-1234", "155551234");
	tail_is("555-1234", "5551234");
	tail_is("123456789", "123456789");
	tail_is("none", "");
}

static void national_is(const char *number, const char *region, const char *want)
{
	char buf[24];

	cr_assert(vp_e164_national(number, region, buf, sizeof(buf)));
	cr_assert_str_eq(buf, want);
}

Test(e164, national_form_has_the_regions_trunk_prefix)
{
	national_is("+442071838750", "GB", "02071838750");
	national_is("+14155551234", "US", "4155551234");
	national_is("+390669812345", "IT", "0669812345");
	national_is("+3612345678", "HU", "0612345678");
	national_is("+37061234567", "LT", "061234567");
	national_is("+79123456789", "RU", "89123456789");
}

Test(e164, national_form_of_another_country_is_none)
{
	char buf[24];

	cr_assert_not(vp_e164_national("+442071838750", "US", buf, sizeof(buf)));
	cr_assert_not(vp_e164_national("02071838750", "GB", buf, sizeof(buf)));
	cr_assert_not(vp_e164_national("+44", "GB", buf, sizeof(buf)));
	cr_assert_not(vp_e164_national("+442071838750", "GB", buf, 8));
	cr_assert_not(vp_e164_national("+442071838750", "", buf, sizeof(buf)));
}

Test(e164, abroad_form_has_the_regions_prefix)
{
	char buf[24];

	cr_assert(vp_e164_abroad("+442071838750", "US", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "011442071838750");
	cr_assert(vp_e164_abroad("+14155551234", "GB", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "0014155551234");
	cr_assert_not(vp_e164_abroad("+14155551234", "??", buf, sizeof(buf)));
	cr_assert_not(vp_e164_abroad("+14155551234", "GB", buf, 13));
}

Test(e164, calling_code_of_a_region)
{
	char buf[8];

	cr_assert(vp_e164_calling_code("gb", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "+44");
	cr_assert_not(vp_e164_calling_code("XX", buf, sizeof(buf)));
	cr_assert_not(vp_e164_calling_code("GB", buf, 3));
}

static void mask_is(const char *number, const char *want)
{
	char buf[24];

	vp_e164_mask(number, buf, sizeof(buf));
	cr_assert_str_eq(buf, want);
}

Test(e164, mask_hides_the_middle)
{
	mask_is("+14155551234", "+1415***1234");
	mask_is("+4930901820", "+4930***1820");
	mask_is("5551234", "55***34");
	mask_is("911", "***");
	mask_is("", "***");
}

Test(short_number, emergency_numbers_are_known_however_they_are_typed)
{
	static const char *const typed[] = {
		"911", "112", "999", "000", "110", "9-1-1", " 112 ", "0112", "9911", "119", "190"};

	for (size_t i = 0; i < VP_ARRAY_LEN(typed); i++) {
		cr_assert_eq(vp_short_kind(typed[i]), VP_SHORT_EMERGENCY, "%s", typed[i]);
	}
}

Test(short_number, short_codes_are_services_and_numbers_are_neither)
{
	cr_assert_eq(vp_short_kind("411"), VP_SHORT_SERVICE);
	cr_assert_eq(vp_short_kind("12"), VP_SHORT_SERVICE);
	cr_assert_eq(vp_short_kind("116117"), VP_SHORT_SERVICE);
	cr_assert_eq(vp_short_kind("5551234"), VP_SHORT_NONE);
	cr_assert_eq(vp_short_kind("+911"), VP_SHORT_NONE);
	cr_assert_eq(vp_short_kind("5110"), VP_SHORT_SERVICE);
	cr_assert_eq(vp_short_kind(""), VP_SHORT_NONE);
	cr_assert_eq(vp_short_kind("call me"), VP_SHORT_NONE);
}
