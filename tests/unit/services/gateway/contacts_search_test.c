/* What is typed into a search field. */
#include <criterion/criterion.h>
#include <string.h>
#include "services/gateway/domain/search.h"

static struct search read_us(const char *typed)
{
	struct search search;

	cr_assert(search_read(typed, "US", &search), "refused: %s", typed);
	return search;
}

Test(search, nothing_and_blanks_are_no_search)
{
	cr_assert_eq(read_us(NULL).kind, SEARCH_NONE);
	cr_assert_eq(read_us("").kind, SEARCH_NONE);
	cr_assert_eq(read_us("   ").kind, SEARCH_NONE);
	cr_assert_eq(read_us(" , ").kind, SEARCH_NONE);
}

Test(search, words_are_taken_apart_at_blanks_and_commas)
{
	struct search search = read_us("  Smith,  John ");

	cr_assert_eq(search.kind, SEARCH_WORDS);
	cr_assert_str_eq(search.words, "Smith\x1fJohn");
	cr_assert_eq(search.n_chars, 9);
}

Test(search, letters_are_counted_and_not_bytes)
{
	cr_assert_eq(read_us("Ö").n_chars, 1);
	cr_assert_eq(read_us("Zoë 李").n_chars, 4);
}

Test(search, no_more_than_eight_words_are_looked_for)
{
	struct search search = read_us("a b c d e f g h i j");

	cr_assert_str_eq(search.words, "a\x1f"
				       "b\x1f"
				       "c\x1f"
				       "d\x1f"
				       "e\x1f"
				       "f\x1fg\x1fh");
}

Test(search, a_whole_number_is_read_in_every_usual_way)
{
	const char *const typed[] = {
		"+1 415 555 0101", "+14155550101", "00 1 415 555 0101", "+1 (415) 555-0101"};

	for (size_t i = 0; i < sizeof(typed) / sizeof(*typed); i++) {
		struct search search = read_us(typed[i]);

		cr_assert_eq(search.kind, SEARCH_NUMBER, "%s", typed[i]);
		cr_assert_str_eq(search.number, "+14155550101");
		cr_assert_str_eq(search.reversed, "10105555141+");
		cr_assert_str_eq(search.tail9, "155550101");
	}
}

Test(search, a_trunk_prefix_is_read_by_the_region)
{
	struct search search;

	cr_assert(search_read("030 90182090", "DE", &search));
	cr_assert_eq(search.kind, SEARCH_NUMBER);
	cr_assert_str_eq(search.number, "+493090182090");
}

Test(search, digits_without_country_are_the_end_of_a_number)
{
	struct search search = read_us("(415) 555-0101");

	cr_assert_eq(search.kind, SEARCH_LAST_DIGITS);
	cr_assert_str_eq(search.number, "4155550101");
	cr_assert_str_eq(search.reversed, "1010555514");
	cr_assert_eq(search.n_chars, 10);
	cr_assert_eq(read_us("01").kind, SEARCH_LAST_DIGITS);
	cr_assert_eq(read_us("555").n_chars, 3);
}

Test(search, a_plus_with_some_digits_is_the_beginning_of_a_number)
{
	struct search search = read_us("+1 415");

	cr_assert_eq(search.kind, SEARCH_FIRST_DIGITS);
	cr_assert_str_eq(search.number, "+1415");
}

Test(search, a_name_with_digits_is_words)
{
	cr_assert_eq(read_us("Studio 54").kind, SEARCH_WORDS);
	cr_assert_eq(read_us("---").kind, SEARCH_WORDS);
}

Test(search, digits_without_end_do_not_overflow)
{
	char long_digits[101];
	struct search search;

	memset(long_digits, '7', 100);
	long_digits[100] = '\0';
	cr_assert(search_read(long_digits, "US", &search));
	cr_assert_eq(search.kind, SEARCH_LAST_DIGITS);
	cr_assert_lt(strlen(search.number), sizeof(search.number));
	long_digits[0] = '+';
	cr_assert(search_read(long_digits, "US", &search));
	cr_assert_lt(strlen(search.reversed), sizeof(search.reversed));
}

Test(search, a_hundred_characters_of_four_bytes_fit)
{
	char text[401] = "";
	struct search search;

	for (int i = 0; i < 100; i++) {
		memcpy(text + (size_t)i * 4, "\xf0\x9f\x93\x9e", 5);
	}
	cr_assert(search_read(text, "US", &search));
	cr_assert_str_eq(search.words, text);
}

Test(search, what_is_no_text_is_refused)
{
	struct search search;
	char long_text[102];

	memset(long_text, 'a', 101);
	long_text[101] = '\0';
	cr_assert_not(search_read(long_text, "US", &search));
	cr_assert_not(search_read("a\xff", "US", &search));
	cr_assert_not(search_read("\xc0\x80", "US", &search));
	cr_assert_not(search_read("a\x1f"
				  "b",
			      "US", &search),
		"the separator would come in from outside");
	cr_assert_not(search_read("a\nb", "US", &search));
}
