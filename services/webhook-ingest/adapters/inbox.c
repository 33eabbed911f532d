/* What comes in, who waits for it, and what is to be done next. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "services/webhook-ingest/adapters/inbox_int.h"
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "services/webhook-ingest/adapters/batch.h"
#include "services/webhook-ingest/adapters/spill.h"
#include "services/webhook-ingest/count.h"
#include "services/webhook-ingest/domain/facts.h"
#include "services/webhook-ingest/domain/recent.h"

void inbox_entry_free(struct entry *entry)
{
	free(entry->hook);
	free(entry->event);
	free(entry);
}

void inbox_settle(struct inbox *inbox, struct entry *entry, bool stored)
{
	const struct vp_uuid key = entry->hook->dedupe;
	struct waiter *waiter = VP_TAKE(entry->waiters);
	if (stored) {
		recent_settle(inbox->recent, key, entry);
	} else {
		recent_forget(inbox->recent, key);
	}
	while (waiter) {
		struct waiter *next = waiter->next;
		waiter->h(stored, waiter->arg);
		free(waiter);
		waiter = next;
	}
}

void inbox_enqueue(struct inbox *inbox, struct entry *entry, bool front)
{
	if (front) {
		TAILQ_INSERT_HEAD(&inbox->queue, entry, link);
	} else {
		TAILQ_INSERT_TAIL(&inbox->queue, entry, link);
	}
	inbox->n_queue++;
	inbox->queue_bytes += entry->hook->len;
}

void inbox_dequeue(struct inbox *inbox, struct entry *entry)
{
	TAILQ_REMOVE(&inbox->queue, entry, link);
	inbox->n_queue--;
	inbox->queue_bytes -= entry->hook->len;
}

void inbox_wake(struct inbox *inbox)
{
	if (!inbox->woken) {
		uint64_t one = 1;
		inbox->woken = write(inbox->wake_fd, &one, sizeof(one)) == sizeof(one);
	}
}

void inbox_pump(struct inbox *inbox)
{
	int64_t now = vp_mono_us();
	if (inbox->pause_us && now >= inbox->pause_us) {
		inbox->pause_us = 0;
	}
	bool away = !vp_db_connected(inbox->db) || inbox->pause_us;
	if (away || inbox->overflow) {
		inbox->overflow = false;
		inbox_spool_old(inbox, now);
	}
	bool some = inbox->n_queue > 0 || !spill_is_empty(inbox->spill);
	if (!away && !inbox->batch && some && !inbox_gathers(inbox, now)) {
		inbox_send_batch(inbox);
	}
}

static int make_fds(struct inbox *inbox)
{
	inbox->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	inbox->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	inbox->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	const int fds[] = {inbox->wake_fd, inbox->timer_fd};
	for (size_t i = 0; i < VP_ARRAY_LEN(fds); i++) {
		struct epoll_event event = {.events = EPOLLIN};
		if (epoll_ctl(inbox->epoll_fd, EPOLL_CTL_ADD, fds[i], &event) != 0) {
			return errno;
		}
	}
	return 0;
}

int inbox_create(struct inbox **ret, struct vp_db *db, struct vp_bus *bus, struct spill *spill)
{
	struct inbox *inbox = calloc(1, sizeof(*inbox));
	if (!inbox) {
		return ENOMEM;
	}
	TAILQ_INIT(&inbox->queue);
	TAILQ_INIT(&inbox->flight);
	inbox->db = db;
	inbox->bus = bus;
	inbox->spill = spill;
	inbox->recent = recent_create();
	int err = make_fds(inbox);
	if (!err && !inbox->recent) {
		err = ENOMEM;
	}
	if (err) {
		inbox_destroy(inbox);
		return err;
	}
	*ret = inbox;
	return 0;
}

static void free_all(struct inbox *inbox, struct entries *list)
{
	struct entry *entry;
	while ((entry = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, entry, link);
		inbox_settle(inbox, entry, false);
		inbox_entry_free(entry);
	}
}

struct inbox *inbox_destroy(struct inbox *inbox)
{
	if (inbox) {
		if (inbox->recent) {
			free_all(inbox, &inbox->queue);
			free_all(inbox, &inbox->flight);
		}
		batch_destroy(inbox->batch);
		recent_destroy(inbox->recent);
		const int fds[] = {inbox->epoll_fd, inbox->wake_fd, inbox->timer_fd};
		for (size_t i = 0; i < VP_ARRAY_LEN(fds); i++) {
			if (fds[i] >= 0) {
				close(fds[i]);
			}
		}
		free(inbox);
	}
	return NULL;
}

int inbox_fd(const struct inbox *inbox)
{
	return inbox->epoll_fd;
}

/* False: there was nothing in it. */
static bool clear(int fd)
{
	uint64_t times;
	return read(fd, &times, sizeof(times)) == sizeof(times);
}

