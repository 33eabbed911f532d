/* Durable units: together or not at all, in order, only the guilty one fails, broken connections */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/metrics/metrics.h"
#include "tests/unit/libcommon/db/fixture.h"

static struct vp_db *db;
static const char *url;

static void set_up(void)
{
	url = test_db_make();
	test_db_sql("create table t (x int primary key, n serial)");
	cr_assert_eq(vp_db_create(&db, &(struct vp_db_cfg){.url = url, .readers = 1}), 0);
}

static void tear_down(void)
{
	db = vp_db_destroy(db);
	test_db_drop();
}

TestSuite(db_write, .init = set_up, .fini = tear_down, .timeout = 120);

#define UNITS_MAX 5000
static struct {
	int called, err, committed, freed, order;
} unit[UNITS_MAX];
static int n_called, n_committed;

static void on_written(int err, void *arg)
{
	intptr_t i = (intptr_t)arg;
	unit[i].called++;
	unit[i].err = err;
	cr_assert_eq(unit[i].committed, err == 0, "the hook runs before the handler, if at all");
	n_called++;
}

static void on_commit(void *arg)
{
	intptr_t i = (intptr_t)arg;
	unit[i].committed++;
	unit[i].order = n_committed++;
}

static void on_free(void *arg)
{
	unit[(intptr_t)arg].freed++;
}

static bool all_called(void *arg)
{
	return n_called >= (int)(intptr_t)arg;
}

static void write_unit(int i, const char *sql, int x)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	cr_assert_not_null(tx);
	cr_assert_eq(vp_db_tx_add(tx, "insert into t values ($1) on conflict do nothing",
			     VP_PARAMS(VP_P_INT(x))),
		0);
	cr_assert_eq(vp_db_tx_add(tx, sql, NULL, 0), 0);
	cr_assert_eq(vp_db_tx_on_commit(tx, on_commit, on_free, (void *)(intptr_t)i), 0);
	cr_assert_eq(vp_db_write(db, tx, on_written, (void *)(intptr_t)i), 0);
}

static void wait_for(int n)
{
	test_db_until(db, all_called, (void *)(intptr_t)n, "all units");
}

Test(db_write, units_commit_in_order_and_call_back_once)
{
	for (int i = 0; i < 2000; i++) {
		write_unit(i, "select 1", i);
	}
	wait_for(2000);
	cr_assert_eq(vp_db_write_backlog(db), 0);
	for (int i = 0; i < 2000; i++) {
		cr_assert_eq(unit[i].called, 1);
		cr_assert_eq(unit[i].err, 0);
		cr_assert_eq(unit[i].freed, 1);
		cr_assert_eq(unit[i].order, i);
	}
	cr_assert_eq(
		test_db_sql("select count(*) from t a join t b on a.x = b.x + 1 where a.n < b.n"),
		0);
	cr_assert_eq(test_db_sql("select count(*) from t"), 2000);
}

Test(db_write, a_refused_unit_leaves_nothing_behind)
{
	write_unit(0, "select 1/0", 100);
	wait_for(1);
	cr_assert_eq(unit[0].err, EINVAL);
	cr_assert_eq(unit[0].committed, 0);
	cr_assert_eq(unit[0].freed, 1);
	cr_assert_eq(test_db_sql("select count(*) from t"), 0);
}

Test(db_write, only_the_guilty_units_fail)
{
	const int n = 1000;
	for (int i = 0; i < n; i++) {
		bool bad = i % 97 == 13 || i == 0 || i == n - 1 || i == 500 || i == 501;
		write_unit(i, bad ? "insert into t values (-1), (-1)" : "select 1", i);
	}
	wait_for(n);
	int order = 0;
	for (int i = 0; i < n; i++) {
		bool bad = i % 97 == 13 || i == 0 || i == n - 1 || i == 500 || i == 501;
		cr_assert_eq(unit[i].called, 1);
		cr_assert_eq(unit[i].freed, 1);
		cr_assert_eq(unit[i].err, bad ? EEXIST : 0, "unit %d: %d", i, unit[i].err);
		if (!bad) {
			cr_assert_eq(unit[i].order, order++, "in order");
		}
	}
	cr_assert_eq(test_db_sql("select count(*) from t"), order);
}

