/* A commit costs what ten webhooks cost, so in dense traffic (the last batch had so many) the next
 * batch waits while more keep coming in each step, at most GATHER_US after the last was done: those
 * who heard of that one come again in the next, and not in one after it. */
#include <sys/timerfd.h>
#include "services/webhook-ingest/adapters/inbox_int.h"
#include "libcommon/db/db.h"
#include "services/webhook-ingest/adapters/spill.h"
#include "services/webhook-ingest/domain/hook.h"

#define DENSE 8
#define GATHER_STEP_US 250
#define GATHER_US 2000

static void begin_step(struct inbox *inbox, int64_t now)
{
	const struct itimerspec when = {.it_value.tv_nsec = GATHER_STEP_US * 1000};
	inbox->step_us = now + GATHER_STEP_US;
	inbox->step_n = inbox->n_queue;
	timerfd_settime(inbox->timer_fd, 0, &when, NULL);
	inbox->timer_runs = true;
}

bool inbox_gathers(struct inbox *inbox, int64_t now)
{
	bool may = inbox->n_queue > 0 && inbox->last_n >= DENSE &&
		   inbox->n_queue < INBOX_BATCH_MAX && now - inbox->ended_us < GATHER_US &&
		   spill_is_empty(inbox->spill);
	if (may && inbox->step_us != 0 && now < inbox->step_us) {
		return true;
	}
	if (may && (inbox->step_us == 0 || inbox->n_queue > inbox->step_n)) {
		begin_step(inbox, now);
		return true;
	}
	inbox->step_us = 0;
	return false;
}

bool inbox_is_quiet(const struct inbox *inbox)
{
	return !inbox->batch && inbox->last_n < DENSE && inbox->n_queue == 1 && !inbox->pause_us &&
	       vp_db_connected(inbox->db);
}
