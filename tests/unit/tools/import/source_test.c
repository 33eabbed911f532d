#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tools/voip/import/dump.h"
#include "tools/voip/import/source.h"
#include "tools/voip/import/value.h"

static struct source *read_text(const char *text, struct dump_fault *fault)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	struct source *source = NULL;
	int err = source_read(&source, file, fault);

	fclose(file);
	cr_assert((err == 0) == (source != NULL));
	return source;
}

#define ACCOUNTS                                                                                   \
	"CREATE TABLE `voip_accounts` (`extra` int, `user_id` int, `id` int, `username` text);\n"

Test(source, finds_columns_whatever_their_order)
{
	struct dump_fault fault;
	struct source *source = read_text(ACCOUNTS "INSERT INTO `voip_accounts` VALUES "
						   "(0,7,3,'b'),(0,8,1,NULL),(0,9,2,'');",
		&fault);
	struct source_table *table = source_table(source, SOURCE_ACCOUNTS);

	cr_assert_eq(table->n_rows, 3);
	cr_assert_eq(table->rows[0]->id, 1);
	cr_assert_str_eq(source_cell(SOURCE_ACCOUNTS, table->rows[2], "username"), "b");
	cr_assert_null(source_cell(SOURCE_ACCOUNTS, table->rows[0], "username"));
	cr_assert_null(source_cell(SOURCE_ACCOUNTS, table->rows[1], "username"));
	cr_assert_null(source_cell(SOURCE_ACCOUNTS, table->rows[1], "extension"));
	cr_assert_null(source_cell(SOURCE_ACCOUNTS, table->rows[1], "extra"));
	cr_assert_eq(source_find(source, SOURCE_ACCOUNTS, "2")->id, 2);
	for (size_t i = 0; i < 5; i++) {
		static const char *const none[] = {"4", "x", "", "-1", NULL};

		cr_assert_null(source_find(source, SOURCE_ACCOUNTS, none[i]));
	}
	cr_assert_null(source_find(source, SOURCE_CALLS, "1"));
	source_free(source);
}

Test(source, counts_what_it_cannot_use)
{
	struct dump_fault fault;
	struct source *source =
		read_text(ACCOUNTS "INSERT INTO `voip_accounts` VALUES (0,7,3,'a\xff'),(0,8,3,'b'),"
				   "(0,9,NULL,'c'),(0,9,-4,'c');",
			&fault);
	struct source_table *table = source_table(source, SOURCE_ACCOUNTS);

	cr_assert_eq(table->n_rows, 1);
	cr_assert_eq(table->n_doubled, 1);
	cr_assert_eq(table->n_nameless, 2);
	cr_assert_eq(table->n_cleaned, 1);
	source_free(source);
}

Test(source, refuses_what_is_not_the_packages)
{
	struct dump_fault fault;

	cr_assert_null(read_text("CREATE TABLE users (id int, email text);\n", &fault));
	cr_assert(strstr(fault.sentence, "voip_providers"));
	cr_assert_null(read_text("CREATE TABLE voip_calls (id int, sid text);\nINSERT INTO "
				 "voip_calls VALUES (1,'x');",
		&fault));
	cr_assert(
		strstr(fault.sentence, "voip_calls has no column direction"), "%s", fault.sentence);
}

static void cleans(const char *text, size_t len, const char *want, bool want_changed)
{
	char to[256];
	bool changed = false;

	cr_assert_eq(value_clean(text, len, NULL, &changed), strlen(want));
	cr_assert_eq(value_clean(text, len, to, &changed), strlen(want));
	cr_assert_str_eq(to, want);
	cr_assert_eq(changed, want_changed);
}

#define FFFD "\xef\xbf\xbd"

Test(value, text_is_made_utf8)
{
	cleans("J\xc3\xbcrgen \xe2\x82\xac \xf0\x9f\x98\x80\n\t", 18,
		"J\xc3\xbcrgen \xe2\x82\xac \xf0\x9f\x98\x80\n\t", false);
	cleans("a\0b\x01", 4, "a b ", true);
	cleans("\xff\xc0\x80\xe2\x82", 5, FFFD FFFD FFFD FFFD FFFD, true);
	cleans("\xed\xa0\x80\xf4\x90\x80\x80", 7, FFFD FFFD FFFD FFFD FFFD FFFD FFFD, true);
	cleans("", 0, "", false);
}

static void time_is(const char *text, int64_t want_s)
{
	int64_t us = -1;

	cr_assert_eq(value_time(text, &us), want_s >= 0, "%s", text);
	cr_assert(want_s < 0 || us == want_s * 1000000, "%s: %lld", text, (long long)us);
}

Test(value, times_are_read_in_the_zone)
{
	setenv("TZ", "UTC", 1);
	tzset();
	time_is("2025-11-24 09:30:00", 1763976600);
	time_is("2025-11-24T09:30:00.123456", 1763976600);
	time_is("2025-11-24 10:30:00+01", 1763976600);
	time_is("2025-11-24 05:00:00.5-04:30", 1763976600);
	for (size_t i = 0; i < 8; i++) {
		static const char *const none[] = {NULL, "", "0000-00-00 00:00:00",
			"2025-13-01 00:00:00", "1970-01-01 00:00:00", "9999-12-31 23:59:59",
			"yesterday, at half", "2025-11-24"};

		time_is(none[i], -1);
	}
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	time_is("2025-11-24 10:30:00", 1763976600);
	time_is("2025-07-24 10:30:00", 1753345800);
}

Test(value, an_id_is_the_same_each_time_and_holds_the_time)
{
	struct vp_uuid org = vp_uuid_new(), other = vp_uuid_new();
	const int64_t at = INT64_C(1763976600123000);
	struct vp_uuid id = value_uuid(org, "call", 7, at);

	cr_assert(vp_uuid_equal(id, value_uuid(org, "call", 7, at)));
	cr_assert_eq(vp_uuid_time_us(id), at);
	cr_assert_eq(id.b[6] >> 4, 7);
	cr_assert_eq(id.b[8] >> 6, 2);
	cr_assert(!vp_uuid_equal(id, value_uuid(org, "call", 8, at)));
	cr_assert(!vp_uuid_equal(id, value_uuid(org, "recording", 7, at)));
	cr_assert(!vp_uuid_equal(id, value_uuid(other, "call", 7, at)));
}

Test(value, numbers_and_words)
{
	cr_assert_eq(value_id("12"), 12);
	cr_assert_eq(value_id("9223372036854775808"), -1);
	cr_assert_eq(value_id("1x"), -1);
	cr_assert_eq(value_int("5060", 1, 65535, 0), 5060);
	cr_assert_eq(value_int("99999", 1, 65535, 5), 5);
	cr_assert_eq(value_int(NULL, 1, 2, 5), 5);
	cr_assert(value_is_true("1") && value_is_true("t") && value_is_true("\x01") &&
		  !value_is_true("0") && !value_is_true(NULL));
}