Test(db_write, a_thousand_guilty_units_cost_no_more_than_a_thousand_transactions)
{
	for (int i = 0; i < 1000; i++) {
		write_unit(i, "select 1/0", i);
	}
	wait_for(1000);
	int64_t n = vp_metric_value(vp_counter("voip_db_batches_total", "", NULL));
	cr_assert(n >= 1000 && n < 1100, "%lld transactions", (long long)n);
	cr_assert_eq(test_db_sql("select count(*) from t"), 0);
}

Test(db_write, a_refusal_at_commit_hits_the_guilty_unit_only)
{
	test_db_sql("create table late (x int unique deferrable initially deferred)");
	write_unit(0, "select 1", 0);
	write_unit(1, "insert into late values (7)", 1);
	write_unit(2, "insert into late values (7)", 2);
	write_unit(3, "select 1", 3);
	wait_for(4);
	cr_assert_eq(unit[0].err, 0);
	cr_assert_eq(unit[1].err, 0);
	cr_assert_eq(unit[2].err, EEXIST);
	cr_assert_eq(unit[3].err, 0);
	cr_assert_eq(test_db_sql("select count(*) from t"), 3);
}

Test(db_write, units_that_queued_share_a_transaction)
{
	/* the first goes alone at once; those that come while its commit runs go together */
	test_db_sql("create table txids (x bigint)");
	for (int i = 0; i < 200; i++) {
		write_unit(i, "insert into txids values (txid_current())", i);
	}
	wait_for(200);
	cr_assert_leq(test_db_sql("select count(distinct x) from txids"), 3);
}

static bool connected(void *arg)
{
	(void)arg;
	return vp_db_connected(db);
}

static void gather_for(unsigned ms)
{
	db = vp_db_destroy(db);
	const struct vp_db_cfg cfg = {.url = url, .readers = 1, .gather_ms = ms};
	cr_assert_eq(vp_db_create(&db, &cfg), 0);
	test_db_until(db, connected, NULL, "the connection");
	test_db_sql("create table txids (x bigint)");
}

Test(db_write, units_that_come_while_others_gather_commit_with_them)
{
	gather_for(2000);
	write_unit(0, "insert into txids values (txid_current())", 0);
	wait_for(1); /* alone, it goes at once */
	for (int i = 1; i < 4; i++) {
		write_unit(i, "insert into txids values (txid_current())", i);
		vp_db_drain(db);
	}
	cr_assert_eq(vp_db_write_backlog(db), 3, "they wait");
	wait_for(4);
	cr_assert_eq(test_db_sql("select count(distinct x) from txids"), 2);
}

Test(db_write, a_unit_that_hurries_takes_those_before_it_along)
{
	gather_for(3600000);
	write_unit(0, "insert into txids values (txid_current())", 0);
	wait_for(1);
	write_unit(1, "insert into txids values (txid_current())", 1);
	vp_db_drain(db);
	cr_assert_eq(vp_db_write_backlog(db), 1, "it waits");
	struct vp_db_tx *tx = vp_db_tx_create();
	cr_assert_not_null(tx);
	vp_db_tx_add(tx, "insert into txids values (txid_current())", NULL, 0);
	vp_db_tx_hurry(tx);
	vp_db_tx_on_commit(tx, on_commit, on_free, (void *)(intptr_t)2);
	cr_assert_eq(vp_db_write(db, tx, on_written, (void *)(intptr_t)2), 0);
	wait_for(3);
	cr_assert_eq(test_db_sql("select count(distinct x) from txids"), 2);
	write_unit(3, "insert into txids values (txid_current())", 3);
	vp_db_drain(db);
	cr_assert_eq(vp_db_write_backlog(db), 1, "who comes after it gathers again");
}

Test(db_write, enough_units_gather_no_longer)
{
	gather_for(3600000);
	for (int i = 0; i < 100; i++) {
		write_unit(i, "insert into txids values (txid_current())", i);
	}
	wait_for(1); /* the first went at once, the others lack one */
	write_unit(100, "insert into txids values (txid_current())", 100);
	wait_for(101);
	cr_assert_eq(test_db_sql("select count(distinct x) from txids"), 2);
}

Test(db_write, destroy_does_not_wait_for_more_to_gather)
{
	gather_for(3600000);
	for (int i = 0; i < 2; i++) {
		write_unit(i, "insert into txids values (txid_current())", i);
		wait_for(1);
	}
	db = vp_db_destroy(db);
	cr_assert_eq(test_db_sql("select count(*) from txids"), 2);
}

