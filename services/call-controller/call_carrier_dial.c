/* Dialling a leg at a carrier, once. The intent is stored before anything is sent; a job of its own
 * carries it, because the call may end while the answer is on its way, and then the leg must be
 * hung up. After an answer that leaves it open whether the carrier dialled, it is looked for, and
 * only when it is not there somebody else may be asked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "services/call-controller/call_carrier_job.h"
#include "services/call-controller/controller.h"

#define WINDOW_MS 40000 /* Telnyx remembers a command for 60 s, and the last try may take 10 */
#define TRIES 6         /* of what did nothing: 429 */
#define GRACE_S 2       /* what the carrier's own time-out may be later than ours */

static const char add_intent[] =
	"insert into voip.provider_commands (org_id, id, provider_id, call_id, leg, kind, record, "
	"created_at, updated_at)"
	" values ($1, $2, $3, $4, $5, 'dial', $6, $7, $7) on conflict do nothing";
static const char set_state[] =
	"update voip.provider_commands set state = $3, external_id = $4, detail = $5, updated_at "
	"= $6 where org_id = $1 and id = $2";
static void job_free(struct carrier_job *job)
{
	list_unlink(&job->le);
	carriers_cancel(job->asking);
	vp_db_cancel(job->reading);
	ua_timer_stop(job->cc->timers, &job->later);
	free(job->dial.token);
	free(job);
}

void carrier_dials_drop(struct controller *cc)
{
	while (list_head(&cc->dials)) {
		job_free(list_head(&cc->dials)->data);
	}
}

static struct call *call_of(const struct carrier_job *job)
{
	struct call *call = controller_find(job->cc, job->call);

	return call && call->carrier && vp_uuid_equal(call->carrier->provider, job->provider)
		       ? call
		       : NULL;
}

/* --- the command's row --- */

static void on_state(int err, const struct vp_db_result *res, void *arg)
{
	(void)res;
	(void)arg;
	if (err) {
		vp_log(WARN, "command.not_stored", VP_KV_ERR(err));
	}
}

static void set(
	const struct carrier_job *job, const char *state, const char *external_id, const char *why)
{
	(void)vp_db_query(job->cc->db, set_state,
		VP_PARAMS(VP_P_UUID(job->org), VP_P_UUID(job->command), VP_P_TEXT(state),
			VP_P_TEXT(external_id), VP_P_TEXT(why), VP_P_TIME(vp_time_us())),
		on_state, NULL, NULL);
}

/* --- how it ends --- */

void carrier_job_done(struct carrier_job *job, const struct carrier_found *found)
{
	struct call *call = call_of(job);

	job->searching = false;
	set(job, "done", found->external_id, "");
	if (call) {
		call_carrier_learn(call, job->dial.leg, found->external_id, found->room);
	} else {
		carrier_hang_up(job->cc, &(struct carrier_end){.org = job->org,
						 .provider = job->provider,
						 .call = job->call,
						 .driver = job->driver,
						 .leg = job->dial.leg,
						 .external_id = found->external_id});
	}
	job_free(job);
}

/* Nobody has answered yet. Another carrier rings the agent, too; for a trunk the tab that dialled
 * has left its offer, and without one all tabs ring. */
static enum call_event agent_event(struct call *call)
{
	if (call->carrier) {
		return CALL_EV_TRUNK_NEXT;
	}
	if (call->tab_offer) {
		return CALL_EV_AGENT_ANSWER;
	}
	call->session[0] = '\0';
	return CALL_EV_TRUNK_NEXT;
}

void carrier_job_failed(struct carrier_job *job, const char *why, const char *sentence, bool next)
{
	struct call *call = call_of(job);
	const bool agent = job->dial.leg == PROVIDER_AGENT;
	char text[CALL_MESSAGE_SIZE];

	set(job, "failed", "", why);
	vp_log(WARN, "call.dial_failed", VP_KV_STR("leg", provider_who_name(job->dial.leg)),
		VP_KV_STR("verdict", why));
	(void)vp_strcopy(text, sizeof(text), sentence);
	job_free(job);
	if (!call) {
		return;
	}
	call->carrier->legs[agent ? PROVIDER_AGENT : PROVIDER_CUSTOMER].stage = PROVIDER_ENDED;
	if (agent && next && call_next_target(call)) {
		call_event(call, agent_event(call), NULL, NULL);
	} else {
		call_event(call, CALL_EV_TRUNK_FAILED,
			strcmp(why, "login") == 0      ? "provider_refused"
			: strcmp(why, "no_phone") == 0 ? "nobody_available"
			: strcmp(why, "refused") == 0  ? "rejected"
						       : "provider_down",
			text);
	}
}

