#include <criterion/criterion.h>
#include "services/gateway/domain/text.h"

Test(text, utf8_is_text_and_broken_utf8_is_not)
{
	const char *const fine[] = {
		"", "a", "Zoë", "李", "\xf0\x9f\x93\x9e", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"};
	const char *const broken[] = {"\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xe2\x82", "a\xffz"};

	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		cr_assert(text_is_clean(fine[i]), "%zu", i);
	}
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		cr_assert_not(text_is_clean(broken[i]), "%zu", i);
	}
}

Test(text, control_characters_are_no_text)
{
	cr_assert_not(text_is_clean("a\tb"));
	cr_assert_not(text_is_clean("a\r\nb"));
	cr_assert_not(text_is_clean("\x1b[31m"));
	cr_assert_not(text_is_clean("\x7f"));
	cr_assert_not(text_is_clean("\xc2\x85"));
	cr_assert(text_is_clean("\xc2\xa0"));
}

Test(text, a_day_is_one_of_the_calendar)
{
	cr_assert(text_is_day("2026-11-23"));
	cr_assert(text_is_day("2024-02-29"));
	cr_assert(text_is_day("2000-02-29"));
	cr_assert_not(text_is_day("2026-02-29"));
	cr_assert_not(text_is_day("2100-02-29"));
	cr_assert_not(text_is_day("2026-11-31"));
	cr_assert_not(text_is_day("2026-13-01"));
	cr_assert_not(text_is_day("2026-00-10"));
	cr_assert_not(text_is_day("2026-01-00"));
	cr_assert_not(text_is_day("1969-12-31"));
	cr_assert_not(text_is_day("2026-1-1"));
	cr_assert_not(text_is_day("2026-11-23T00:00:00Z"));
	cr_assert_not(text_is_day("20a6-11-23"));
	cr_assert_not(text_is_day(""));
}

Test(text, a_zone_is_one_that_this_machine_knows)
{
	cr_assert(text_is_zone("Europe/Berlin"));
	cr_assert(text_is_zone("UTC"));
	cr_assert(text_is_zone("America/Argentina/Buenos_Aires"));
	cr_assert_not(text_is_zone("Europe"));
	cr_assert_not(text_is_zone("Europe/Bielefeld"));
	cr_assert_not(text_is_zone("../../../etc/passwd"));
	cr_assert_not(text_is_zone("/etc/passwd"));
	cr_assert_not(text_is_zone(""));
	cr_assert_not(text_is_zone("UTC; drop table calls"));
}

Test(text, what_a_spreadsheet_runs_is_a_formula)
{
	cr_assert(text_is_formula("=1+1"));
	cr_assert(text_is_formula("+1"));
	cr_assert(text_is_formula("-1"));
	cr_assert(text_is_formula("@sum"));
	cr_assert(text_is_formula("\t=1"));
	cr_assert_not(text_is_formula(""));
	cr_assert_not(text_is_formula("a=1"));
	cr_assert_not(text_is_formula("'=1"));
}

Test(text, an_email_address_has_one_at_and_no_blanks)
{
	cr_assert(text_is_email("a@b.example"));
	cr_assert_not(text_is_email("a"));
	cr_assert_not(text_is_email("@b"));
	cr_assert_not(text_is_email("a@"));
	cr_assert_not(text_is_email("a@b@c"));
	cr_assert_not(text_is_email("a b@c"));
	cr_assert_not(text_is_email("<a@b>"));
}
