/* Single statements: values there and back, verdicts, deadlines, cancelling, lost connections. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tests/unit/libcommon/db/fixture.h"

static struct vp_db *db;
static const char *url;

static void set_up(void)
{
	url = test_db_make();
	cr_assert_eq(vp_db_create(&db, &(struct vp_db_cfg){.url = url, .timeout_ms = 30000}), 0);
}

static void tear_down(void)
{
	db = vp_db_destroy(db);
	test_db_drop();
}

TestSuite(db_query, .init = set_up, .fini = tear_down, .timeout = 60);

struct seen {
	int calls, err;
	size_t rows, affected;
	char first[256];
	char error[256];
};

static void on_result(int err, const struct vp_db_result *res, void *arg)
{
	struct seen *seen = arg;
	seen->calls++;
	seen->err = err;
	vp_strcopy(seen->error, sizeof(seen->error), vp_db_result_error(res));
	if (err) {
		return;
	}
	seen->rows = vp_db_rows(res);
	seen->affected = vp_db_affected(res);
	if (seen->rows > 0) {
		vp_strcopy(seen->first, sizeof(seen->first), vp_db_text(res, 0, 0));
	}
}

static bool was_called(void *arg)
{
	return ((struct seen *)arg)->calls > 0;
}

static struct seen ask(const char *sql, const struct vp_db_param *params, size_t n)
{
	struct seen seen = {0};
	cr_assert_eq(vp_db_query(db, sql, params, n, on_result, &seen, NULL), 0);
	test_db_until(db, was_called, &seen, sql);
	cr_assert_eq(seen.calls, 1);
	return seen;
}

static void check_values(int err, const struct vp_db_result *res, void *arg)
{
	struct seen *seen = arg;
	seen->calls++;
	cr_assert_eq(err, 0, "%s", vp_db_result_error(res));
	cr_assert_str_eq(vp_db_text(res, 0, 0), "na\xc3\xafve 'quoted'");
	cr_assert_eq(vp_db_int(res, 0, 1), INT64_MIN);
	char text[VP_UUID_TEXT_SIZE];
	vp_uuid_text(vp_db_uuid(res, 0, 2), text);
	cr_assert_str_eq(text, "01234567-89ab-7cde-8f01-23456789abcd");
	size_t len = 0;
	uint8_t *bytes = vp_db_bytes(res, 0, 3, &len);
	cr_assert_eq(len, 4);
	cr_assert_eq(memcmp(bytes, "\x00\xff\\\n", 4), 0);
	free(bytes);
	cr_assert(vp_db_bool(res, 0, 4));
	cr_assert_str_eq(vp_db_text(res, 0, 5), "1782454080.123456");
	for (size_t col = 6; col < 10; col++) {
		cr_assert(vp_db_is_null(res, 0, col), "column %zu", col);
		cr_assert_str_eq(vp_db_text(res, 0, col), "");
	}
	len = 7;
	bytes = vp_db_bytes(res, 0, 10, &len);
	cr_assert_not_null(bytes);
	cr_assert_eq(len, 0);
	free(bytes);
	cr_assert_null(vp_db_bytes(res, 0, 6, &len));
}

Test(db_query, values_of_every_type_come_back_as_they_went)
{
	struct vp_uuid id;
	cr_assert(vp_uuid_parse("01234567-89ab-7cde-8f01-23456789abcd", &id));
	struct seen seen = {0};
	cr_assert_eq(vp_db_query(db,
			     "select $1::text, $2::bigint, $3::uuid, $4::bytea, $5::boolean, "
			     "extract(epoch from $6::timestamptz), $7::text, $8::text, "
			     "$9::timestamptz, $10::bytea, $11::bytea",
			     VP_PARAMS(VP_P_TEXT("na\xc3\xafve 'quoted'"), VP_P_INT(INT64_MIN),
				     VP_P_UUID(id), VP_P_BYTES("\x00\xff\\\n", 4), VP_P_BOOL(true),
				     VP_P_TIME(1782454080123456), VP_P_NULL(), VP_P_TEXT(NULL),
				     VP_P_TIME(0), VP_P_BYTES(NULL, 0), VP_P_BYTES("", 0)),
			     check_values, &seen, NULL),
		0);
	test_db_until(db, was_called, &seen, "the row");
}

Test(db_query, times_before_1970_are_kept)
{
	struct seen seen =
		ask("select extract(epoch from $1::timestamptz)", VP_PARAMS(VP_P_TIME(-1500000)));
	cr_assert_str_eq(seen.first, "-1.500000");
}

Test(db_query, times_near_and_far_are_kept_to_the_microsecond)
{
	static const int64_t times[] = {1, 999999, 1000000, 951782400000001, /* 29 February 2000 */
		1782454080123456, 253402300799999999, 253402300800000000, -59011459200000000};
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct seen seen =
			ask("select extract(epoch from $1::timestamptz) * 1000000 = $2::bigint",
				VP_PARAMS(VP_P_TIME(times[i]), VP_P_INT(times[i])));
		cr_assert_str_eq(seen.first, "t", "%lld", (long long)times[i]);
	}
}

