/* A connection for single statements: one at a time, the next from the queue that all share. */
#include <errno.h>
#include <stdlib.h>
#include "libcommon/db/db_int.h"

void db_ops_init(struct db_ops *ops)
{
	ops->head = NULL;
	ops->tail = &ops->head;
	ops->n = 0;
}

void db_ops_push(struct db_ops *ops, struct vp_db_op *op)
{
	op->next = NULL;
	*ops->tail = op;
	ops->tail = &op->next;
	ops->n++;
}

struct vp_db_op *db_ops_pop(struct db_ops *ops)
{
	struct vp_db_op *op = ops->head;
	if (op) {
		ops->head = op->next;
		ops->n--;
		if (!ops->head) {
			ops->tail = &ops->head;
		}
	}
	return op;
}

void db_op_free(struct vp_db_op *op)
{
	PQclear(op->res);
	free(op->stmt);
	free(op);
}

/* Cancelled ones that were not sent yet never are. */
static struct vp_db_op *next_op(struct vp_db *db)
{
	struct vp_db_op *op;
	while ((op = db_ops_pop(&db->waiting)) && !op->h) {
		db_op_free(op);
	}
	return op;
}

void db_reader_start(struct db_reader *reader)
{
	struct db_conn *conn = &reader->conn;
	if (!conn->pg || reader->op) {
		return;
	}
	reader->op = next_op(conn->db);
	if (!reader->op) {
		return;
	}
	if (!db_stmt_send(reader->op->stmt, conn->pg)) {
		db_conn_lost(conn);
		return;
	}
	db_conn_flush(conn);
}

static void finish(struct db_reader *reader, PGresult *res)
{
	int err = 0;
	enum db_fault fault = db_result_fault(res, &err);
	db_finish_op(reader->conn.db, VP_TAKE(reader->op), err, res);
	if (fault == DB_FAULT_AWAY) {
		db_conn_lost(&reader->conn);
	}
}

static void on_input(struct db_conn *conn)
{
	struct db_reader *reader = (struct db_reader *)conn;
	while (reader->op && conn->pg && !PQisBusy(conn->pg)) {
		PGresult *res = PQgetResult(conn->pg);
		if (res && !reader->op->res) {
			reader->op->res = res; /* kept until the server is ready again */
			continue;
		}
		if (res) { /* an error after the rows counts more */
			PQclear(reader->op->res);
			reader->op->res = res;
			continue;
		}
		finish(reader, VP_TAKE(reader->op->res));
		db_reader_start(reader);
	}
}

static void on_lost(struct db_conn *conn)
{
	struct db_reader *reader = (struct db_reader *)conn;
	if (reader->op) {
		PQclear(VP_TAKE(reader->op->res));
		db_finish_op(conn->db, VP_TAKE(reader->op), ENOTCONN, NULL);
	}
}

static void on_up(struct db_conn *conn)
{
	db_reader_start((struct db_reader *)conn);
}

void db_reader_init(struct db_reader *reader, struct vp_db *db)
{
	db_conn_init(&reader->conn, db);
	reader->conn.on_up = on_up;
	reader->conn.on_input = on_input;
	reader->conn.on_lost = on_lost;
}

/* A statement over its time takes its connection with it: the result may still come, and nobody
 * knows when. The server ends it by the role's statement_timeout. */
void db_reader_tick(struct db_reader *reader, int64_t now)
{
	if (reader->op && now >= reader->op->deadline_us) {
		PQclear(VP_TAKE(reader->op->res));
		db_finish_op(reader->conn.db, VP_TAKE(reader->op), ETIMEDOUT, NULL);
		db_conn_lost(&reader->conn);
		reader->conn.retry_us = 0; /* it was slow, not away */
	}
	db_conn_tick(&reader->conn, now);
	if (reader->op) {
		db_arm(reader->conn.db, DB_TICK_MS);
	}
}
