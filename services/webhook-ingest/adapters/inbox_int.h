/* Inside of inbox: a webhook's way, and who does which part of it. */
#ifndef WEBHOOK_INBOX_INT_H
#define WEBHOOK_INBOX_INT_H
#include <sys/queue.h>
#include "libcommon/log/log.h"
#include "services/webhook-ingest/adapters/inbox.h"

#define INBOX_PAUSE_US 1000000LL /* after a commit that the database refused */
#define INBOX_LOG_US 10000000LL

struct batch;
struct recent;

struct waiter {
	struct waiter *next;
	inbox_done_h *h;
	void *arg;
};

/* A webhook on its way into the database. */
struct entry {
	TAILQ_ENTRY(entry) link;
	struct hook *hook;
	uint8_t *event;
	size_t event_len;
	int64_t since_us;
	struct waiter *waiters;
	bool from_spool;
	bool spooled; /* it is safe there already, and its waiters are gone */
};
TAILQ_HEAD(entries, entry);

struct inbox {
	struct vp_db *db;
	struct vp_bus *bus;
	struct spill *spill;
	struct recent *recent;
	int epoll_fd, wake_fd, timer_fd;
	bool woken, timer_runs, overflow;
	struct entries queue, flight; /* flight: of the batch */
	unsigned n_queue;
	size_t queue_bytes;
	struct batch *batch; /* under way; NULL: none is */
	size_t last_n;       /* webhooks in the last one */
	int64_t ended_us;    /* when it was done */
	int64_t step_us;     /* end of this step of gathering; 0: it does not gather */
	unsigned step_n;     /* how many waited when it began */
	unsigned one_by_one; /* so many batches of one: somebody in the last was refused */
	int64_t pause_us;
	struct vp_log_limit log, spool_log;
};

/* inbox.c */
void inbox_entry_free(struct entry *entry);
/* Tells who waits for it, and remembers its key or forgets it. */
void inbox_settle(struct inbox *inbox, struct entry *entry, bool stored);
void inbox_enqueue(struct inbox *inbox, struct entry *entry, bool front);
void inbox_dequeue(struct inbox *inbox, struct entry *entry);
void inbox_wake(struct inbox *inbox);
/* Does what is to be done now: into the spool, into the database, or wait. */
void inbox_pump(struct inbox *inbox);

/* inbox_spool.c */
/* Into the spool with all that came before a moment, and tell who waits for it. */
void inbox_spool_old(struct inbox *inbox, int64_t before_us);
void inbox_spool_failed(struct inbox *inbox, int err);

/* inbox_store.c */
void inbox_send_batch(struct inbox *inbox);

/* inbox_gather.c */
/* Is it worth to wait for more? Its timer makes inbox_fd readable. */
bool inbox_gathers(struct inbox *inbox, int64_t now);
/* One webhook, and nothing to wait for: it need not even wait for the loop's next turn. */
bool inbox_is_quiet(const struct inbox *inbox);
#endif