/* --- dialling it --- */

/* A webhook was faster, and has told which leg it is. */
static bool is_known(struct carrier_job *job)
{
	struct call *call = call_of(job);
	struct carrier_found found = {{0}, {0}};

	if (!call || !call->carrier->legs[job->dial.leg].external_id[0]) {
		return false;
	}
	(void)vp_strcopy(found.external_id, sizeof(found.external_id),
		call->carrier->legs[job->dial.leg].external_id);
	carrier_job_done(job, &found);
	return true;
}

static void on_dialled(struct vp_api_result *result, void *arg)
{
	struct carrier_job *job = arg;
	const char *why = vp_api_verdict_word(result->verdict);
	struct carrier_found found;

	job->asking = NULL;
	switch (result->verdict) {
	case VP_API_OK:
		if (result->json && job->driver->dialled(result->json, &found)) {
			carrier_job_done(job, &found);
			return;
		}
		break; /* it acted, and what it says makes no sense: look for it */
	case VP_API_REFUSED: carrier_job_failed(job, why, result->sentence, false); return;
	case VP_API_LOGIN:
	case VP_API_NOT_FOUND:
	case VP_API_BUSY:
	case VP_API_AWAY: carrier_job_failed(job, why, result->sentence, true); return;
	default: break;
	}
	if (is_known(job)) {
		return;
	}
	if (job->driver->find) {
		carrier_job_search(job);
	} else {
		carrier_job_failed(job, "unknown", result->sentence, false);
	}
}

static int build_dial(struct vp_api_request *ret, const struct carrier_account *account, void *arg)
{
	struct carrier_job *job = arg;

	job->dial.sent_us = vp_time_us();
	return job->driver->dial(ret, account, &job->dial);
}

static void on_intent(int err, void *arg)
{
	struct controller *cc = ((struct carrier_job *)arg)->cc;
	struct carrier_job *job = arg;
	const struct carrier_ask ask = {.org = job->org,
		.provider = job->provider,
		.driver = job->driver,
		.build = build_dial,
		.done = on_dialled,
		.arg = job,
		.tries = TRIES,
		.window_ms = WINDOW_MS};

	if (err) {
		carrier_job_failed(job, "not_stored",
			"The database does not answer. Try again in a moment.", false);
	} else if (!call_of(job)) {
		set(job, "dropped", "", "the call ended first");
		job_free(job);
	} else if (carriers_ask(cc->carriers, &ask, &job->asking)) {
		carrier_job_failed(job, "memory",
			"The service is out of memory. Try again in a moment.", false);
	}
}

static int store_intent(struct carrier_job *job)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx ? vp_db_tx_add(tx, add_intent,
			       VP_PARAMS(VP_P_UUID(job->org), VP_P_UUID(job->command),
				       VP_P_UUID(job->provider), VP_P_UUID(job->call),
				       VP_P_TEXT(provider_who_name(job->dial.leg)),
				       VP_P_BOOL(job->dial.record), VP_P_TIME(vp_time_us())))
		     : ENOMEM;

	if (!err) {
		vp_db_tx_hurry(tx); /* nothing is dialled before */
		err = vp_db_write(job->cc->db, tx, on_intent, job);
	}
	if (err) {
		vp_db_tx_destroy(tx);
	}
	return err;
}

/* What they see: the agent who the call is with, the customer our number. */
static const char *shown(const struct carrier_job *job, const struct call *call)
{
	if (job->dial.leg == PROVIDER_AGENT && call->direction == CALL_INBOUND) {
		return call->from[0] ? call->from : call->did;
	}
	return call->target < call->n_targets ? call->targets[call->target].from_user : call->from;
}

/* Whom to dial; a driver whose phones stand in the database finds them later. */
static bool fill(struct carrier_job *job, const struct call *call)
{
	const bool agent = job->dial.leg == PROVIDER_AGENT;

	if (!vp_strcopy(job->dial.from, sizeof(job->dial.from), shown(job, call)) ||
		(agent && call->n_rung == 0)) {
		return false;
	}
	if (!agent) {
		return vp_strcopy(job->dial.to, sizeof(job->dial.to), call->to);
	}
	return !job->driver->client ||
	       job->driver->client(call->rung[0], job->dial.to, sizeof(job->dial.to));
}

