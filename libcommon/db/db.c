/* The client as a whole: its descriptor, its clock, and the callbacks, which all run in
 * vp_db_drain. Only connecting happens in threads (connector.c); queries go to the socket in the
 * caller's thread, which saves two switches of threads each. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "libcommon/db/db_int.h"
#include "libcommon/db/metrics.h"

#define EVENTS_MAX 16

void db_wake(struct vp_db *db)
{
	eventfd_write(db->wake_fd, 1);
}

void db_arm(struct vp_db *db, int tick_ms)
{
	const struct itimerspec in = {
		.it_value = {.tv_sec = tick_ms / 1000, .tv_nsec = tick_ms % 1000 * 1000000L}};
	const bool soon = db->armed_ms > 0 && db->armed_ms <= tick_ms;
	if (!soon && timerfd_settime(db->timer_fd, 0, &in, NULL) == 0) {
		db->armed_ms = tick_ms;
	}
}

bool db_gather(struct vp_db *db, const struct db_units *units)
{
	if (db->gather_us == 0 || db->ending || units->hurried > 0 || units->n >= DB_GATHER_UNITS) {
		return false;
	}
	if (db->gathering) {
		return true;
	}
	const int64_t left_us = db->writer.started_us + db->gather_us - vp_mono_us();
	if (left_us <= 0) {
		return false;
	}
	const struct itimerspec in = {
		.it_value = {.tv_sec = left_us / 1000000, .tv_nsec = left_us % 1000000 * 1000}};
	db->gathering = timerfd_settime(db->gather_fd, 0, &in, NULL) == 0;
	return db->gathering;
}

/* The drain under way reports it; outside of one the next must come. */
static void report_later(struct vp_db *db)
{
	if (!db->draining && !db->done.head && !db->done_units.head) {
		db_wake(db);
	}
}

void db_finish_op(struct vp_db *db, struct vp_db_op *op, int err, PGresult *res)
{
	op->err = err;
	op->res = res;
	db_count_query(err, vp_mono_us() - op->asked_us);
	report_later(db);
	db_ops_push(&db->done, op);
}

void db_finish_unit(struct vp_db *db, struct vp_db_tx *tx, int err)
{
	tx->err = err;
	db_count_unit(err, vp_mono_us() - tx->queued_us);
	db_show_backlog(db_writer_backlog(&db->writer));
	report_later(db);
	db_units_push(&db->done_units, tx);
}

int vp_db_fd(const struct vp_db *db)
{
	return db->epoll_fd;
}

bool vp_db_connected(const struct vp_db *db)
{
	if (db->has_writer) {
		return db->writer.conn.pg != NULL;
	}
	for (unsigned i = 0; i < db->n_readers; i++) {
		if (db->readers[i].conn.pg) {
			return true;
		}
	}
	return false;
}

static void start_readers(struct vp_db *db)
{
	for (unsigned i = 0; i < db->n_readers && db->waiting.head; i++) {
		db_reader_start(&db->readers[i]);
	}
}

static void poll_connectors(struct vp_db *db)
{
	for (unsigned i = 0; i < db->n_readers; i++) {
		db_conn_poll(&db->readers[i].conn);
	}
	if (db->has_writer) {
		db_conn_poll(&db->writer.conn);
	}
}

static void tick(struct vp_db *db)
{
	int64_t now = vp_mono_us();
	db->armed_ms = 0;
	while (db->waiting.head && now >= db->waiting.head->deadline_us) {
		db_finish_op(db, db_ops_pop(&db->waiting), ETIMEDOUT, NULL);
	}
	for (unsigned i = 0; i < db->n_readers; i++) {
		db_reader_tick(&db->readers[i], now);
	}
	if (db->has_writer) {
		db_writer_tick(&db->writer, now);
	}
	if (db->waiting.head) {
		db_arm(db, DB_TICK_MS);
	}
}

int db_work(struct vp_db *db, int timeout_ms)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(db->epoll_fd, events, EVENTS_MAX, timeout_ms);
	for (int i = 0; i < n; i++) {
		void *mark = events[i].data.ptr;
		if (!mark) {
			poll_connectors(db);
		} else if (mark == &db->timer_fd) {
			tick(db);
		} else if (mark == &db->gather_fd) {
			db->gathering = false;
			db_writer_start(&db->writer);
		} else {
			db_conn_event(mark);
		}
	}
	return n;
}

static void call_op(struct vp_db_op *op)
{
	if (op->h) {
		const struct vp_db_result res = {.pg = op->res, .error = db_error_word(op->err)};
		op->h(op->err, &res, op->arg);
	}
	db_op_free(op);
}

static void call_unit(struct vp_db_tx *tx)
{
	for (struct db_hook *hook = tx->hooks; hook && !tx->err; hook = hook->next) {
		hook->h(hook->arg);
	}
	if (tx->h) {
		tx->h(tx->err, tx->arg);
	}
	vp_db_tx_destroy(tx);
}

void vp_db_drain(struct vp_db *db)
{
	struct vp_db_tx *tx;
	struct vp_db_op *op;
	db->draining = true;
	db_work(db, 0);
	while (db->done_units.head || db->done.head) {
		while ((tx = db_units_pop(&db->done_units))) {
			call_unit(tx);
		}
		if ((op = db_ops_pop(&db->done))) {
			call_op(op);
		}
	}
	db->draining = false;
}

int vp_db_query(struct vp_db *db, const char *sql, const struct vp_db_param *params,
	size_t n_params, vp_db_result_h *h, void *arg, struct vp_db_op **ret_op)
{
	if (db->waiting.n >= db->queue_max) {
		return EAGAIN;
	}
	struct vp_db_op *op = calloc(1, sizeof(*op));
	if (!op) {
		return ENOMEM;
	}
	int err = db_stmt_create(&op->stmt, sql, params, n_params);
	if (err) {
		free(op);
		return err;
	}
	op->h = h;
	op->arg = arg;
	op->asked_us = vp_mono_us();
	op->deadline_us = op->asked_us + db->timeout_us;
	db_ops_push(&db->waiting, op);
	if (ret_op) {
		*ret_op = op;
	}
	start_readers(db);
	db_arm(db, DB_TICK_MS);
	return 0;
}

void vp_db_cancel(struct vp_db_op *op)
{
	if (op) {
		op->h = NULL;
	}
}

int vp_db_write(struct vp_db *db, struct vp_db_tx *tx, vp_db_written_h *h, void *arg)
{
	if (!db->has_writer || db->ending) {
		return db->ending ? ECANCELED : ENOTSUP;
	}
	if (db_writer_backlog(&db->writer) >= db->queue_max) {
		return EAGAIN;
	}
	tx->h = h;
	tx->arg = arg;
	tx->queued_us = vp_mono_us();
	db_units_push(&db->writer.waiting, tx);
	db_show_backlog(db_writer_backlog(&db->writer));
	db_writer_start(&db->writer);
	return 0;
}

unsigned vp_db_write_backlog(const struct vp_db *db)
{
	return db_writer_backlog(&db->writer);
}
