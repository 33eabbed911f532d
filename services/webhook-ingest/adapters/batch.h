/* The statement that stores webhooks with their events (webhook_store of the migrations). */
#ifndef WEBHOOK_BATCH_H
#define WEBHOOK_BATCH_H
#include <stdbool.h>
#include <stddef.h>

struct batch;
struct hook;
struct vp_bus;
struct vp_db;

int batch_create(struct batch **ret, struct vp_bus *bus);
struct batch *batch_destroy(struct batch *batch);
/* event: what facts_event packed. Both are copied. ENOSPC: INBOX_BATCH_MAX are in it.
 * EAGAIN: this batch cannot be completed, begin another. */
int batch_add(struct batch *batch, const struct hook *hook, const void *event, size_t len);
size_t batch_size(const struct batch *batch); /* bytes */
/* Once, with something in it. h as vp_db_written_h; the batch must live until then. */
int batch_write(struct batch *batch, struct vp_db *db, void (*h)(int err, void *arg), void *arg);
/* After the commit: how many the database had already. */
size_t batch_known(const struct batch *batch);
#endif
