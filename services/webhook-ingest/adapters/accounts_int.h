/* Inside of accounts: accounts.c reads them, accounts_find.c chooses among them. */
#ifndef WEBHOOK_ACCOUNTS_INT_H
#define WEBHOOK_ACCOUNTS_INT_H
#include "libcommon/log/log.h"
#include "services/webhook-ingest/adapters/accounts.h"

struct vp_db_op;
struct vp_settings_op;

/* By id. */
struct accounts_list {
	struct account *rows;
	size_t n;
};

struct accounts_waiter {
	struct accounts_waiter *next;
	int64_t since_us;
	void (*h)(void *arg);
	void *arg;
};

struct accounts {
	struct vp_db *db;
	struct vp_vault *vault;
	struct vp_db_op *query;
	struct vp_settings_op *op; /* of the row that is being opened */
	struct accounts_list now, next;
	size_t opening; /* row of next */
	int failed;     /* of this reading */
	bool loaded, stale, reading, in_step;
	int64_t read_us; /* when the last reading began; 0: none yet */
	struct accounts_waiter *waiters;
	struct vp_log_limit log;
};

struct account *accounts_row(const struct accounts_list *list, struct vp_uuid id);
#endif
