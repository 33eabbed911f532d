/* The gateway's own statements without HTTP: the same parsing, binding, statement and JSON. */
#ifndef BENCH_DIRECT_H
#define BENCH_DIRECT_H
#include <stdbool.h>
#include "libcommon/db/db.h"

/* Answers "/api/voip/calls/history?..." or "/api/voip/contacts?..." for a user; rows in the answer,
 * -1 when it was refused. */
int direct_get(struct vp_db *db, const char *user, const char *path, bool all_calls);
/* The value of a query parameter, decoded; NULL: not there. The caller frees. */
char *direct_query(const char *path, const char *name);
/* Waits for one statement and drops its rows; how many there were, -1: it failed. */
int direct_sql(struct vp_db *db, const char *sql, const struct vp_db_param *params, size_t n);
#endif
