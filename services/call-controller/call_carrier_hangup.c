/* Ending a leg at its carrier. Asked twice it does no harm, so it is asked until the carrier
 * agrees: by us, and if we die by whoever finds the row. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

#define TRIES 12   /* with the client's back-off about a minute and a half */
#define LEFT_S 120 /* nobody works on a row that was not touched for so long */
#define ROUNDS_MAX 40

static const char add_row[] =
	"insert into voip.provider_commands (org_id, id, provider_id, call_id, leg, kind, "
	"external_id, created_at, updated_at)"
	" values ($1, $2, $3, $4, $5, 'hangup', $6, $7, $7) on conflict do nothing";
/* So that nobody who looks for a leg of his takes this one. */
static const char claim[] =
	"insert into voip.call_external_ids (org_id, provider_id, external_id, call_id, leg)"
	" values ($1, $2, $3, $4, $5) on conflict do nothing";
static const char set_state[] = "update voip.provider_commands set state = $3, updated_at = $4"
				" where org_id = $1 and id = $2";
static const char take_left[] =
	"update voip.provider_commands c set tries = c.tries + 1, updated_at = $1"
	" from voip.providers p where c.state = 'intent' and c.kind = 'hangup' and c.updated_at < "
	"$2 and c.tries < $3 and p.org_id = c.org_id and p.id = c.provider_id"
	" and (c.org_id, c.id) in (select org_id, id from voip.provider_commands"
	"  where state = 'intent' and kind = 'hangup' and updated_at < $2 and tries < $3"
	"  order by updated_at limit 100)"
	" returning c.org_id, c.id, c.provider_id, c.call_id, c.leg, c.external_id, p.driver";

struct job {
	struct le le;
	struct controller *cc;
	struct vp_uuid org, provider, id;
	const struct carrier_driver *driver;
	struct carrier_leg leg;
	struct carrier_op *asking;
};

static void on_stored(int err, void *arg)
{
	(void)arg;
	if (err) {
		vp_log(WARN, "command.not_stored", VP_KV_ERR(err));
	}
}

static void store(
	struct controller *cc, const char *sql, const struct vp_db_param *params, size_t n)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx ? vp_db_tx_add(tx, sql, params, n) : ENOMEM;

	if (!err) {
		err = vp_db_write(cc->db, tx, on_stored, NULL);
	}
	if (err) {
		vp_db_tx_destroy(tx);
		on_stored(err, NULL);
	}
}

static void job_free(struct job *job)
{
	list_unlink(&job->le);
	free(job);
}

static void set(const struct job *job, const char *state)
{
	store(job->cc, set_state,
		VP_PARAMS(VP_P_UUID(job->org), VP_P_UUID(job->id), VP_P_TEXT(state),
			VP_P_TIME(vp_time_us())));
}

static void on_answer(struct vp_api_result *result, void *arg)
{
	struct job *job = arg;

	job->asking = NULL;
	if (job->driver->is_over(result)) {
		set(job, "done");
	} else if (result->verdict == VP_API_REFUSED) {
		vp_log(WARN, "call.not_hung_up", VP_KV_STR("code", result->code),
			VP_KV_INT("status", result->status));
		set(job, "failed");
	} else {
		/* the row stays as it is: a later round takes it up */
		vp_log(WARN, "call.not_hung_up",
			VP_KV_STR("verdict", vp_api_verdict_word(result->verdict)));
	}
	job_free(job);
}

static int build(struct vp_api_request *ret, const struct carrier_account *account, void *arg)
{
	const struct job *job = arg;

	return job->driver->hangup(ret, account, &job->leg);
}

static void start(struct job *job)
{
	const struct carrier_ask ask = {.org = job->org,
		.provider = job->provider,
		.driver = job->driver,
		.build = build,
		.done = on_answer,
		.arg = job,
		.tries = TRIES,
		.patient = true};

	if (carriers_ask(job->cc->carriers, &ask, &job->asking)) {
		job_free(job);
	}
}

static struct job *job_create(
	struct controller *cc, const struct carrier_end *end, struct vp_uuid id)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job) {
		job->cc = cc;
		job->org = end->org;
		job->provider = end->provider;
		job->driver = end->driver;
		job->id = id;
		job->leg.leg = end->leg;
		vp_uuid_text(end->call, job->leg.call);
		vp_uuid_text(id, job->leg.command);
		list_append(&cc->hang_ups, &job->le, job);
		if (!vp_strcopy(
			    job->leg.external_id, sizeof(job->leg.external_id), end->external_id)) {
			job_free(job);
			job = NULL;
		}
	}
	return job;
}

void carrier_hang_up(struct controller *cc, const struct carrier_end *end)
{
	const struct vp_uuid id = vp_uuid_new();
	struct job *job = job_create(cc, end, id);

	store(cc, add_row,
		VP_PARAMS(VP_P_UUID(end->org), VP_P_UUID(id), VP_P_UUID(end->provider),
			VP_P_UUID(end->call), VP_P_TEXT(provider_who_name(end->leg)),
			VP_P_TEXT(end->external_id), VP_P_TIME(vp_time_us())));
	store(cc, claim,
		VP_PARAMS(VP_P_UUID(end->org), VP_P_UUID(end->provider),
			VP_P_TEXT(end->external_id), VP_P_UUID(end->call),
			VP_P_TEXT(provider_who_name(end->leg))));
	if (job) {
		start(job);
	}
}

static void on_taken(int err, const struct vp_db_result *res, void *arg)
{
	struct controller *cc = arg;

	for (size_t i = 0; !err && i < vp_db_rows(res); i++) {
		const struct carrier_end end = {.org = vp_db_uuid(res, i, 0),
			.provider = vp_db_uuid(res, i, 2),
			.call = vp_db_uuid(res, i, 3),
			.leg = provider_who_parse(vp_db_text(res, i, 4)),
			.external_id = vp_db_text(res, i, 5),
			.driver = carrier_driver_find(vp_db_text(res, i, 6))};
		struct job *job = end.driver ? job_create(cc, &end, vp_db_uuid(res, i, 1)) : NULL;

		if (job) {
			start(job);
		}
	}
}

void carrier_hang_ups_take(struct controller *cc)
{
	const int64_t now = vp_time_us();

	(void)vp_db_query(cc->db, take_left,
		VP_PARAMS(VP_P_TIME(now), VP_P_TIME(now - (int64_t)LEFT_S * 1000000),
			VP_P_INT(ROUNDS_MAX)),
		on_taken, cc, NULL);
}

void carrier_hang_ups_drop(struct controller *cc)
{
	while (list_head(&cc->hang_ups)) {
		struct job *job = list_head(&cc->hang_ups)->data;

		carriers_cancel(job->asking);
		job_free(job);
	}
}
