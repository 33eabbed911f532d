/* Did the carrier dial? Its calls of the same two ends since then are listed. One that is nobody's
 * is ours; of several only a webhook can tell; and none at all, four times, is a no. */
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "services/call-controller/call_carrier_job.h"
#include "services/call-controller/controller.h"

#define SEARCHES 4     /* that found nothing: it was not dialled */
#define SEARCHES_MAX 8 /* with those that were not answered */
#define SEARCH_MS 1000
#define CANDIDATES_MAX 32
#define LIST_SIZE (CANDIDATES_MAX * (PROVIDER_ID_SIZE + 1) + 3)

/* Which of these legs are nobody's. */
static const char find_free[] =
	"select x from unnest($3::text[]) x where not exists (select from voip.call_external_ids e"
	" where e.org_id = $1 and e.provider_id = $2 and e.external_id = x and e.call_id <> $4)";

static void search(void *arg);

void carrier_job_search(struct carrier_job *job)
{
	job->searching = true;
	ua_timer_start(job->cc->timers, &job->later, SEARCH_MS + SEARCH_MS / 2 * job->searches,
		search, job);
}

static void no_luck(struct carrier_job *job)
{
	if (job->empty >= SEARCHES) {
		carrier_job_failed(job, "not_dialled",
			"The provider did not take the call. Try again; administrators can test "
			"it: Settings > VoIP > Providers.",
			true);
	} else if (job->searches >= SEARCHES_MAX) {
		carrier_job_failed(job, "unknown",
			"The provider does not say whether it dialled. Look at the other side's "
			"telephone before you call again.",
			false);
	} else {
		carrier_job_search(job);
	}
}

/* Another call of the same two ends is being dialled: a leg may be its. */
static bool has_twin(const struct carrier_job *job)
{
	for (struct le *le = list_head(&job->cc->dials); le; le = le->next) {
		const struct carrier_job *other = le->data;

		if (other != job && strcmp(other->dial.to, job->dial.to) == 0 &&
			vp_uuid_equal(other->provider, job->provider)) {
			return true;
		}
	}
	return false;
}

static void on_sifted(int err, const struct vp_db_result *res, void *arg)
{
	struct carrier_job *job = arg;
	struct carrier_found found = {{0}, {0}};
	const size_t n = err ? 0 : vp_db_rows(res);

	job->reading = NULL;
	job->searches++;
	job->dial.looked++;
	if (n == 1 && !has_twin(job)) {
		(void)vp_strcopy(
			found.external_id, sizeof(found.external_id), vp_db_text(res, 0, 0));
		carrier_job_done(job, &found);
		return;
	}
	job->empty += !err && n == 0;
	no_luck(job);
}

static void list_candidates(
	const struct carrier_job *job, const struct json_t *json, char list[LIST_SIZE])
{
	struct carrier_found found;
	size_t n = 0, at = 0;

	list[at++] = '{';
	for (size_t i = 0; n < CANDIDATES_MAX && job->driver->found(json, &job->dial, i, &found);
		i++) {
		if (found.external_id[0]) {
			at += (size_t)re_snprintf(
				list + at, LIST_SIZE - at, "%s%s", n ? "," : "", found.external_id);
			n++;
		}
	}
	list[at++] = '}';
	list[at] = '\0';
}

static void on_searched(struct vp_api_result *result, void *arg)
{
	struct carrier_job *job = arg;
	char list[LIST_SIZE];

	job->asking = NULL;
	if (result->verdict != VP_API_OK || !result->json) {
		job->searches++;
		no_luck(job);
		return;
	}
	list_candidates(job, result->json, list);
	if (vp_db_query(job->cc->db, find_free,
		    VP_PARAMS(VP_P_UUID(job->org), VP_P_UUID(job->provider), VP_P_TEXT(list),
			    VP_P_UUID(job->call)),
		    on_sifted, job, &job->reading)) {
		job->searches++;
		no_luck(job);
	}
}

static int build_find(struct vp_api_request *ret, const struct carrier_account *account, void *arg)
{
	const struct carrier_job *job = arg;

	return job->driver->find(ret, account, &job->dial);
}

static void search(void *arg)
{
	struct carrier_job *job = arg;
	const struct carrier_ask ask = {.org = job->org,
		.provider = job->provider,
		.driver = job->driver,
		.build = build_find,
		.done = on_searched,
		.arg = job,
		.tries = 2};

	if (carriers_ask(job->cc->carriers, &ask, &job->asking)) {
		carrier_job_search(job);
	}
}