void inbox_drain(struct inbox *inbox)
{
	if (inbox->woken && clear(inbox->wake_fd)) {
		inbox->woken = false;
	}
	if (inbox->timer_runs && clear(inbox->timer_fd)) {
		inbox->timer_runs = false;
	}
	inbox_pump(inbox);
}

void inbox_tick(struct inbox *inbox)
{
	const struct entry *flying = TAILQ_FIRST(&inbox->flight);
	const struct entry *queued = TAILQ_FIRST(&inbox->queue);
	int64_t before_us = vp_mono_us() - INBOX_PATIENCE_US;
	if ((flying && flying->since_us <= before_us) ||
		(queued && queued->since_us <= before_us)) {
		inbox_spool_old(inbox, before_us);
	}
	inbox_pump(inbox);
}

bool inbox_idle(const struct inbox *inbox)
{
	return !inbox->batch && TAILQ_EMPTY(&inbox->queue);
}

unsigned inbox_waiting(const struct inbox *inbox)
{
	return inbox->n_queue;
}

static int add_waiter(struct entry *entry, inbox_done_h *h, void *arg)
{
	struct waiter *waiter = malloc(sizeof(*waiter));
	if (!waiter) {
		return ENOMEM;
	}
	*waiter = (struct waiter){.next = entry->waiters, .h = h, .arg = arg};
	entry->waiters = waiter;
	return 0;
}

static struct entry *entry_create(
	const struct hook *hook, const struct facts *facts, inbox_done_h *h, void *arg)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	if (!entry) {
		return NULL;
	}
	entry->since_us = vp_mono_us();
	entry->hook = hook_copy(hook);
	if (!entry->hook || facts_event(facts, hook, &entry->event, &entry->event_len) != 0 ||
		add_waiter(entry, h, arg) != 0) {
		inbox_entry_free(entry);
		return NULL;
	}
	return entry;
}

/* True: this key is not new, and h is called, now or with the first of it. */
static bool put_again(struct inbox *inbox, struct vp_uuid key, inbox_done_h *h, void *arg)
{
	void *pending = NULL;
	if (!recent_find(inbox->recent, key, &pending)) {
		return false;
	}
	count_known(1);
	struct entry *first = pending;
	if (!first) {
		h(true, arg);
	} else if (add_waiter(first, h, arg) != 0) {
		h(false, arg);
	}
	return true;
}

void inbox_put(struct inbox *inbox, const struct hook *hook, const struct facts *facts,
	inbox_done_h *h, void *arg)
{
	if (put_again(inbox, hook->dedupe, h, arg)) {
		return;
	}
	struct entry *entry = entry_create(hook, facts, h, arg);
	if (!entry) {
		h(false, arg);
		return;
	}
	recent_add(inbox->recent, hook->dedupe, entry);
	inbox_enqueue(inbox, entry, false);
	inbox->overflow = inbox->overflow || inbox->n_queue > INBOX_QUEUE_MAX ||
			  inbox->queue_bytes > INBOX_QUEUE_BYTES;
	if (inbox_is_quiet(inbox)) {
		inbox_pump(inbox);
	} else {
		inbox_wake(inbox);
	}
}
