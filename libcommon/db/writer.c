/* Durable units, in order, on one connection. What queued while the last commit ran goes out as one
 * transaction in one pipeline (BEGIN, statements, COMMIT, Sync): one flush of the disk for all.
 *
 * When a statement is refused the whole transaction is; then the units before the guilty one are
 * repeated together, the guilty one alone (its result is its own), and the batches grow again. A
 * connection that breaks repeats its batch on the next one: whether the commit had happened is
 * unknown, so statements must bear being run twice. */
#include <errno.h>
#include "libcommon/db/db_int.h"
#include "libcommon/db/metrics.h"

static const struct db_stmt begin_stmt = {.sql = "BEGIN"};
static const struct db_stmt commit_stmt = {.sql = "COMMIT"};
static const struct db_stmt rollback_stmt = {.sql = "ROLLBACK"};

static void take_batch(struct db_writer *w)
{
	size_t size = 0;
	unsigned stmts = 0;
	while (w->waiting.head && w->batch.n < w->limit && size < DB_BATCH_BYTES) {
		if (w->waiting.head == w->alone && w->batch.n > 0) {
			break;
		}
		struct vp_db_tx *tx = db_units_pop(&w->waiting);
		size += tx->size;
		stmts += tx->n_stmts;
		db_units_push(&w->batch, tx);
		if (tx == w->alone) {
			break;
		}
	}
	w->framed = stmts > 1;
}

static bool send_batch(struct db_writer *w)
{
	PGconn *pg = w->conn.pg;
	if (w->framed && !db_stmt_send(&begin_stmt, pg)) {
		return false;
	}
	for (struct vp_db_tx *tx = w->batch.head; tx; tx = tx->next) {
		for (const struct db_stmt *stmt = tx->stmts; stmt; stmt = stmt->next) {
			if (!db_stmt_send(stmt, pg)) {
				return false;
			}
		}
	}
	if (w->framed && !db_stmt_send(&commit_stmt, pg)) {
		return false;
	}
	return PQpipelineSync(pg) == 1;
}

static void skip_empty_units(struct db_writer *w)
{
	while (w->pos_tx && !w->pos_stmt) {
		w->pos_tx = w->pos_tx->next;
		w->pos_stmt = w->pos_tx ? w->pos_tx->stmts : NULL;
	}
}

static void rewind_results(struct db_writer *w)
{
	w->pos = 0;
	w->pos_tx = w->batch.head;
	w->pos_stmt = w->pos_tx->stmts;
	skip_empty_units(w);
	w->fault = DB_FAULT_NONE;
	w->guilty = NULL;
}

void db_writer_start(struct db_writer *w)
{
	if (!w->conn.pg || w->state != DB_WRITER_IDLE || !w->waiting.head || w->pause_us ||
		db_gather(w->conn.db, &w->waiting)) {
		return;
	}
	take_batch(w);
	rewind_results(w);
	w->state = DB_WRITER_BATCH;
	w->started_us = w->heard_us = vp_mono_us();
	db_count_batch();
	if (!send_batch(w)) {
		db_conn_lost(&w->conn);
		return;
	}
	db_arm(w->conn.db, DB_SLOW_TICK_MS);
	db_conn_flush(&w->conn);
}

static void roll_back(struct db_writer *w)
{
	w->state = DB_WRITER_ROLLBACK;
	if (!db_stmt_send(&rollback_stmt, w->conn.pg) || PQpipelineSync(w->conn.pg) != 1) {
		db_conn_lost(&w->conn);
		return;
	}
	db_conn_flush(&w->conn);
}

static void finish_batch(struct db_writer *w, int err)
{
	struct vp_db_tx *tx;
	while ((tx = db_units_pop(&w->batch))) {
		if (tx == w->alone) {
			w->alone = NULL;
		}
		db_finish_unit(w->conn.db, tx, err);
	}
}

static void batch_committed(struct db_writer *w)
{
	finish_batch(w, 0);
	w->limit = w->limit < DB_BATCH_UNITS / 2 ? w->limit * 2 : DB_BATCH_UNITS;
}

/* The transaction was refused because of a statement: who is to be repeated, and with whom. */
static void batch_refused(struct db_writer *w)
{
	if (w->fault == DB_FAULT_TRANSIENT) {
		struct vp_db_tx *tx = w->guilty ? w->guilty : w->batch.head;
		if (++tx->tries < DB_UNIT_TRIES) {
			w->pause_us = vp_mono_us() + DB_TICK_MS * 1000;
			db_arm(w->conn.db, DB_TICK_MS);
			db_units_prepend(&w->waiting, &w->batch);
			return;
		}
	}
	if (w->batch.n == 1) {
		finish_batch(w, w->fault_err);
		w->limit = 1;
		return;
	}
	unsigned before = 0;
	for (struct vp_db_tx *tx = w->batch.head; tx && tx != w->guilty; tx = tx->next) {
		before++;
	}
	w->limit = w->guilty && before > 0 ? before : 1;
	w->alone = w->guilty;
	db_units_prepend(&w->waiting, &w->batch);
}

