/* Webhooks get lost: while no end of a call is heard, its carrier is asked how it is. Before the
 * answer often, since somebody waits; in a conversation each minute; and less when there is no
 * answer to be had. */
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

#define LONGEST_MS 600000

static void on_check(void *arg);

static enum provider_who watched(const struct call *call)
{
	const struct provider_leg *legs = call->carrier->legs;
	const enum provider_who far =
		call->direction == CALL_OUTBOUND ? PROVIDER_CUSTOMER : PROVIDER_AGENT;
	const enum provider_who near =
		far == PROVIDER_CUSTOMER ? PROVIDER_AGENT : PROVIDER_CUSTOMER;

	if (legs[far].external_id[0] && legs[far].stage < PROVIDER_ENDED) {
		return far;
	}
	return legs[near].external_id[0] && legs[near].stage < PROVIDER_ENDED ? near
									      : PROVIDER_NOBODY;
}

static int64_t period_ms(const struct call *call)
{
	const int64_t period = call->cc->cfg->provider_check_s * 1000;
	const int64_t base = call->answered_us ? period : period / 4;
	const unsigned quiet = call->carrier->quiet;
	const int64_t ms = base << (quiet < 6 ? quiet : 6);

	return ms < LONGEST_MS ? ms : LONGEST_MS;
}

void call_carrier_watch(struct call *call)
{
	ua_timer_start(call->cc->timers, &call->carrier->check, period_ms(call), on_check, call);
}

static int build_look(struct vp_api_request *ret, const struct carrier_account *account, void *arg)
{
	struct call *call = arg;
	const enum provider_who who = watched(call);
	struct carrier_leg leg = {.leg = who};

	(void)vp_strcopy(leg.external_id, sizeof(leg.external_id),
		who == PROVIDER_NOBODY ? "" : call->carrier->legs[who].external_id);
	return call->carrier->driver->look(ret, account, &leg);
}

static void on_looked(struct vp_api_result *result, void *arg)
{
	struct call *call = arg;
	struct call_carrier *carrier = call->carrier;
	struct provider_news news = {
		.said = PROVIDER_SAID_ENDED, .end = PROVIDER_END_NORMAL, .talk_s = -1};
	const enum provider_who who = watched(call);
	const bool gone = result->verdict == VP_API_NOT_FOUND;

	carrier->looking = NULL;
	carrier->quiet++;
	call_carrier_watch(call);
	if (who != PROVIDER_NOBODY &&
		(gone || (result->verdict == VP_API_OK && result->json &&
				 carrier->driver->seen(result->json, &news)))) {
		if (news.said == PROVIDER_SAID_ENDED) {
			vp_log(INFO, "call.reconciled", VP_KV_STR("leg", provider_who_name(who)));
		}
		carrier->quiet = result->verdict == VP_API_OK ? 0 : carrier->quiet;
		call_carrier_news(call, who, &news);
	}
}

void call_carrier_check_now(struct call *call)
{
	struct call_carrier *carrier = call->carrier;
	const struct carrier_ask ask = {.org = call->org,
		.provider = carrier->provider,
		.driver = carrier->driver,
		.build = build_look,
		.done = on_looked,
		.arg = call,
		.tries = 3};

	call_carrier_watch(call);
	if (!carrier->looking && watched(call) != PROVIDER_NOBODY) {
		(void)carriers_ask(call->cc->carriers, &ask, &carrier->looking);
	}
}

static void on_check(void *arg)
{
	call_carrier_check_now(arg);
}
