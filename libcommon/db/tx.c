/* A durable unit while it is put together, and the queues that units stand in. */
#include <errno.h>
#include <stdlib.h>
#include "libcommon/db/db_int.h"

struct vp_db_tx *vp_db_tx_create(void)
{
	struct vp_db_tx *tx = calloc(1, sizeof(*tx));
	if (tx) {
		tx->stmts_tail = &tx->stmts;
		tx->hooks_tail = &tx->hooks;
	}
	return tx;
}

struct vp_db_tx *vp_db_tx_destroy(struct vp_db_tx *tx)
{
	if (!tx) {
		return NULL;
	}
	while (tx->stmts) {
		struct db_stmt *stmt = tx->stmts;
		tx->stmts = stmt->next;
		free(stmt);
	}
	while (tx->hooks) {
		struct db_hook *hook = tx->hooks;
		tx->hooks = hook->next;
		if (hook->free_h) {
			hook->free_h(hook->arg);
		}
		free(hook);
	}
	free(tx);
	return NULL;
}

int vp_db_tx_add(struct vp_db_tx *tx, const char *sql, const struct vp_db_param *params, size_t n)
{
	struct db_stmt *stmt;
	int err = db_stmt_create(&stmt, sql, params, n);
	if (err) {
		return err;
	}
	*tx->stmts_tail = stmt;
	tx->stmts_tail = &stmt->next;
	tx->last = stmt;
	tx->size += stmt->size;
	tx->n_stmts++;
	return 0;
}

void vp_db_tx_on_rows(
	struct vp_db_tx *tx, void (*h)(const struct vp_db_result *res, void *arg), void *arg)
{
	tx->last->on_rows = h;
	tx->last->arg = arg;
}

int vp_db_tx_on_commit(
	struct vp_db_tx *tx, void (*h)(void *arg), void (*free_h)(void *arg), void *arg)
{
	struct db_hook *hook = malloc(sizeof(*hook));
	if (!hook) {
		return ENOMEM;
	}
	*hook = (struct db_hook){.h = h, .free_h = free_h, .arg = arg};
	*tx->hooks_tail = hook;
	tx->hooks_tail = &hook->next;
	return 0;
}

void vp_db_tx_hurry(struct vp_db_tx *tx)
{
	tx->hurries = true;
}

void db_units_init(struct db_units *units)
{
	units->head = NULL;
	units->tail = &units->head;
	units->n = units->hurried = 0;
}

void db_units_push(struct db_units *units, struct vp_db_tx *tx)
{
	tx->next = NULL;
	*units->tail = tx;
	units->tail = &tx->next;
	units->n++;
	units->hurried += tx->hurries;
}

struct vp_db_tx *db_units_pop(struct db_units *units)
{
	struct vp_db_tx *tx = units->head;
	if (tx) {
		units->head = tx->next;
		units->n--;
		units->hurried -= tx->hurries;
		if (!units->head) {
			units->tail = &units->head;
		}
	}
	return tx;
}

void db_units_prepend(struct db_units *units, struct db_units *front)
{
	if (!front->head) {
		return;
	}
	*front->tail = units->head;
	if (!units->head) {
		units->tail = front->tail;
	}
	units->head = front->head;
	units->n += front->n;
	units->hurried += front->hurried;
	db_units_init(front);
}
