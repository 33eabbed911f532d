/* Webhooks that a person wants told again (state replay, by `voip webhook replay` or the panel):
 * the event goes out once more, under a new number. Looked for each second, by an index that is
 * empty most of the time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"
#include "services/webhook-ingest/ingest.h"

static const char list_sql[] =
	"select org_id, id, provider_id, kind, external_id, target, signature, body "
	"from webhook_inbox where state = 'replay' order by id limit 16";
enum { ORG, ID, PROVIDER, KIND, EXTERNAL, TARGET, SIGNATURE, BODY };

static const char tell_sql[] = "select webhook_replay($1, $2, $3, $4, $5, $6, $7, $8)";

/* Its event while the unit is under way. */
struct replay {
	struct vp_bus_slot *slot;
	struct vp_uuid id;
	bool told;
};

static void on_rows(const struct vp_db_result *res, void *arg)
{
	struct replay *replay = arg;
	replay->told = vp_db_rows(res) == 1 && vp_db_bool(res, 0, 0);
	vp_bus_slot_void(replay->slot, !replay->told);
}

static void on_written(int err, void *arg)
{
	struct replay *replay = arg;
	char id[VP_UUID_TEXT_SIZE];
	vp_uuid_text(replay->id, id);
	if (err) {
		vp_log(WARN, "webhook.not_replayed", VP_KV_STR("webhook", id), VP_KV_ERR(err));
	} else if (replay->told) {
		count_replayed();
		vp_log(INFO, "webhook.replayed", VP_KV_STR("webhook", id));
	}
	free(replay);
}

static int add(struct ingest *ingest, struct vp_db_tx *tx, struct replay *replay,
	const struct hook *hook, const struct vp_event *event)
{
	struct vp_bus_row row;
	VP_CLEANUP(vp_freep) uint8_t *data = NULL;
	size_t len = 0;
	int err = vp_bus_void(ingest->bus, &data, &len);
	if (!err) {
		err = vp_bus_reserve(ingest->bus, tx, event, &replay->slot, &row);
	}
	if (!err) {
		err = vp_db_tx_add(tx, tell_sql,
			VP_PARAMS(VP_P_UUID(hook->org), VP_P_UUID(hook->id), VP_P_TIME(row.time_us),
				VP_P_UUID(row.stream), VP_P_INT((int64_t)row.seq),
				VP_P_UUID(row.id), VP_P_BYTES(row.data, row.len),
				VP_P_BYTES(data, len)));
	}
	if (!err) {
		vp_db_tx_on_rows(tx, on_rows, replay);
	}
	return err;
}

static int write_event(struct ingest *ingest, const struct hook *hook, const struct vp_event *event)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	struct replay *replay = calloc(1, sizeof(*replay));
	int err = tx && replay ? 0 : ENOMEM;
	if (!err) {
		replay->id = hook->id;
		err = add(ingest, tx, replay, hook, event);
	}
	if (!err) {
		err = vp_db_write(ingest->db, tx, on_written, replay);
	}
	if (err) {
		vp_db_tx_destroy(tx);
		free(replay);
	}
	return err;
}

static int tell_again(struct ingest *ingest, const struct hook *hook)
{
	struct facts facts;
	VP_CLEANUP(vp_freep) uint8_t *data = NULL;
	size_t len = 0;
	char subject[VP_UUID_TEXT_SIZE];
	int err = facts_read(&facts, hook, &(struct facts_hints){.kind = hook->kind, .token = ""});
	if (err) {
		return err;
	}
	err = facts_event(&facts, hook, &data, &len);
	facts_free(&facts);
	vp_uuid_text(hook->id, subject);
	return err ? err
		   : write_event(ingest, hook,
			     &(struct vp_event){.type = "provider.event",
				     .org = hook->org,
				     .subject = subject,
				     .traceparent = "",
				     .data = data,
				     .len = len});
}

static void on_list(int err, const struct vp_db_result *res, void *arg)
{
	struct ingest *ingest = arg;
	ingest->replay = NULL;
	for (size_t row = 0; !err && row < vp_db_rows(res); row++) {
		struct hook hook = {.org = vp_db_uuid(res, row, ORG),
			.id = vp_db_uuid(res, row, ID),
			.provider = vp_db_uuid(res, row, PROVIDER),
			.driver = strcmp(vp_db_text(res, row, SIGNATURE), "ed25519") == 0
					  ? HOOK_TELNYX
					  : HOOK_TWILIO,
			.kind = vp_db_text(res, row, KIND),
			.external_id = vp_db_text(res, row, EXTERNAL),
			.target = vp_db_text(res, row, TARGET),
			.headers = ""};
		VP_CLEANUP(vp_freep) uint8_t *body = vp_db_bytes(res, row, BODY, &hook.len);
		hook.body = (const char *)body;
		err = body ? tell_again(ingest, &hook) : ENOMEM;
	}
}

void on_replay_tick(struct ingest *ingest)
{
	if (!ingest->replay && vp_db_connected(ingest->db)) {
		vp_db_query(ingest->db, list_sql, NULL, 0, on_list, ingest, &ingest->replay);
	}
}
