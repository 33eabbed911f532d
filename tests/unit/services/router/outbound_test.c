#include <criterion/criterion.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "services/router/domain/outbound.h"
#include "services/router/domain/rate_guard.h"
#include "services/router/domain/trunk_health.h"

#define NOW INT64_C(6000000000)

static struct outbound_config config;
static struct outbound_ask ask;
static struct outbound_plan plan;
static struct trunk_health *health;
static struct rate_guard *guard;

static void add_trunk(const char *id, enum number_format format)
{
	struct outbound_trunk *trunk = &config.trunks[config.n_trunks++];

	*trunk = (struct outbound_trunk){.format = format, .sip_username = "acct1"};
	vp_strcopy(trunk->id, sizeof(trunk->id), id);
}

static void start(void)
{
	config = (struct outbound_config){.org_active = true, .region = "US", .driver = "sip"};
	org_settings_parse(&config.settings, "{}", "US");
	add_trunk("t1", NUMBER_E164);
	ask = (struct outbound_ask){.org = {{1}},
		.user = {{2}},
		.to_number = "(415) 555-1234",
		.region = "",
		.node = "cc1",
		.now_us = NOW};
	health = trunk_health_create();
	cr_assert_eq(rate_guard_create(
			     &guard, &(struct rate_limits){2, 100}, &(struct rate_limits){0, 0}),
		0);
}

static void stop(void)
{
	trunk_health_destroy(health);
	rate_guard_destroy(guard);
}

TestSuite(outbound, .init = start, .fini = stop);

static void decides(enum refusal want)
{
	enum refusal got = outbound_decide(&config, health, guard, &ask, &plan);

	cr_assert_eq(got, want, "%s", refusal_text(got)->word);
}

Test(outbound, a_good_number_goes_to_the_trunk)
{
	decides(REFUSAL_NONE);
	cr_assert_str_eq(plan.to_e164, "+14155551234");
	cr_assert_eq(plan.n_targets, 1);
	cr_assert_str_eq(plan.targets[0].trunk->id, "t1");
	cr_assert_str_eq(plan.targets[0].request_user, "+14155551234");
}

Test(outbound, the_callers_region_comes_before_the_organisations)
{
	org_settings_parse(&config.settings, "{\"dial\":{\"allow\":[\"+44\"]}}", "US");
	ask.to_number = "020 7183 8750";
	ask.region = "GB";
	decides(REFUSAL_NONE);
	cr_assert_str_eq(plan.to_e164, "+442071838750");
}

Test(outbound, a_number_that_is_none_is_refused_with_the_reason)
{
	ask.to_number = "hello";
	decides(REFUSAL_INVALID_NUMBER);
	cr_assert_eq(plan.number, VP_E164_BAD_CHARACTER);
	ask.to_number = "";
	decides(REFUSAL_INVALID_NUMBER);
	cr_assert_eq(plan.number, VP_E164_EMPTY);
	ask.to_number = "555-1234";
	decides(REFUSAL_INVALID_NUMBER);
	cr_assert_eq(plan.number, VP_E164_TOO_SHORT);
}

Test(outbound, emergency_and_short_numbers_have_their_own_words)
{
	ask.to_number = "911";
	decides(REFUSAL_EMERGENCY);
	ask.to_number = "112";
	decides(REFUSAL_EMERGENCY);
	ask.to_number = "411";
	decides(REFUSAL_SHORT_NUMBER);
	ask.to_number = "12345";
	decides(REFUSAL_SHORT_NUMBER);
}

Test(outbound, an_emergency_number_is_told_before_anything_else_is_missing)
{
	config.driver[0] = '\0';
	ask.to_number = "911";
	decides(REFUSAL_EMERGENCY);
}

Test(outbound, forbidden_and_premium_destinations_are_refused)
{
	ask.to_number = "+44 20 7183 8750";
	decides(REFUSAL_FORBIDDEN);
	ask.to_number = "+1 900 555 1234";
	decides(REFUSAL_PREMIUM);
}

Test(outbound, what_is_missing_is_named)
{
	config.n_trunks = 0;
	decides(REFUSAL_NO_TRUNK);
	vp_strcopy(config.driver, sizeof(config.driver), "carrier-pigeon");
	decides(REFUSAL_NOT_SUPPORTED);
	config.driver[0] = '\0';
	decides(REFUSAL_NO_PROVIDER);
	config.org_active = false;
	decides(REFUSAL_ORG_INACTIVE);
}

Test(outbound, trunks_are_tried_in_order_and_those_that_are_down_are_left_out)
{
	add_trunk("t2", NUMBER_E164_NO_PLUS);
	add_trunk("t3", NUMBER_00);
	trunk_health_hint(health, "t1", "cc1", false, NOW);
	decides(REFUSAL_NONE);
	cr_assert_eq(plan.n_targets, 2);
	cr_assert_str_eq(plan.targets[0].trunk->id, "t2");
	cr_assert_str_eq(plan.targets[0].request_user, "14155551234");
	cr_assert_str_eq(plan.targets[1].trunk->id, "t3");
	cr_assert_str_eq(plan.targets[1].request_user, "0014155551234");
}

static void add_carrier(const char *provider, const char *from)
{
	struct outbound_trunk *trunk = &config.trunks[config.n_trunks++];

	*trunk = (struct outbound_trunk){.driver = "twilio"};
	vp_strcopy(trunk->provider_id, sizeof(trunk->provider_id), provider);
	vp_strcopy(trunk->carrier_from, sizeof(trunk->carrier_from), from);
}

