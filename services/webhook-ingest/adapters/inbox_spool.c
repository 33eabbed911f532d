/* The way round a database that is away or slow: what waits too long is made safe in the spool.
 * What is in flight stays there as well; twice does no harm. */
#include "services/webhook-ingest/adapters/inbox_int.h"
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "services/webhook-ingest/adapters/spill.h"
#include "services/webhook-ingest/count.h"

#define GIVE_UP_US 5000000LL /* with database and spool both of no use */

void inbox_spool_failed(struct inbox *inbox, int err)
{
	uint64_t held_back;
	if (vp_log_limit_pass(&inbox->spool_log, INBOX_LOG_US, &held_back)) {
		vp_log(ERROR, "spool.failed", VP_KV_ERR(err), VP_KV_INT("held_back", held_back),
			VP_KV_STR("hint", "webhooks are refused until the database is back; look "
					  "at VOIP_WEBHOOK_SPOOL_DIR and VOIP_WEBHOOK_SPOOL_MIB"));
	}
}

/* The waiters of these know that it is safe. Those in flight stay there. */
static void spooled(struct inbox *inbox, struct entries *list, bool queued)
{
	struct entry *entry, *next;
	for (entry = TAILQ_FIRST(list); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (!entry->spooled || !entry->waiters) {
			continue; /* not yet, or told before */
		}
		count_spooled();
		inbox_settle(inbox, entry, true);
		if (queued) {
			inbox_dequeue(inbox, entry);
			inbox_entry_free(entry);
		}
	}
}

/* Adds what is older than a moment. True: something was added. */
static bool add_old(struct inbox *inbox, struct entries *list, int64_t before_us, int *ret_err)
{
	struct entry *entry;
	bool some = false;
	TAILQ_FOREACH(entry, list, link)
	{
		if (entry->spooled || entry->from_spool || entry->since_us > before_us) {
			continue;
		}
		*ret_err = spill_add(inbox->spill, entry->hook);
		if (*ret_err) {
			break;
		}
		entry->spooled = some = true;
	}
	return some;
}

static void unmark(struct entries *list, const struct entries *flight)
{
	struct entry *entry;
	TAILQ_FOREACH(entry, list, link)
	{
		/* in flight, one without waiters was spooled before */
		entry->spooled = entry->spooled && list == flight && !entry->waiters;
	}
}

static void give_up(struct inbox *inbox, int64_t before_us)
{
	struct entry *entry, *next;
	for (entry = TAILQ_FIRST(&inbox->queue); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (entry->since_us <= before_us) {
			inbox_dequeue(inbox, entry);
			inbox_settle(inbox, entry, false);
			inbox_entry_free(entry);
		}
	}
}

void inbox_spool_old(struct inbox *inbox, int64_t before_us)
{
	int err = 0;
	bool some = add_old(inbox, &inbox->flight, before_us, &err);
	some = (!err && add_old(inbox, &inbox->queue, before_us, &err)) || some;
	int failed = some ? spill_sync(inbox->spill) : 0;
	if (failed) {
		unmark(&inbox->flight, &inbox->flight);
		unmark(&inbox->queue, &inbox->flight);
	} else if (some) {
		spooled(inbox, &inbox->flight, false);
		spooled(inbox, &inbox->queue, true);
	}
	err = failed ? failed : err;
	if (err) {
		inbox_spool_failed(inbox, err);
		give_up(inbox, vp_db_connected(inbox->db) ? vp_mono_us() - GIVE_UP_US : INT64_MAX);
	}
}