Test(db_query, whole_numbers_of_every_size_are_kept)
{
	static const int64_t nums[] = {0, 1, -1, 9, 10, -10, 4294967296, INT64_MAX, INT64_MIN};
	for (size_t i = 0; i < sizeof(nums) / sizeof(nums[0]); i++) {
		char text[24];
		struct seen seen = ask("select $1::bigint", VP_PARAMS(VP_P_INT(nums[i])));
		snprintf(text, sizeof(text), "%lld", (long long)nums[i]);
		cr_assert_str_eq(seen.first, text);
	}
}

Test(db_query, rows_and_affected_rows_are_counted)
{
	ask("create table t (x int primary key)", NULL, 0);
	cr_assert_eq(ask("insert into t select generate_series(1, 7)", NULL, 0).affected, 7);
	cr_assert_eq(ask("select x from t", NULL, 0).rows, 7);
	cr_assert_eq(ask("delete from t where x > $1", VP_PARAMS(VP_P_INT(5))).affected, 2);
}

Test(db_query, refusals_have_their_error)
{
	ask("create table t (x int primary key check (x < 10))", NULL, 0);
	ask("insert into t values (1)", NULL, 0);
	struct seen seen = ask("insert into t values (1)", NULL, 0);
	cr_assert_eq(seen.err, EEXIST);
	cr_assert(strstr(seen.error, "duplicate key"), "%s", seen.error);
	cr_assert_not(strstr(seen.error, "(1)"), "the row's values stay out of the log");
	cr_assert_eq(ask("insert into t values (11)", NULL, 0).err, EINVAL);
	cr_assert_eq(ask("select $1::uuid", VP_PARAMS(VP_P_TEXT("no uuid"))).err, EINVAL);
	cr_assert_eq(ask("select from nowhere", NULL, 0).err, EIO);
	cr_assert_eq(ask("select 1/0", NULL, 0).err, EINVAL);
	cr_assert_eq(ask("select 1; select 2", NULL, 0).err, EIO, "one statement only");
	cr_assert_eq(ask("select 3", NULL, 0).err, 0, "the connection works on");
}

Test(db_query, a_missing_grant_is_eacces)
{
	test_db_sql("create table secret (x int)");
	test_db_sql("do $$ begin create role test_db_nobody login; exception when "
		    "duplicate_object or unique_violation then null; end $$");
	const char *rest = strchr(strstr(url, "//"), '@');
	char *as_nobody = vp_strf("postgresql://test_db_nobody%s", rest);
	cr_assert_eq(
		vp_db_exec_now(as_nobody, "select * from secret", NULL, 0, NULL, NULL), EACCES);
	free(as_nobody);
}

Test(db_query, a_slow_statement_ends_at_its_deadline_and_the_next_one_works)
{
	vp_db_destroy(db);
	cr_assert_eq(vp_db_create(&db, &(struct vp_db_cfg){.url = url, .timeout_ms = 2000}), 0);
	int64_t start = vp_mono_us();
	struct seen seen = ask("select pg_sleep(30)", NULL, 0);
	int64_t took = vp_mono_us() - start;
	cr_assert_eq(seen.err, ETIMEDOUT);
	cr_assert(took > 1900000 && took < 20000000, "%lld us", (long long)took);
	cr_assert_eq(ask("select 1", NULL, 0).err, 0);
}