static struct carrier_job *job_create(struct call *call, enum provider_who who)
{
	struct carrier_job *job = calloc(1, sizeof(*job));
	const struct call_carrier *carrier = call->carrier;

	if (!job) {
		return NULL;
	}
	job->cc = call->cc;
	job->org = call->org;
	job->provider = carrier->provider;
	job->call = call->id;
	job->command = vp_uuid_new();
	job->driver = carrier->driver;
	vp_uuid_text(call->id, job->dial.call);
	vp_uuid_text(job->command, job->dial.command);
	job->dial.leg = who;
	(void)vp_strcopy(job->dial.room, sizeof(job->dial.room), carrier->room);
	(void)vp_strcopy(job->dial.other, sizeof(job->dial.other),
		carrier->legs[who == PROVIDER_AGENT ? PROVIDER_CUSTOMER : PROVIDER_AGENT]
			.external_id);
	job->dial.ring_s = controller_ring_s(call) + GRACE_S;
	job->dial.time_limit_s = (unsigned)call->cc->cfg->max_call_s;
	/* its answer begins the conversation, and we dial it, whoever else came by himself */
	job->dial.record =
		call->wants_record && call->cc->cfg->recording &&
		who == (call->direction == CALL_OUTBOUND ? PROVIDER_CUSTOMER : PROVIDER_AGENT);
	job->dial.token = who == PROVIDER_AGENT && carrier->token ? strdup(carrier->token) : NULL;
	list_append(&call->cc->dials, &job->le, job);
	return job;
}

bool carrier_dial_told(struct controller *cc, const struct carrier_end *leg)
{
	struct carrier_found found = {{0}, {0}};

	(void)vp_strcopy(found.external_id, sizeof(found.external_id), leg->external_id);
	for (struct le *le = list_head(&cc->dials); le; le = le->next) {
		struct carrier_job *job = le->data;

		if (job->searching && job->dial.leg == leg->leg &&
			vp_uuid_equal(job->call, leg->call) &&
			vp_uuid_equal(job->provider, leg->provider)) {
			carrier_job_done(job, &found);
			return true;
		}
	}
	return false;
}

void call_carrier_resume(
	struct call *call, enum provider_who who, struct vp_uuid command, int64_t since_us)
{
	struct carrier_job *job = job_create(call, who);

	call->carrier->legs[who].dialled = true;
	if (job && job->driver->find && fill(job, call)) {
		job->command = command;
		job->dial.sent_us = since_us;
		carrier_job_search(job);
	} else if (job) {
		job_free(job); /* its webhooks name the call, or nobody was rung */
	}
}

static void on_client(int err, const struct vp_db_result *res, void *arg)
{
	struct carrier_job *job = arg;

	job->reading = NULL;
	if (err || vp_db_rows(res) == 0 ||
		!vp_strcopy(job->dial.to, sizeof(job->dial.to), vp_db_text(res, 0, 0))) {
		carrier_job_failed(job, err ? "not_stored" : "no_phone",
			err ? "The database does not answer. Try again in a moment."
			    : "Your phone has not signed in to this provider yet. Load the page "
			      "again.",
			err == 0);
	} else if (store_intent(job)) {
		carrier_job_failed(job, "not_stored",
			"The service is out of memory. Try again in a moment.", false);
	}
}

/* First whom, if that is not known yet, then the intent. */
static int begin(struct carrier_job *job, const struct call *call)
{
	if (job->dial.to[0]) {
		return store_intent(job);
	}
	return vp_db_query(job->cc->db, job->driver->client_sql,
		VP_PARAMS(VP_P_UUID(job->org), VP_P_UUID(job->provider), VP_P_UUID(call->rung[0])),
		on_client, job, &job->reading);
}

void call_carrier_dial(struct call *call, enum provider_who who)
{
	struct provider_leg *leg = &call->carrier->legs[who];
	struct carrier_job *job;

	if (leg->dialled || leg->external_id[0]) {
		return; /* never twice */
	}
	leg->dialled = true;
	job = job_create(call, who);
	call->carrier->records = call->carrier->records || (job && job->dial.record);
	if (!job || !fill(job, call) || begin(job, call)) {
		if (job) {
			job_free(job);
		}
		call_event_soon(call, CALL_EV_TRUNK_FAILED, "unavailable");
	}
}