static void batch_ended(struct db_writer *w)
{
	w->state = DB_WRITER_IDLE;
	if (w->fault == DB_FAULT_AWAY) {
		db_conn_lost(&w->conn);
		return;
	}
	if (w->fault == DB_FAULT_NONE) {
		batch_committed(w);
	} else {
		batch_refused(w);
	}
	if (PQtransactionStatus(w->conn.pg) != PQTRANS_IDLE) {
		roll_back(w);
	} else {
		db_writer_start(w);
	}
}

/* Which unit and statement does this result belong to? NULL for BEGIN and COMMIT. */
static struct vp_db_tx *owner_of_next(struct db_writer *w, const struct db_stmt **ret_stmt)
{
	*ret_stmt = NULL;
	if (w->framed && w->pos++ == 0) {
		return NULL;
	}
	struct vp_db_tx *tx = w->pos_tx;
	if (tx) {
		*ret_stmt = w->pos_stmt;
		w->pos_stmt = w->pos_stmt->next;
		skip_empty_units(w);
	}
	return tx;
}

static void on_result(struct db_writer *w, PGresult *res)
{
	const struct db_stmt *stmt;
	struct vp_db_tx *tx = owner_of_next(w, &stmt);
	if (w->fault != DB_FAULT_NONE) {
		return; /* the rest of an aborted pipeline */
	}
	w->fault = db_result_fault(res, &w->fault_err);
	if (w->fault != DB_FAULT_NONE) {
		w->guilty = tx;
	} else if (stmt && stmt->on_rows && !w->conn.db->ending) {
		stmt->on_rows(&(struct vp_db_result){.pg = res, .error = ""}, stmt->arg);
	}
}

static void on_input(struct db_conn *conn)
{
	struct db_writer *w = (struct db_writer *)conn;
	w->heard_us = vp_mono_us();
	while (conn->pg && w->state != DB_WRITER_IDLE && !PQisBusy(conn->pg)) {
		PGresult *res = PQgetResult(conn->pg);
		ExecStatusType status = PQresultStatus(res);
		if (res && status != PGRES_PIPELINE_SYNC && w->state == DB_WRITER_BATCH) {
			on_result(w, res);
		}
		PQclear(res);
		if (res && status == PGRES_PIPELINE_SYNC) {
			batch_ended(w);
		} else if (!res && PQstatus(conn->pg) == CONNECTION_BAD) {
			return; /* the caller sees it too */
		}
	}
}

static void on_up(struct db_conn *conn)
{
	if (PQenterPipelineMode(conn->pg) != 1) {
		db_conn_lost(conn);
		return;
	}
	db_writer_start((struct db_writer *)conn);
}

static void on_lost(struct db_conn *conn)
{
	struct db_writer *w = (struct db_writer *)conn;
	w->state = DB_WRITER_IDLE;
	db_units_prepend(&w->waiting, &w->batch);
}

void db_writer_init(struct db_writer *w, struct vp_db *db)
{
	db_conn_init(&w->conn, db);
	w->conn.on_up = on_up;
	w->conn.on_input = on_input;
	w->conn.on_lost = on_lost;
	w->limit = DB_BATCH_UNITS;
	db_units_init(&w->waiting);
	db_units_init(&w->batch);
}

void db_writer_tick(struct db_writer *w, int64_t now)
{
	if (w->state != DB_WRITER_IDLE && now - w->heard_us > DB_COMMIT_TIMEOUT_MS * 1000LL) {
		db_conn_lost(&w->conn);
	}
	if (w->pause_us && now >= w->pause_us) {
		w->pause_us = 0;
	}
	db_conn_tick(&w->conn, now);
	db_writer_start(w);
	if (w->pause_us) {
		db_arm(w->conn.db, DB_TICK_MS);
	} else if (w->state != DB_WRITER_IDLE) {
		db_arm(w->conn.db, DB_SLOW_TICK_MS);
	}
}

void db_writer_free(struct db_writer *w)
{
	struct vp_db_tx *tx;
	db_conn_close(&w->conn);
	db_units_prepend(&w->waiting, &w->batch);
	while ((tx = db_units_pop(&w->waiting))) {
		vp_db_tx_destroy(tx);
	}
}

unsigned db_writer_backlog(const struct db_writer *w)
{
	return w->waiting.n + w->batch.n;
}
