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

static bool is_driver(const char *name)
{
	static const char *const drivers[] = {"sip", "twilio", "telnyx"};

	for (size_t i = 0; i < VP_ARRAY_LEN(drivers); i++) {
		if (strcmp(name, drivers[i]) == 0) {
			return true;
		}
	}
	return false;
}

static enum refusal check_provider(const struct outbound_config *config)
{
	if (config->driver[0] == '\0') {
		return REFUSAL_NO_PROVIDER;
	}
	if (!is_driver(config->driver)) {
		return REFUSAL_NOT_SUPPORTED;
	}
	return config->n_trunks > 0 ? REFUSAL_NONE : REFUSAL_NO_TRUNK;
}

static bool is_carrier(const struct outbound_trunk *trunk)
{
	return trunk->id[0] == '\0';
}

/* The wish, when it is ours to show; else what fits the user, the trunk, the trunk's numbers. A
 * carrier shows only numbers that it knows. */
static const char *caller_id(
	const struct outbound_config *config, const struct outbound_trunk *trunk)
{
	if (is_carrier(trunk)) {
		return trunk->carrier_from;
	}
	if (config->wish[0]) {
		return config->wish;
	}
	if (config->user_number[0]) {
		return config->user_number;
	}
	return trunk->caller_id[0] ? trunk->caller_id : trunk->number;
}

static bool make_trunk_target(const struct outbound_config *config,
	const struct outbound_trunk *trunk, const char *to_e164, struct outbound_target *target)
{
	const char *from = caller_id(config, trunk);

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

static bool make_target(const struct outbound_config *config, const struct outbound_trunk *trunk,
	const char *to_e164, struct outbound_target *target)
{
	target->trunk = trunk;
	if (is_carrier(trunk)) {
		return trunk->carrier_from[0] != '\0' &&
		       vp_strcopy(target->request_user, sizeof(target->request_user), to_e164) &&
		       vp_strcopy(
			       target->from_user, sizeof(target->from_user), trunk->carrier_from);
	}
	return make_trunk_target(config, trunk, to_e164, target);
}

/* Where a leg is there already nobody else can carry the call, however its API feels. */
static bool is_candidate(const struct outbound_trunk *trunk, const struct trunk_health *health,
	const struct outbound_ask *ask)
{
	if (ask->carrier) {
		return is_carrier(trunk) && strcmp(trunk->provider_id, ask->carrier) == 0;
	}
	return trunk_health_is_up(
		health, is_carrier(trunk) ? trunk->provider_id : trunk->id, ask->node, ask->now_us);
}

static enum refusal add_target(const struct outbound_config *config,
	const struct outbound_trunk *trunk, struct outbound_plan *plan)
{
	if (!make_target(config, trunk, plan->to_e164, &plan->targets[plan->n_targets])) {
		return is_carrier(trunk) ? REFUSAL_NO_CALLER_ID : REFUSAL_TRUNK_DOWN;
	}
	if (plan->n_targets == 0) {
		vp_strcopy(plan->from_e164, sizeof(plan->from_e164), caller_id(config, trunk));
	}
	plan->n_targets++;
	return REFUSAL_NONE;
}

/* A carrier whose API failed a moment ago is still asked when nobody else is left: that it is down
 * is an impression, and trunks are looked after by OPTIONS. */
static enum refusal choose_trunks(const struct outbound_config *config,
	const struct trunk_health *health, const struct outbound_ask *ask,
	struct outbound_plan *plan)
{
	enum refusal why_not = REFUSAL_TRUNK_DOWN;

	for (size_t i = 0; i < config->n_trunks; i++) {
		if (is_candidate(&config->trunks[i], health, ask)) {
			const enum refusal refusal = add_target(config, &config->trunks[i], plan);

			why_not = refusal ? refusal : why_not;
		}
	}
	for (size_t i = 0; i < config->n_trunks && plan->n_targets == 0 && !ask->carrier; i++) {
		if (is_carrier(&config->trunks[i])) {
			(void)add_target(config, &config->trunks[i], plan);
		}
	}
	return plan->n_targets > 0 ? REFUSAL_NONE : why_not;
}

static enum refusal ask_guard(struct rate_guard *guard, const struct outbound_ask *ask)
{
	switch (rate_guard_take(guard, ask->org, ask->user, ask->now_us)) {
	case RATE_OK: return REFUSAL_NONE;
	case RATE_USER: return REFUSAL_RATE_USER;
	case RATE_ORG: return REFUSAL_RATE_ORG;
	case RATE_USER_DAY: return REFUSAL_RATE_USER_DAY;
	case RATE_ORG_DAY: return REFUSAL_RATE_ORG_DAY;
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
