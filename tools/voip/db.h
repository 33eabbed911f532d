/* libcommon/db for a command that does one thing after another: every call here waits. */
#ifndef VOIP_TOOL_DB_H
#define VOIP_TOOL_DB_H
#include <stdbool.h>
#include <stddef.h>
#include "libcommon/db/db.h"

struct tool_db;

/* Connects to VOIP_DB_URL; NULL after a message that says why it is not possible. */
struct tool_db *tool_db_open(void);
struct tool_db *tool_db_close(struct tool_db *db);

/* What ALTER ROLE takes instead of the password; NULL after a message. The caller frees. */
char *tool_db_scram(const char *password);

/* The handler sees the rows, once; it may be NULL. A failure is printed; 0 or errno. */
int tool_db_query(struct tool_db *db, const char *sql, const struct vp_db_param *params, size_t n,
	void (*h)(const struct vp_db_result *res, void *arg), void *arg);
/* One text of the first row and column: the caller frees; NULL: no row, or a failure (*ret_err). */
char *tool_db_text(struct tool_db *db, const char *sql, const struct vp_db_param *params, size_t n,
	int *ret_err);
/* As tool_db_query, but the caller judges a failure: nothing is printed. */
int tool_db_try(struct tool_db *db, const char *sql, const struct vp_db_param *params, size_t n);
/* Takes tx over; all of it or nothing. A failure is printed. */
int tool_db_write(struct tool_db *db, struct vp_db_tx *tx);

/* For what works on the client itself: waits until *done, or ETIMEDOUT. */
struct vp_db *tool_db_client(struct tool_db *db);
int tool_db_await(struct tool_db *db, const bool *done);
#endif