Test(outbound, a_carrier_stands_in_for_a_trunk_and_the_other_way_round)
{
	add_carrier("p2", "+14155550199");
	decides(REFUSAL_NONE);
	cr_assert_eq(plan.n_targets, 2);
	cr_assert_str_eq(plan.targets[1].trunk->provider_id, "p2");
	cr_assert_str_eq(plan.targets[1].request_user, "+14155551234");
	cr_assert_str_eq(plan.targets[1].from_user, "+14155550199");
	trunk_health_hint(health, "t1", "cc1", false, NOW);
	decides(REFUSAL_NONE);
	cr_assert_eq(plan.n_targets, 1);
	cr_assert_str_eq(plan.from_e164, "+14155550199");
	ask.user = (struct vp_uuid){{3}};
	/* nobody else is left: it is asked all the same */
	trunk_health_hint(health, "p2", "cc1", false, NOW);
	decides(REFUSAL_NONE);
	cr_assert_eq(plan.n_targets, 1);
	cr_assert_str_eq(plan.targets[0].trunk->provider_id, "p2");
}

Test(outbound, a_carrier_shows_no_number_but_its_own)
{
	vp_strcopy(config.wish, sizeof(config.wish), "+14155550111");
	add_carrier("p2", "");
	decides(REFUSAL_NONE);
	cr_assert_eq(plan.n_targets, 1);
	trunk_health_hint(health, "t1", "cc1", false, NOW);
	decides(REFUSAL_NO_CALLER_ID);
}

Test(outbound, a_leg_that_is_there_goes_by_its_own_carrier_only)
{
	add_carrier("p2", "+14155550199");
	add_carrier("p3", "+14155550188");
	ask.carrier = "p3";
	trunk_health_hint(health, "p3", "cc1", false, NOW);
	decides(REFUSAL_NONE);
	cr_assert_eq(plan.n_targets, 1);
	cr_assert_str_eq(plan.targets[0].trunk->provider_id, "p3");
	ask.carrier = "p4";
	decides(REFUSAL_TRUNK_DOWN);
}

Test(outbound, all_trunks_down_is_a_refusal)
{
	trunk_health_hint(health, "t1", "cc1", false, NOW);
	decides(REFUSAL_TRUNK_DOWN);
}

Test(outbound, the_caller_id_is_the_wish_then_the_users_then_the_trunks_then_a_number_of_it)
{
	vp_strcopy(config.trunks[0].number, sizeof(config.trunks[0].number), "+14155550004");
	decides(REFUSAL_NONE);
	cr_assert_str_eq(plan.from_e164, "+14155550004");
	stop();
	start();
	vp_strcopy(config.trunks[0].number, sizeof(config.trunks[0].number), "+14155550004");
	vp_strcopy(config.trunks[0].caller_id, sizeof(config.trunks[0].caller_id), "+14155550003");
	decides(REFUSAL_NONE);
	cr_assert_str_eq(plan.from_e164, "+14155550003");
	vp_strcopy(config.user_number, sizeof(config.user_number), "+14155550002");
	decides(REFUSAL_NONE);
	cr_assert_str_eq(plan.from_e164, "+14155550002");
	stop();
	start();
	vp_strcopy(config.user_number, sizeof(config.user_number), "+14155550002");
	vp_strcopy(config.wish, sizeof(config.wish), "+14155550001");
	decides(REFUSAL_NONE);
	cr_assert_str_eq(plan.from_e164, "+14155550001");
	cr_assert_str_eq(plan.targets[0].from_user, "+14155550001");
}

Test(outbound, without_any_number_the_account_is_shown)
{
	decides(REFUSAL_NONE);
	cr_assert_str_eq(plan.from_e164, "");
	cr_assert_str_eq(plan.targets[0].from_user, "acct1");
}

Test(outbound, the_technical_prefix_is_the_callees_alone)
{
	vp_strcopy(config.trunks[0].tech_prefix, sizeof(config.trunks[0].tech_prefix), "77");
	vp_strcopy(config.trunks[0].caller_id, sizeof(config.trunks[0].caller_id), "+14155550003");
	decides(REFUSAL_NONE);
	cr_assert_str_eq(plan.targets[0].request_user, "7714155551234");
	cr_assert_str_eq(plan.targets[0].from_user, "+14155550003");
}

Test(outbound, the_guard_counts_only_what_all_else_allows)
{
	ask.to_number = "+44 20 7183 8750";
	for (int i = 0; i < 10; i++) {
		decides(REFUSAL_FORBIDDEN);
	}
	ask.to_number = "+1 415 555 1234";
	decides(REFUSAL_NONE);
	decides(REFUSAL_NONE);
	decides(REFUSAL_RATE_USER);
}

Test(outbound, every_refusal_has_a_status_a_word_and_a_way_out)
{
	for (int r = REFUSAL_NONE + 1; r < REFUSAL_MAX; r++) {
		const struct refusal_text *text = refusal_text((enum refusal)r);

		cr_assert(text->status >= 400 && text->status <= 503, "%d", r);
		cr_assert_gt(strlen(text->word), 5);
		cr_assert_gt(strlen(text->message), 20);
	}
	cr_assert_eq(strncmp(refusal_text(REFUSAL_NO_PROVIDER)->message,
			     "No active VoIP provider configured. An administrator sets one up "
			     "(voip setup), or activates one that is there (voip provider "
			     "activate); both also under Settings > VoIP > Providers.",
			     300),
		0);
}
