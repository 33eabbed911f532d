/* Verified webhooks into webhook_inbox, each with its event, many in one commit: what gathers while
 * a commit runs is the next batch. While the database is away, or slower than a carrier should
 * wait, they go to the spool, and from there into the database once it is back, in order.
 *
 * Whatever happens, a webhook that was said to be safe is told exactly once: the database refuses a
 * second row of the same key, so a webhook may go in by both ways. */
#ifndef WEBHOOK_INBOX_H
#define WEBHOOK_INBOX_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INBOX_BATCH_MAX 256
#define INBOX_BATCH_BYTES ((size_t)1 << 20)
#define INBOX_QUEUE_MAX 16384 /* more at once go to the spool */
#define INBOX_QUEUE_BYTES ((size_t)64 << 20)
#define INBOX_PATIENCE_US 500000 /* a webhook that waited so long for its commit is spooled */

struct vp_bus;
struct vp_db;
struct facts;
struct hook;
struct spill;
struct inbox;

/* stored: it is safe. False: neither database nor spool could take it, nothing is remembered. */
typedef void inbox_done_h(bool stored, void *arg);

int inbox_create(struct inbox **ret, struct vp_db *db, struct vp_bus *bus, struct spill *spill);
/* Who still waits hears false. Before db and bus, and after the last commit (inbox_idle). */
struct inbox *inbox_destroy(struct inbox *inbox);
int inbox_fd(const struct inbox *inbox); /* readable: inbox_drain has work */
void inbox_drain(struct inbox *inbox);
void inbox_tick(struct inbox *inbox); /* each 100 ms or so */
bool inbox_idle(const struct inbox *inbox);
unsigned inbox_waiting(const struct inbox *inbox);

/* Copies hook; facts are its own. h is called exactly once, maybe before this returns (a
 * duplicate). */
void inbox_put(struct inbox *inbox, const struct hook *hook, const struct facts *facts,
	inbox_done_h *h, void *arg);
#endif