Test(db_write, a_deadlock_is_repeated_and_succeeds)
{
	test_db_sql("insert into t values (1), (2)");
	struct vp_db *other;
	cr_assert_eq(vp_db_create(&other, &(struct vp_db_cfg){.url = url, .readers = 1}), 0);
	for (int i = 0; i < 2; i++) {
		struct vp_db_tx *tx = vp_db_tx_create();
		vp_db_tx_add(tx, "update t set n = n + 1 where x = $1", VP_PARAMS(VP_P_INT(1 + i)));
		vp_db_tx_add(tx, "select pg_sleep(0.5)", NULL, 0);
		vp_db_tx_add(tx, "update t set n = n + 1 where x = $1", VP_PARAMS(VP_P_INT(2 - i)));
		vp_db_tx_on_commit(tx, on_commit, on_free, (void *)(intptr_t)i);
		cr_assert_eq(vp_db_write(i ? other : db, tx, on_written, (void *)(intptr_t)i), 0);
	}
	int64_t until = vp_mono_us() + TEST_WAIT_MS * 1000LL;
	while (n_called < 2) {
		cr_assert_lt(vp_mono_us(), until, "the deadlock was not resolved");
		vp_db_drain(db);
		vp_db_drain(other);
	}
	cr_assert_eq(unit[0].err, 0);
	cr_assert_eq(unit[1].err, 0);
	other = vp_db_destroy(other);
}

Test(db_write, connections_cut_while_units_run_lose_and_double_nothing)
{
	const int n = 3000;
	int cuts = 0;
	for (int i = 0; i < n; i++) {
		write_unit(i, "select pg_sleep(0.0005)", i);
		if (i % 300 == 299) {
			vp_db_drain(db);
			cuts += test_db_cut() > 0;
		}
	}
	wait_for(n);
	cr_assert_gt(cuts, 0);
	for (int i = 0; i < n; i++) {
		cr_assert_eq(unit[i].err, 0);
		cr_assert_eq(unit[i].order, i);
	}
	cr_assert_eq(test_db_sql("select count(*) from t"), n);
}

Test(db_write, units_wait_while_the_database_is_away_up_to_the_limit)
{
	struct vp_db *away;
	cr_assert_eq(vp_db_create(&away, &(struct vp_db_cfg){.url = "postgresql://x@127.0.0.1:1/x",
						 .queue_max = 2}),
		0);
	struct vp_db_tx *tx;
	for (int i = 0; i < 2; i++) {
		tx = vp_db_tx_create();
		vp_db_tx_on_commit(tx, on_commit, on_free, (void *)(intptr_t)i);
		cr_assert_eq(vp_db_write(away, tx, on_written, (void *)(intptr_t)i), 0);
	}
	tx = vp_db_tx_create();
	cr_assert_eq(vp_db_write(away, tx, on_written, NULL), EAGAIN);
	vp_db_tx_destroy(tx);
	cr_assert_eq(vp_db_write_backlog(away), 2);
	away = vp_db_destroy(away);
	cr_assert_eq(n_called, 0);
	cr_assert_eq(unit[0].freed + unit[1].freed, 2, "what hangs on a unit is freed in any case");
}

Test(db_write, a_unit_without_statements_commits)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	vp_db_tx_on_commit(tx, on_commit, NULL, (void *)(intptr_t)0);
	cr_assert_eq(vp_db_write(db, tx, on_written, (void *)(intptr_t)0), 0);
	write_unit(1, "select 1", 1);
	tx = vp_db_tx_create();
	cr_assert_eq(vp_db_write(db, tx, NULL, NULL), 0, "a handler is not needed");
	wait_for(2);
	cr_assert_eq(unit[0].err + unit[1].err, 0);
}

Test(db_write, destroy_waits_for_what_was_given)
{
	for (int i = 0; i < 300; i++) {
		write_unit(i, "select 1", i);
	}
	db = vp_db_destroy(db); /* not even connected yet */
	cr_assert_eq(n_called, 0);
	cr_assert_eq(test_db_sql("select count(*) from t"), 300);
}

Test(db_write, a_client_without_writer_says_so)
{
	struct vp_db *reader;
	cr_assert_eq(vp_db_create(&reader, &(struct vp_db_cfg){.url = url, .no_writer = true}), 0);
	struct vp_db_tx *tx = vp_db_tx_create();
	cr_assert_eq(vp_db_write(reader, tx, NULL, NULL), ENOTSUP);
	vp_db_tx_destroy(tx);
	reader = vp_db_destroy(reader);
}

