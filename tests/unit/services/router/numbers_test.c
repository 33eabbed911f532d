#include <criterion/criterion.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "services/router/domain/number_format.h"

static void sent_as(
	enum number_format format, const char *e164, const char *prefix, const char *want)
{
	char buf[40];

	cr_assert(number_format_out(format, e164, "GB", prefix, buf, sizeof(buf)));
	cr_assert_str_eq(buf, want);
}

Test(numbers, each_format_writes_its_own_way)
{
	sent_as(NUMBER_E164, "+442071838750", "", "+442071838750");
	sent_as(NUMBER_E164_NO_PLUS, "+442071838750", "", "442071838750");
	sent_as(NUMBER_00, "+442071838750", "", "00442071838750");
	sent_as(NUMBER_NATIONAL, "+442071838750", "", "02071838750");
	sent_as(NUMBER_NATIONAL, "+14155551234", "", "0014155551234");
}

Test(numbers, a_technical_prefix_stands_before_and_takes_the_plus_away)
{
	sent_as(NUMBER_E164, "+442071838750", "99#", "99#442071838750");
	sent_as(NUMBER_00, "+442071838750", "99", "9900442071838750");
}

Test(numbers, national_without_a_known_region_falls_back_to_digits)
{
	char buf[40];

	cr_assert(number_format_out(NUMBER_NATIONAL, "+442071838750", "", "", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "442071838750");
}

Test(numbers, what_does_not_fit_is_refused)
{
	char buf[8];

	cr_assert_not(number_format_out(NUMBER_E164, "+442071838750", "GB", "", buf, sizeof(buf)));
}

static void received_as(enum number_format format, const char *sent, const char *want)
{
	char got[VP_E164_SIZE] = "";

	cr_assert_eq(number_format_in(format, sent, "GB", got), VP_E164_OK, "%s", sent);
	cr_assert_str_eq(got, want);
}

Test(numbers, each_format_is_read_its_own_way)
{
	received_as(NUMBER_E164, "+442071838750", "+442071838750");
	received_as(NUMBER_E164, "442071838750", "+442071838750"); /* carriers forget the plus */
	received_as(NUMBER_E164_NO_PLUS, "442071838750", "+442071838750");
	received_as(NUMBER_E164_NO_PLUS, "+442071838750", "+442071838750");
	received_as(NUMBER_00, "00442071838750", "+442071838750");
	received_as(NUMBER_NATIONAL, "02071838750", "+442071838750");
	received_as(NUMBER_NATIONAL, "0014155551234", "+14155551234");
	received_as(NUMBER_NATIONAL, "+14155551234", "+14155551234");
}

Test(numbers, what_is_no_number_is_refused)
{
	static const char *const bad[] = {"", "anonymous", "alice", "s", "911", "+", "++44", "0",
		"1111111111111111111111111111111111111111111111111111111111111111111111111111111111"
		"1"};
	char got[VP_E164_SIZE] = "untouched";

	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		for (int f = NUMBER_E164; f <= NUMBER_NATIONAL; f++) {
			cr_assert_neq(number_format_in((enum number_format)f, bad[i], "GB", got),
				VP_E164_OK, "%s", bad[i]);
		}
	}
	cr_assert_str_eq(got, "untouched");
}

Test(numbers, words_of_the_table_and_others)
{
	cr_assert_eq(number_format_parse("e164"), NUMBER_E164);
	cr_assert_eq(number_format_parse("e164_no_plus"), NUMBER_E164_NO_PLUS);
	cr_assert_eq(number_format_parse("00"), NUMBER_00);
	cr_assert_eq(number_format_parse("national"), NUMBER_NATIONAL);
	cr_assert_eq(number_format_parse("morse"), NUMBER_E164);
}
