/* Batches into the database, one at a time: first what the spool holds, then what waits. */
#include <errno.h>
#include <stdlib.h>
#include "services/webhook-ingest/adapters/inbox_int.h"
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "services/webhook-ingest/adapters/batch.h"
#include "services/webhook-ingest/adapters/spill.h"
#include "services/webhook-ingest/count.h"
#include "services/webhook-ingest/domain/facts.h"

static void refused(struct inbox *inbox, struct entry *entry, int err)
{
	char id[VP_UUID_TEXT_SIZE];
	vp_uuid_text(entry->hook->provider, id);
	vp_log(ERROR, "webhook.unstorable", VP_KV_STR("provider", id),
		VP_KV_STR("kind", entry->hook->kind), VP_KV_ERR(err),
		VP_KV_BOOL("from_spool", entry->from_spool));
	if (entry->from_spool) {
		spill_spoil(inbox->spill);
	}
	inbox_settle(inbox, entry, false);
	inbox_entry_free(entry);
}

/* Back to where they came from, in their order. */
static void put_back(struct inbox *inbox)
{
	struct entry *entry;
	while ((entry = TAILQ_LAST(&inbox->flight, entries))) {
		TAILQ_REMOVE(&inbox->flight, entry, link);
		if (entry->from_spool || entry->spooled) {
			inbox_entry_free(entry); /* it is there still */
		} else {
			inbox_enqueue(inbox, entry, true);
		}
	}
	spill_rewind(inbox->spill);
}

static void not_committed(struct inbox *inbox, int err, size_t n)
{
	uint64_t held_back;
	bool its_own_fault = err == EINVAL || err == EEXIST;
	if (its_own_fault && n == 1) {
		struct entry *entry = TAILQ_FIRST(&inbox->flight);
		TAILQ_REMOVE(&inbox->flight, entry, link);
		refused(inbox, entry, err);
		spill_done(inbox->spill);
		return;
	}
	if (its_own_fault) {
		inbox->one_by_one = (unsigned)n;
	} else {
		inbox->pause_us = vp_mono_us() + INBOX_PAUSE_US;
	}
	if (vp_log_limit_pass(&inbox->log, INBOX_LOG_US, &held_back)) {
		vp_log(WARN, "inbox.not_committed", VP_KV_ERR(err), VP_KV_INT("webhooks", n),
			VP_KV_INT("held_back", held_back));
	}
	put_back(inbox);
}

static void committed(struct inbox *inbox, size_t known)
{
	struct entry *entry;
	bool of_spool = false;
	count_known(known);
	while ((entry = TAILQ_FIRST(&inbox->flight))) {
		TAILQ_REMOVE(&inbox->flight, entry, link);
		of_spool = of_spool || entry->from_spool;
		count_stored(vp_mono_us() - entry->since_us);
		inbox_settle(inbox, entry, true);
		inbox_entry_free(entry);
	}
	if (of_spool) {
		spill_done(inbox->spill);
	}
}

static void on_written(int err, void *arg)
{
	struct inbox *inbox = arg;
	struct batch *batch = VP_TAKE(inbox->batch);
	size_t n = 0;
	struct entry *entry;
	TAILQ_FOREACH(entry, &inbox->flight, link)
	{
		n++;
	}
	if (err) {
		not_committed(inbox, err, n);
	} else {
		committed(inbox, batch_known(batch));
	}
	batch_destroy(batch);
	inbox->ended_us = vp_mono_us();
	inbox_pump(inbox);
}

static struct entry *from_spool(struct inbox *inbox)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	int err = entry ? spill_next(inbox->spill, &entry->hook) : ENOMEM;
	struct facts facts;
	if (!err) {
		err = facts_read(&facts, entry->hook,
			&(struct facts_hints){.kind = entry->hook->kind, .token = ""});
	}
	if (!err) {
		err = facts_event(&facts, entry->hook, &entry->event, &entry->event_len);
		facts_free(&facts);
	}
	if (err) {
		if (err != ENODATA) {
			inbox_spool_failed(inbox, err);
			spill_rewind(inbox->spill);
			inbox->pause_us = vp_mono_us() + INBOX_PAUSE_US;
		}
		free(entry ? entry->hook : NULL);
		free(entry);
		return NULL;
	}
	entry->from_spool = true;
	entry->since_us = vp_mono_us();
	return entry;
}

/* The oldest: what waits in the spool came before what waits here. */
static struct entry *next_entry(struct inbox *inbox)
{
	struct entry *entry = spill_is_empty(inbox->spill) ? NULL : from_spool(inbox);
	if (!entry && inbox->pause_us == 0 && (entry = TAILQ_FIRST(&inbox->queue))) {
		inbox_dequeue(inbox, entry);
	}
	return entry;
}

/* *ret_err: this batch is of no use, all goes back. */
static size_t fill(struct inbox *inbox, struct batch *batch, int *ret_err)
{
	size_t n = 0, most = inbox->one_by_one > 0 ? 1 : INBOX_BATCH_MAX;
	struct entry *entry;
	while (n < most && batch_size(batch) < INBOX_BATCH_BYTES && (entry = next_entry(inbox))) {
		TAILQ_INSERT_TAIL(&inbox->flight, entry, link);
		n++;
		*ret_err = batch_add(batch, entry->hook, entry->event, entry->event_len);
		if (*ret_err) {
			return n;
		}
	}
	inbox->one_by_one -= inbox->one_by_one > 0;
	return n;
}

void inbox_send_batch(struct inbox *inbox)
{
	struct batch *batch;
	int err = batch_create(&batch, inbox->bus);
	if (err) {
		inbox->pause_us = vp_mono_us() + INBOX_PAUSE_US;
		return;
	}
	size_t n = fill(inbox, batch, &err);
	inbox->last_n = n;
	if (n > 0 && !err) {
		inbox->batch = batch;
		err = batch_write(batch, inbox->db, on_written, inbox);
	}
	if (n == 0 || err) {
		inbox->batch = batch_destroy(batch);
	}
	if (err == EAGAIN) {
		put_back(inbox);
		inbox_wake(inbox);
	} else if (err) {
		not_committed(inbox, err, n);
	} else if (n == 0 && inbox->pause_us == 0) {
		spill_done(inbox->spill); /* its last file is through */
	}
}