Test(db_query, a_slow_statement_does_not_hold_up_the_others)
{
	struct seen slow = {0};
	cr_assert_eq(vp_db_query(db, "select pg_sleep(3)", NULL, 0, on_result, &slow, NULL), 0);
	for (int i = 0; i < 20; i++) {
		cr_assert_eq(ask("select 1", NULL, 0).err, 0);
	}
	cr_assert_eq(slow.calls, 0);
	test_db_until(db, was_called, &slow, "the slow one");
	cr_assert_eq(slow.err, 0);
}

Test(db_query, a_cancelled_query_never_calls_back)
{
	struct seen running = {0}, waiting = {0}, finished = {0};
	struct vp_db_op *op[3];
	ask("select 1", NULL, 0);
	cr_assert_eq(
		vp_db_query(db, "select pg_sleep(0.3)", NULL, 0, on_result, &running, &op[0]), 0);
	cr_assert_eq(
		vp_db_query(db, "select pg_sleep(0.3)", NULL, 0, on_result, &finished, &op[1]), 0);
	cr_assert_eq(vp_db_query(db, "select 1", NULL, 0, on_result, &waiting, &op[2]), 0);
	vp_db_cancel(op[0]);
	vp_db_cancel(op[2]);
	vp_db_cancel(NULL);
	test_db_until(db, was_called, &finished, "the one that was not cancelled");
	ask("select 1", NULL, 0);
	ask("select 1", NULL, 0);
	cr_assert_eq(running.calls + waiting.calls, 0);
}

struct chain {
	struct seen seen;
	struct vp_db_op *victim;
	int left;
};
static void on_chain(int err, const struct vp_db_result *res, void *arg)
{
	struct chain *chain = arg;
	cr_assert_eq(err, 0, "%s", vp_db_result_error(res));
	vp_db_cancel(VP_TAKE(chain->victim));
	if (chain->left-- == 0) {
		chain->seen.calls = 1;
		return;
	}
	cr_assert_eq(vp_db_query(db, "select 1", NULL, 0, on_chain, chain, NULL), 0);
}

Test(db_query, a_handler_may_ask_again_and_cancel_others)
{
	struct seen victim = {0};
	struct chain chain = {.left = 100};
	/* the victim comes second for sure */
	const struct vp_db_cfg one = {.url = url, .readers = 1};
	db = vp_db_destroy(db);
	cr_assert_eq(vp_db_create(&db, &one), 0);
	cr_assert_eq(vp_db_query(db, "select 1", NULL, 0, on_chain, &chain, NULL), 0);
	cr_assert_eq(vp_db_query(db, "select 1", NULL, 0, on_result, &victim, &chain.victim), 0);
	test_db_until(db, was_called, &chain, "a hundred questions");
	cr_assert_eq(victim.calls, 0);
}

Test(db_query, too_many_waiting_is_eagain)
{
	struct vp_db *small;
	cr_assert_eq(vp_db_create(&small,
			     &(struct vp_db_cfg){
				     .url = url, .readers = 1, .queue_max = 3, .no_writer = true}),
		0);
	struct seen seen[4] = {0};
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(vp_db_query(small, "select 1", NULL, 0, on_result, &seen[i], NULL), 0);
	}
	cr_assert_eq(vp_db_query(small, "select 1", NULL, 0, on_result, &seen[3], NULL), EAGAIN);
	test_db_until(small, was_called, &seen[2], "the third");
	cr_assert_eq(vp_db_query(small, "select 1", NULL, 0, on_result, &seen[3], NULL), 0);
	test_db_until(small, was_called, &seen[3], "the fourth, once there is room");
	small = vp_db_destroy(small);
}

