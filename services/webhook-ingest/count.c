#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/metrics/metrics.h"
#include "services/webhook-ingest/adapters/spill.h"
#include "services/webhook-ingest/count.h"
#include "services/webhook-ingest/domain/hook.h"

static const char *const reject_words[REJECT_MAX] = {
	[REJECT_NONE] = "none",
	[REJECT_SIGNATURE_MISSING] = "signature_missing",
	[REJECT_SIGNATURE_MALFORMED] = "signature_malformed",
	[REJECT_SIGNATURE_WRONG] = "signature_wrong",
	[REJECT_BODY_HASH] = "body_hash",
	[REJECT_STALE] = "timestamp",
	[REJECT_ACCOUNT] = "account",
	[REJECT_UNKNOWN_PROVIDER] = "unknown_provider",
	[REJECT_NO_KEY] = "no_key",
	[REJECT_SHARED_KEY] = "shared_key",
	[REJECT_TOO_MANY] = "too_many",
};
static const char *const apologies[] = {"timeout", "unavailable", "refused", "malformed"};
static const double bounds[] = {
	0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

static struct vp_metric *received[HOOK_DRIVER_MAX], *rejected[HOOK_DRIVER_MAX + 1][REJECT_MAX];
static struct vp_metric *apology[VP_ARRAY_LEN(apologies)];
static struct vp_metric *known, *stored, *voice, *spooled, *unavailable, *replayed;
static struct vp_metric *waiting_now, *spool_now;

const char *reject_word(enum reject reject)
{
	return reject_words[reject];
}

static struct vp_metric *labelled(const char *name, const char *help, char *labels)
{
	vp_assert(labels);
	struct vp_metric *metric = vp_counter(name, help, labels);
	vp_freep(&labels);
	return metric;
}

static void start_drivers(void)
{
	for (int driver = 0; driver <= HOOK_DRIVER_MAX; driver++) {
		const char *name = driver < HOOK_DRIVER_MAX
					   ? hook_driver_name((enum hook_driver)driver)
					   : "none";
		if (driver < HOOK_DRIVER_MAX) {
			received[driver] = labelled("voip_webhook_received_total",
				"Webhooks whose signature was right",
				vp_strf("driver=\"%s\"", name));
		}
		for (int reject = 1; reject < REJECT_MAX; reject++) {
			rejected[driver][reject] = labelled("voip_webhook_rejected_total",
				"Webhooks that were not believed",
				vp_strf("driver=\"%s\",reason=\"%s\"", name, reject_words[reject]));
		}
	}
}

void count_start(void)
{
	start_drivers();
	for (size_t i = 0; i < VP_ARRAY_LEN(apologies); i++) {
		apology[i] = labelled("voip_webhook_apologies_total",
			"Callers who heard an apology because nobody said what to do",
			vp_strf("reason=\"%s\"", apologies[i]));
	}
	known = vp_counter(
		"voip_webhook_duplicates_total", "Webhooks that were there already", NULL);
	spooled = vp_counter("voip_webhook_spooled_total",
		"Webhooks that went to the spool because the database was away or slow", NULL);
	unavailable = vp_counter("voip_webhook_unavailable_total",
		"Webhooks answered 503: neither database nor spool could take them", NULL);
	replayed =
		vp_counter("voip_webhook_replayed_total", "Webhooks told again on request", NULL);
	stored = vp_histogram("voip_webhook_commit_seconds",
		"From a webhook's arrival to its commit", NULL, bounds, VP_ARRAY_LEN(bounds));
	voice = vp_histogram("voip_webhook_voice_seconds",
		"From a voice webhook's arrival to its answer", NULL, bounds, VP_ARRAY_LEN(bounds));
	waiting_now = vp_gauge("voip_webhook_waiting", "Webhooks that wait for a commit", NULL);
	spool_now = vp_gauge("voip_webhook_spool_bytes", "Size of the spool", NULL);
}

void count_rejected(int driver, enum reject reject)
{
	vp_metric_add(rejected[driver][reject], 1);
}

void count_received(int driver)
{
	vp_metric_add(received[driver], 1);
}

void count_known(size_t n)
{
	vp_metric_add(known, (int64_t)n);
}

void count_stored(int64_t us)
{
	vp_metric_observe(stored, (double)us / 1e6);
}

void count_spooled(void)
{
	vp_metric_add(spooled, 1);
}

void count_unavailable(void)
{
	vp_metric_add(unavailable, 1);
}

void count_voice(int64_t us)
{
	vp_metric_observe(voice, (double)us / 1e6);
}

void count_apology(const char *reason)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(apologies); i++) {
		if (strcmp(apologies[i], reason) == 0) {
			vp_metric_add(apology[i], 1);
		}
	}
}

void count_replayed(void)
{
	vp_metric_add(replayed, 1);
}

void count_gauges(unsigned waiting, const struct spill *spill)
{
	vp_metric_set(waiting_now, waiting);
	vp_metric_set(spool_now, (int64_t)spill_bytes(spill));
}
