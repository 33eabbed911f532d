/* One statement on a connection of its own, blocking: for tools and for start-up. */
#include <errno.h>
#include <stdlib.h>
#include "libcommon/db/db_int.h"

static int run(PGconn *pg, const struct db_stmt *stmt,
	void (*h)(const struct vp_db_result *res, void *arg), void *arg)
{
	int err = ENOTCONN;
	struct vp_db_result res = {.error = PQerrorMessage(pg)};
	if (PQstatus(pg) == CONNECTION_OK) {
		res.pg = PQexecParams(pg, stmt->sql, stmt->n, stmt->types, stmt->values,
			stmt->lengths, stmt->formats, 0);
		db_result_fault(res.pg, &err);
	}
	if (h) {
		h(&res, arg);
	}
	PQclear(res.pg);
	return err;
}

int vp_db_exec_now(const char *url, const char *sql, const struct vp_db_param *params, size_t n,
	void (*h)(const struct vp_db_result *res, void *arg), void *arg)
{
	struct db_target *target = NULL;
	struct db_stmt *stmt = NULL;
	int err = db_stmt_create(&stmt, sql, params, n);
	if (!err) {
		err = db_target_create(&target, url, NULL, NULL);
	}
	if (!err) {
		PGconn *pg = db_target_connect(target);
		err = pg ? run(pg, stmt, h, arg) : ENOMEM;
		PQfinish(pg);
	}
	db_target_deref(target);
	free(stmt);
	return err;
}
