/* What may be asked of the history, and by whom. */
#include <criterion/criterion.h>
#include <string.h>
#include "services/gateway/domain/contact_list.h"
#include "services/gateway/domain/history.h"

static struct identity agent, admin;
static struct history history;
static struct list_fault fault;

static void set_up(void)
{
	agent = (struct identity){.org.b = {1},
		.user.b = {2},
		.timezone = "Europe/Berlin",
		.default_region = "US",
		.permissions = (char *)"|voip|voip.recordings.play|"};
	admin = (struct identity){.org.b = {1},
		.user.b = {3},
		.timezone = "",
		.default_region = "US",
		.permissions = (char *)"|voip|voip.all_calls|"};
}
TestSuite(history, .init = set_up);
TestSuite(contact_list, .init = set_up);

static bool read(const struct identity *who, struct history_params params)
{
	return history_read(&params, who, &history, &fault);
}

static void expect_refused(struct history_params params, const char *error)
{
	cr_assert_not(read(&agent, params));
	cr_assert_str_eq(fault.error, error);
	cr_assert_gt(strlen(fault.message), 10);
}

Test(history, an_agent_sees_only_own_calls)
{
	cr_assert(read(&agent, (struct history_params){0}));
	cr_assert(vp_uuid_equal(history.user, agent.user));
	cr_assert(vp_uuid_equal(history.org, agent.org));
	cr_assert_eq(history.limit, 100);
	cr_assert(history.recordings);
}

Test(history, an_agent_cannot_name_somebody_else)
{
	cr_assert_not(read(&agent,
		(struct history_params){.user_id = "03000000-0000-0000-0000-000000000000"}));
	cr_assert_eq(fault.status, 403);
	cr_assert(read(&agent,
		(struct history_params){.user_id = "02000000-0000-0000-0000-000000000000"}));
}

Test(history, the_nil_user_does_not_open_the_calls_of_all)
{
	cr_assert_not(read(&agent,
		(struct history_params){.user_id = "00000000-0000-0000-0000-000000000000"}));
	cr_assert_eq(fault.status, 403);
}

Test(history, an_administrator_sees_all_or_one_users_calls)
{
	cr_assert(read(&admin, (struct history_params){0}));
	cr_assert(vp_uuid_is_nil(history.user));
	cr_assert_not(history.recordings);
	cr_assert(read(&admin,
		(struct history_params){.user_id = "02000000-0000-0000-0000-000000000000"}));
	cr_assert(vp_uuid_equal(history.user, agent.user));
}

Test(history, days_are_those_of_the_caller)
{
	cr_assert(read(&agent,
		(struct history_params){.date_from = "2026-11-01", .date_to = "2026-11-02"}));
	cr_assert_str_eq(history.tz, "Europe/Berlin");
	cr_assert(read(
		&agent, (struct history_params){.date_from = "2026-11-01", .tz = "Asia/Tokyo"}));
	cr_assert_str_eq(history.tz, "Asia/Tokyo");
	cr_assert(read(&admin, (struct history_params){0}));
	cr_assert_str_eq(history.tz, "UTC");
}

Test(history, parameters_that_cannot_be_are_refused)
{
	expect_refused((struct history_params){.direction = "sideways"}, "bad_parameter");
	expect_refused((struct history_params){.status = "Completed"}, "bad_parameter");
	expect_refused((struct history_params){.date_from = "yesterday"}, "bad_parameter");
	expect_refused((struct history_params){.date_to = "2026-02-30"}, "bad_parameter");
	expect_refused((struct history_params){.tz = "Mars/Base"}, "bad_parameter");
	expect_refused((struct history_params){.contact_type = "cat"}, "bad_parameter");
	expect_refused((struct history_params){.contact_id = "7"}, "bad_parameter");
	expect_refused((struct history_params){.user_id = "'; drop table calls"}, "bad_parameter");
	expect_refused((struct history_params){.cursor = "xyz"}, "bad_cursor");
	expect_refused((struct history_params){.limit = "0"}, "bad_parameter");
	expect_refused((struct history_params){.limit = "101"}, "bad_parameter");
	expect_refused((struct history_params){.limit = "-1"}, "bad_parameter");
	expect_refused((struct history_params){.limit = "18446744073709551617"}, "bad_parameter");
	expect_refused((struct history_params){.limit = "10x"}, "bad_parameter");
	expect_refused((struct history_params){.limit = ""}, "bad_parameter");
	expect_refused((struct history_params){.search = "x"}, "bad_parameter");
	expect_refused((struct history_params){.search = "123"}, "bad_parameter");
	expect_refused((struct history_params){.search = "+1415"}, "bad_parameter");
	expect_refused((struct history_params){.search = "\xff"}, "bad_parameter");
}

Test(history, the_statement_asks_for_one_row_more_than_the_page)
{
	struct vp_db_param params[HISTORY_PARAMS];

	cr_assert(read(
		&agent, (struct history_params){
				.limit = "50", .search = "+1 415 555 0101", .status = "busy"}));
	history_bind(&history, params);
	cr_assert_eq(params[12].num, 51);
	cr_assert_str_eq(params[4].text, "10105555141+");
	cr_assert(params[5].num);
	cr_assert_str_eq(params[7].text, "busy");
	cr_assert_null(params[3].text);
	cr_assert_eq(params[2].type, VP_DB_NULL);
}

static struct contact_list list;

static bool read_list(const char *search, const char *type, const char *cursor, const char *limit)
{
	return contact_list_read(search, type, cursor, limit, &agent, &list, &fault);
}

Test(contact_list, the_first_page_begins_before_everything)
{
	cr_assert(read_list(NULL, NULL, NULL, NULL));
	cr_assert_eq(list.phase, 1);
	cr_assert_str_eq(list.key, "");
	cr_assert(vp_uuid_is_nil(list.id));
}

Test(contact_list, a_cursor_holds_phase_id_and_key)
{
	cr_assert(read_list(
		"ann", NULL, "2.01a2074f-79be-71ea-96b9-b656f8baac22.o'connor. jr", NULL));
	cr_assert_eq(list.phase, 2);
	cr_assert_str_eq(list.key, "o'connor. jr");
	cr_assert_eq(list.id.b[0], 0x01);
}

Test(contact_list, cursors_of_others_are_refused)
{
	const char *const wrong[] = {"1", "1.", "3.01a2074f-79be-71ea-96b9-b656f8baac22.x",
		"1.01a2074f-79be-71ea-96b9-b656f8baac22",
		"1.zza2074f-79be-71ea-96b9-b656f8baac22.x",
		"12.01a2074f-79be-71ea-96b9-b656f8baac2.x",
		"1.01a2074f-79be-71ea-96b9-b656f8baac22.\xff"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		cr_assert_not(read_list(NULL, NULL, wrong[i], NULL), "%s", wrong[i]);
		cr_assert_str_eq(fault.error, "bad_cursor");
	}
	cr_assert_not(read_list(NULL, "cat", NULL, NULL));
	cr_assert_not(read_list(NULL, NULL, NULL, "1000"));
}

Test(contact_list, each_kind_of_search_has_its_statement)
{
	struct vp_db_param params[CONTACT_LIST_PARAMS];
	const char *typed[] = {"ann", "+14155550101", "+1415", "0101"};
	size_t wanted[] = {7, 5, 4, 4}, n;

	for (size_t i = 0; i < 4; i++) {
		cr_assert(read_list(typed[i], NULL, NULL, NULL));
		cr_assert_not_null(contact_list_bind(&list, params, &n));
		cr_assert_eq(n, wanted[i], "%s", typed[i]);
	}
}