static unsigned rows_seen, rows_runs;

static void on_rows(const struct vp_db_result *res, void *arg)
{
	cr_assert_eq(arg, &rows_seen);
	rows_runs++;
	rows_seen = (unsigned)vp_db_rows(res);
	if (rows_seen == 3) {
		cr_assert_str_eq(vp_db_text(res, 0, 0), "it's \"{}\"\\");
		cr_assert_str_eq(vp_db_text(res, 1, 0), "");
		cr_assert_eq(vp_db_int(res, 2, 1), -9);
		cr_assert_str_eq(vp_db_text(res, 0, 2), "\\x6100ff");
		cr_assert_eq(vp_db_int(res, 0, 3), 1795414080);
	}
}

Test(db_write, arrays_become_rows_and_rows_are_seen_before_the_commit)
{
	static const char *const texts[] = {"it's \"{}\"\\", "", "\xC3\xAB"};
	struct vp_db_array *text = vp_db_array_create(VP_DB_ARRAY_TEXT),
			   *num = vp_db_array_create(VP_DB_ARRAY_INT),
			   *bytes = vp_db_array_create(VP_DB_ARRAY_BYTES),
			   *at = vp_db_array_create(VP_DB_ARRAY_TIME),
			   *id = vp_db_array_create(VP_DB_ARRAY_UUID);
	for (int i = 0; i < 3; i++) {
		vp_db_array_put(text, texts[i], strlen(texts[i]));
		vp_db_array_put_int(num, i == 2 ? -9 : i);
		vp_db_array_put(bytes, "a\0\xff", 3);
		vp_db_array_put_int(at, 1795414080000000);
		vp_db_array_put_uuid(id, vp_uuid_new());
	}
	struct vp_db_tx *tx = vp_db_tx_create();
	cr_assert_eq(vp_db_tx_add(tx, "insert into t (x) values (77)", NULL, 0), 0);
	cr_assert_eq(vp_db_tx_add(tx,
			     "select a, b, c, extract(epoch from d)::bigint, e from unnest($1, $2, "
			     "$3, $4, $5) "
			     "as g (a, b, c, d, e)",
			     VP_PARAMS(VP_P_ARRAY(text), VP_P_ARRAY(num), VP_P_ARRAY(bytes),
				     VP_P_ARRAY(at), VP_P_ARRAY(id))),
		0);
	vp_db_tx_on_rows(tx, on_rows, &rows_seen);
	cr_assert_eq(vp_db_tx_add(tx, "insert into t (x) values (78)", NULL, 0), 0);
	vp_db_array_destroy(text);
	vp_db_array_destroy(num);
	vp_db_array_destroy(bytes);
	vp_db_array_destroy(at);
	vp_db_array_destroy(id);
	vp_db_array_destroy(NULL);
	cr_assert_eq(vp_db_tx_on_commit(tx, on_commit, on_free, (void *)0), 0);
	cr_assert_eq(vp_db_write(db, tx, on_written, (void *)0), 0);
	test_db_until(db, all_called, (void *)1, "the unit");
	cr_assert_eq(unit[0].err, 0);
	cr_assert_eq(rows_runs, 1);
	cr_assert_eq(rows_seen, 3);
	cr_assert_eq(test_db_sql("select count(*) from t where x in (77, 78)"), 2);
}

Test(db_write, an_empty_array_is_no_row)
{
	struct vp_db_array *text = vp_db_array_create(VP_DB_ARRAY_TEXT);
	struct vp_db_tx *tx = vp_db_tx_create();
	rows_seen = 9;
	cr_assert_eq(vp_db_tx_add(tx, "select * from unnest($1)", VP_PARAMS(VP_P_ARRAY(text))), 0);
	vp_db_tx_on_rows(tx, on_rows, &rows_seen);
	vp_db_array_destroy(text);
	cr_assert_eq(vp_db_tx_on_commit(tx, on_commit, on_free, (void *)0), 0);
	cr_assert_eq(vp_db_write(db, tx, on_written, (void *)0), 0);
	test_db_until(db, all_called, (void *)1, "the unit");
	cr_assert_eq(rows_seen, 0);
}