Test(db_query, a_cut_connection_fails_its_query_and_comes_back)
{
	struct vp_db *one;
	const struct vp_db_cfg cfg = {.url = url, .readers = 1, .no_writer = true};
	cr_assert_eq(vp_db_create(&one, &cfg), 0);
	for (int round = 0; round < 5; round++) {
		struct seen up = {0}, hit = {0};
		vp_db_query(one, "select 1", NULL, 0, on_result, &up, NULL);
		test_db_until(one, was_called, &up, "an answer");
		cr_assert_eq(up.err, 0);
		vp_db_query(one, "select pg_sleep(20)", NULL, 0, on_result, &hit, NULL);
		cr_assert_geq(test_db_cut(), 1);
		test_db_until(one, was_called, &hit, "the one that is cut");
		cr_assert_eq(hit.err, ENOTCONN);
	}
	one = vp_db_destroy(one);
}

Test(db_query, a_result_of_many_megabytes_arrives_whole)
{
	struct seen seen =
		ask("select repeat('x', 1000), i from generate_series(1, 20000) i", NULL, 0);
	cr_assert_eq(seen.err, 0);
	cr_assert_eq(seen.rows, 20000);
}

Test(db_query, a_parameter_of_many_megabytes_arrives_whole)
{
	size_t len = 20u << 20;
	char *big = malloc(len + 1);
	memset(big, 'y', len);
	big[len] = '\0';
	struct seen seen = ask("select length($1)", VP_PARAMS(VP_P_TEXT(big)));
	free(big);
	cr_assert_str_eq(seen.first, "20971520");
}

Test(db_query, a_database_that_is_away_times_out_and_is_no_error_at_start)
{
	struct vp_db *away;
	cr_assert_eq(vp_db_create(&away, &(struct vp_db_cfg){.url = "postgresql://x@127.0.0.1:1/x",
						 .timeout_ms = 300}),
		0);
	struct seen seen = {0};
	cr_assert_eq(vp_db_query(away, "select 1", NULL, 0, on_result, &seen, NULL), 0);
	test_db_until(away, was_called, &seen, "the deadline");
	cr_assert_eq(seen.err, ETIMEDOUT);
	cr_assert_not(vp_db_connected(away));
	away = vp_db_destroy(away);
}

static bool connected(void *arg)
{
	return vp_db_connected(arg);
}

Test(db_query, the_second_host_is_taken_when_the_first_is_dead)
{
	const char *rest = strchr(strstr(url, "//"), '@') + 1;
	char *two = vp_strf("postgresql://postgres@127.0.0.1:1,%s", rest);
	struct vp_db *other;
	cr_assert_eq(vp_db_create(&other, &(struct vp_db_cfg){.url = two}), 0);
	free(two);
	test_db_until(other, connected, other, "a connection to the second host");
	other = vp_db_destroy(other);
}

Test(db_query, bad_settings_are_refused)
{
	struct vp_db *none = NULL;
	cr_assert_eq(vp_db_create(&none, &(struct vp_db_cfg){.url = "postgresql://%zz"}), EINVAL);
	cr_assert_eq(vp_db_create(&none, &(struct vp_db_cfg){.url = NULL}), EINVAL);
	cr_assert_eq(vp_db_create(&none, &(struct vp_db_cfg){.url = url, .readers = 1000}), EINVAL);
	cr_assert_null(none);
	cr_assert_null(vp_db_destroy(NULL));
}

Test(db_query, destroy_with_work_under_way_calls_nobody)
{
	struct seen seen[3] = {0};
	ask("select 1", NULL, 0);
	for (int i = 0; i < 3; i++) {
		vp_db_query(db, "select pg_sleep(0.1)", NULL, 0, on_result, &seen[i], NULL);
	}
	db = vp_db_destroy(db);
	cr_assert_eq(seen[0].calls + seen[1].calls + seen[2].calls, 0);
}

Test(db_query, exec_now_gives_rows_and_errors)
{
	cr_assert_eq(test_db_sql("select 41 + 1"), 42);
	cr_assert_eq(vp_db_exec_now(url, "select 1/0", NULL, 0, NULL, NULL), EINVAL);
	cr_assert_eq(
		vp_db_exec_now("postgresql://x@127.0.0.1:1/x", "select 1", NULL, 0, NULL, NULL),
		ENOTCONN);
}
