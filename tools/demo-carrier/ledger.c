#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tools/demo-carrier/call.h"
#include "tools/demo-carrier/ledger.h"
#include "tools/demo-carrier/libre.h"
#include "tools/demo-carrier/voice.h"

enum {
	CALLS_KEPT = 1000, /* records of ended calls */
	CALLS_LIVE_MAX = 2000,
	TICKS_CAUGHT_UP = 5, /* after a stall no more packets than this in one burst */
};

struct entry {
	struct le le;
	struct call *call;
};

struct ledger {
	struct list calls; /* oldest first */
	struct entry *reserved;
	int tick_fd;
	bool ticking;
};

static void entry_free(struct entry *entry)
{
	list_unlink(&entry->le);
	call_destroy(entry->call);
	free(entry);
}

static struct call *call_of(const struct le *le)
{
	return ((struct entry *)le->data)->call;
}

size_t ledger_live(const struct ledger *ledger)
{
	size_t n = 0;

	for (struct le *le = ledger->calls.head; le; le = le->next) {
		n += call_is_live(call_of(le));
	}
	return n;
}

static void drop_old_records(struct ledger *ledger)
{
	uint32_t count = list_count(&ledger->calls);
	uint32_t surplus = count > CALLS_KEPT ? count - CALLS_KEPT : 0;

	for (struct le *le = ledger->calls.head; le && surplus > 0;) {
		struct entry *entry = le->data;
		le = le->next;
		if (!call_is_live(entry->call)) {
			entry_free(entry);
			surplus--;
		}
	}
}

static void set_ticking(struct ledger *ledger, bool on)
{
	struct timespec period = {.tv_nsec = on ? VOICE_TICK_MS * 1000000L : 0};
	struct itimerspec timer = {.it_interval = period, .it_value = period};

	if (ledger->ticking != on && timerfd_settime(ledger->tick_fd, 0, &timer, NULL) == 0) {
		ledger->ticking = on;
	}
}

static void on_tick(int flags, void *arg)
{
	struct ledger *ledger = arg;
	uint64_t ticks;
	size_t live = 0;
	(void)flags;

	if (read(ledger->tick_fd, &ticks, sizeof(ticks)) != sizeof(ticks)) {
		return;
	}
	ticks = ticks < TICKS_CAUGHT_UP ? ticks : TICKS_CAUGHT_UP;
	for (struct le *le = ledger->calls.head; le; le = le->next) {
		struct call *call = call_of(le);
		for (uint64_t i = 0; i < ticks && call_is_live(call); i++) {
			call_tick(call);
		}
		live += call_is_live(call);
	}
	set_ticking(ledger, live > 0);
}

int ledger_create(struct ledger **ret)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (!ledger) {
		return ENOMEM;
	}
	ledger->tick_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	int err =
		ledger->tick_fd < 0 ? errno : fd_listen(ledger->tick_fd, FD_READ, on_tick, ledger);
	if (err) {
		ledger_destroy(ledger);
		return err;
	}
	*ret = ledger;
	return 0;
}

struct ledger *ledger_destroy(struct ledger *ledger)
{
	if (!ledger) {
		return NULL;
	}
	for (struct le *le = ledger->calls.head; le;) {
		struct entry *entry = le->data;
		le = le->next;
		entry_free(entry);
	}
	if (ledger->tick_fd >= 0) {
		fd_close(ledger->tick_fd);
		close(ledger->tick_fd);
	}
	free(ledger->reserved);
	free(ledger);
	return NULL;
}

int ledger_reserve(struct ledger *ledger)
{
	if (ledger_live(ledger) >= CALLS_LIVE_MAX) {
		return EAGAIN;
	}
	drop_old_records(ledger);
	if (!ledger->reserved) {
		ledger->reserved = calloc(1, sizeof(*ledger->reserved));
	}
	return ledger->reserved ? 0 : ENOMEM;
}

void ledger_add(struct ledger *ledger, struct call *call)
{
	struct entry *entry = VP_TAKE(ledger->reserved);

	entry->call = call;
	list_append(&ledger->calls, &entry->le, entry);
	set_ticking(ledger, true);
}

struct call *ledger_find(const struct ledger *ledger, unsigned id)
{
	for (struct le *le = ledger->calls.head; le; le = le->next) {
		if (call_id(call_of(le)) == id) {
			return call_of(le);
		}
	}
	return NULL;
}

void ledger_hangup_all(struct ledger *ledger)
{
	for (struct le *le = ledger->calls.head; le; le = le->next) {
		call_hangup(call_of(le));
	}
}

bool ledger_take_update(struct ledger *ledger, const struct sip_msg *msg)
{
	for (struct le *le = ledger->calls.head; le; le = le->next) {
		if (call_take_update(call_of(le), msg)) {
			return true;
		}
	}
	return false;
}

json_t *ledger_report(const struct ledger *ledger)
{
	json_t *list = json_array();

	for (struct le *le = ledger->calls.head; le; le = le->next) {
		json_array_append_new(list, call_report(call_of(le)));
	}
	return list;
}
