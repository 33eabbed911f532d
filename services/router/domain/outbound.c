#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/base/short_number.h"
#include "services/router/domain/outbound.h"
#include "services/router/domain/rate_guard.h"
#include "services/router/domain/trunk_health.h"

static enum refusal check_number(const struct outbound_config *config,
	const struct outbound_ask *ask, struct outbound_plan *plan)
{
	const char *region = ask->region[0] ? ask->region : config->region;
	enum vp_short_kind kind = vp_short_kind(ask->to_number);

	if (kind == VP_SHORT_EMERGENCY) {
		return REFUSAL_EMERGENCY;
	}
	plan->number = vp_e164_normalize(ask->to_number, region, plan->to_e164);
	if (plan->number == VP_E164_OK) {
		return REFUSAL_NONE;
	}
	return kind == VP_SHORT_SERVICE ? REFUSAL_SHORT_NUMBER : REFUSAL_INVALID_NUMBER;
}

static enum refusal check_destination(
	const struct outbound_config *config, const struct outbound_plan *plan)
{
	switch (destination_check(&config->settings.dial, plan->to_e164)) {
	case DESTINATION_OK: return REFUSAL_NONE;
	case DESTINATION_FORBIDDEN: return REFUSAL_FORBIDDEN;
	case DESTINATION_PREMIUM: return REFUSAL_PREMIUM;
	}
	return REFUSAL_FORBIDDEN;
}

static enum refusal check_provider(const struct outbound_config *config)
{
	if (config->driver[0] == '\0') {
		return REFUSAL_NO_PROVIDER;
	}
	if (strcmp(config->driver, "sip") != 0) {
		return REFUSAL_NOT_SIP;
	}
	return config->n_trunks > 0 ? REFUSAL_NONE : REFUSAL_NO_TRUNK;
}

/* The wish, when it is ours to show; else what fits the user, the trunk, the trunk's numbers. */
static const char *caller_id(
	const struct outbound_config *config, const struct outbound_trunk *trunk)
{
	if (config->wish[0]) {
		return config->wish;
	}
	if (config->user_number[0]) {
		return config->user_number;
	}
	return trunk->caller_id[0] ? trunk->caller_id : trunk->number;
}

static bool make_target(const struct outbound_config *config, const struct outbound_trunk *trunk,
	const char *to_e164, struct outbound_target *target)
{
	const char *from = caller_id(config, trunk);

	target->trunk_id = trunk->id;
	if (!number_format_out(trunk->format, to_e164, config->region, trunk->tech_prefix,
		    target->request_user, sizeof(target->request_user))) {
		return false;
	}
	if (from[0] == '\0') {
		return vp_strcopy(
			target->from_user, sizeof(target->from_user), trunk->sip_username);
	}
	return number_format_out(trunk->format, from, config->region, "", target->from_user,
		sizeof(target->from_user));
}

static enum refusal choose_trunks(const struct outbound_config *config,
	const struct trunk_health *health, const struct outbound_ask *ask,
	struct outbound_plan *plan)
{
	for (size_t i = 0; i < config->n_trunks; i++) {
		const struct outbound_trunk *trunk = &config->trunks[i];

		if (!trunk_health_is_up(health, trunk->id, ask->node, ask->now_us) ||
			!make_target(
				config, trunk, plan->to_e164, &plan->targets[plan->n_targets])) {
			continue;
		}
		if (plan->n_targets == 0) {
			vp_strcopy(
				plan->from_e164, sizeof(plan->from_e164), caller_id(config, trunk));
		}
		plan->n_targets++;
	}
	return plan->n_targets > 0 ? REFUSAL_NONE : REFUSAL_TRUNK_DOWN;
}

static enum refusal ask_guard(struct rate_guard *guard, const struct outbound_ask *ask)
{
	switch (rate_guard_take(guard, ask->org, ask->user, ask->now_us)) {
	case RATE_OK: return REFUSAL_NONE;
	case RATE_USER: return REFUSAL_RATE_USER;
	case RATE_ORG: return REFUSAL_RATE_ORG;
	}
	return REFUSAL_RATE_ORG;
}

enum refusal outbound_decide(const struct outbound_config *config,
	const struct trunk_health *health, struct rate_guard *guard, const struct outbound_ask *ask,
	struct outbound_plan *ret_plan)
{
	enum refusal refusal = config->org_active ? REFUSAL_NONE : REFUSAL_ORG_INACTIVE;

	*ret_plan = (struct outbound_plan){0};
	if (!refusal) {
		refusal = check_number(config, ask, ret_plan);
	}
	if (!refusal) {
		refusal = check_destination(config, ret_plan);
	}
	if (!refusal) {
		refusal = check_provider(config);
	}
	if (!refusal) {
		refusal = choose_trunks(config, health, ask, ret_plan);
	}
	return refusal ? refusal : ask_guard(guard, ask);
}
