#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"
#include "services/webhook-ingest/adapters/batch.h"
#include "services/webhook-ingest/adapters/inbox.h"
#include "services/webhook-ingest/domain/hook.h"

static const char sql[] = "select webhook_store($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
			  "$13, $14, $15, $16)";
enum {
	ORG,
	ID,
	PROVIDER,
	DEDUPE,
	KIND,
	EXTERNAL,
	TARGET,
	HEADERS,
	SIGNATURE,
	BODY,
	EVENT,
	DATA,
	COLUMNS,
	/* once a batch */
	STREAM = COLUMNS,
	SEQ,
	AT,
	VOID,
	PARAMS
};
static const enum vp_db_array_type types[COLUMNS] = {
	[ORG] = VP_DB_ARRAY_UUID,
	[ID] = VP_DB_ARRAY_UUID,
	[PROVIDER] = VP_DB_ARRAY_UUID,
	[DEDUPE] = VP_DB_ARRAY_UUID,
	[KIND] = VP_DB_ARRAY_TEXT,
	[EXTERNAL] = VP_DB_ARRAY_TEXT,
	[TARGET] = VP_DB_ARRAY_TEXT,
	[HEADERS] = VP_DB_ARRAY_TEXT,
	[SIGNATURE] = VP_DB_ARRAY_TEXT,
	[BODY] = VP_DB_ARRAY_BYTES,
	[EVENT] = VP_DB_ARRAY_UUID,
	[DATA] = VP_DB_ARRAY_BYTES,
};

struct batch {
	struct vp_bus *bus;
	struct vp_db_tx *tx;
	struct vp_db_array *columns[COLUMNS];
	size_t n, size, known;
	struct vp_uuid stream;
	uint64_t first_seq;
	struct vp_bus_slot *slots[INBOX_BATCH_MAX]; /* numbered from first_seq on */
};

int batch_create(struct batch **ret, struct vp_bus *bus)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	bool whole = batch != NULL;
	if (batch) {
		batch->bus = bus;
		batch->tx = vp_db_tx_create();
		whole = batch->tx != NULL;
	}
	for (size_t i = 0; whole && i < COLUMNS; i++) {
		batch->columns[i] = vp_db_array_create(types[i]);
		whole = batch->columns[i] != NULL;
	}
	if (!whole) {
		batch_destroy(batch);
		return ENOMEM;
	}
	*ret = batch;
	return 0;
}

static void drop_columns(struct batch *batch)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		batch->columns[i] = vp_db_array_destroy(batch->columns[i]);
	}
}

struct batch *batch_destroy(struct batch *batch)
{
	if (batch) {
		vp_db_tx_destroy(batch->tx);
		drop_columns(batch);
		free(batch);
	}
	return NULL;
}

static void put_text(struct batch *batch, int column, const char *text)
{
	vp_db_array_put(batch->columns[column], text, strlen(text));
}

static void put_row(struct batch *batch, const struct hook *hook, const struct vp_bus_row *row)
{
	struct vp_db_array **c = batch->columns;
	vp_db_array_put_uuid(c[ORG], hook->org);
	vp_db_array_put_uuid(c[ID], hook->id);
	vp_db_array_put_uuid(c[PROVIDER], hook->provider);
	vp_db_array_put_uuid(c[DEDUPE], hook->dedupe);
	put_text(batch, KIND, hook->kind);
	put_text(batch, EXTERNAL, hook->external_id);
	put_text(batch, TARGET, hook->target);
	put_text(batch, HEADERS, hook->headers);
	put_text(batch, SIGNATURE, hook->driver == HOOK_TWILIO ? "hmac-sha1" : "ed25519");
	vp_db_array_put(c[BODY], hook->body, hook->len);
	vp_db_array_put_uuid(c[EVENT], row->id);
	vp_db_array_put(c[DATA], row->data, row->len);
}

/* Numbers follow each other, but for the batch in which a stream ends: it is made anew. */
static int note_slot(struct batch *batch, struct vp_bus_slot *slot, const struct vp_bus_row *row)
{
	if (batch->n == 0) {
		batch->stream = row->stream;
		batch->first_seq = row->seq;
	}
	if (!vp_uuid_equal(row->stream, batch->stream) || row->seq != batch->first_seq + batch->n) {
		return EAGAIN;
	}
	batch->slots[batch->n] = slot;
	return 0;
}

int batch_add(struct batch *batch, const struct hook *hook, const void *event, size_t len)
{
	char subject[VP_UUID_TEXT_SIZE];
	struct vp_bus_slot *slot;
	struct vp_bus_row row;
	if (batch->n >= INBOX_BATCH_MAX) {
		return ENOSPC;
	}
	vp_uuid_text(hook->id, subject);
	int err = vp_bus_reserve(batch->bus, batch->tx,
		&(struct vp_event){.type = "provider.event",
			.org = hook->org,
			.subject = subject,
			.traceparent = "",
			.data = event,
			.len = len},
		&slot, &row);
	if (!err) {
		err = note_slot(batch, slot, &row);
	}
	if (err) {
		return err;
	}
	put_row(batch, hook, &row);
	batch->n++;
	batch->size += hook->len + row.len;
	return 0;
}

size_t batch_size(const struct batch *batch)
{
	return batch->size;
}

/* The numbers of those that the database had already; the unit may be run again. */
static void on_known(const struct vp_db_result *res, void *arg)
{
	struct batch *batch = arg;
	for (size_t i = 0; i < batch->n; i++) {
		vp_bus_slot_void(batch->slots[i], false);
	}
	batch->known = vp_db_rows(res);
	for (size_t row = 0; row < batch->known; row++) {
		uint64_t i = (uint64_t)vp_db_int(res, row, 0) - batch->first_seq;
		if (i < batch->n) {
			vp_bus_slot_void(batch->slots[i], true);
		}
	}
}

int batch_write(struct batch *batch, struct vp_db *db, void (*h)(int err, void *arg), void *arg)
{
	struct vp_db_param params[PARAMS];
	VP_CLEANUP(vp_freep) uint8_t *data = NULL;
	size_t len = 0;
	int err = vp_bus_void(batch->bus, &data, &len);
	if (err) {
		return err;
	}
	for (size_t i = 0; i < COLUMNS; i++) {
		params[i] = VP_P_ARRAY(batch->columns[i]);
	}
	params[STREAM] = VP_P_UUID(batch->stream);
	params[SEQ] = VP_P_INT((int64_t)batch->first_seq);
	params[AT] = VP_P_TIME(vp_time_us());
	params[VOID] = VP_P_BYTES(data, len);
	err = vp_db_tx_add(batch->tx, sql, params, PARAMS);
	if (!err) {
		vp_db_tx_on_rows(batch->tx, on_known, batch);
		drop_columns(batch);
		err = vp_db_write(db, batch->tx, h, arg);
	}
	if (!err) {
		batch->tx = NULL; /* it is the database client's now */
	}
	return err;
}

size_t batch_known(const struct batch *batch)
{
	return batch->known;
}
