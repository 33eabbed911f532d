#include <criterion/criterion.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "services/router/domain/org_settings.h"

static void verdict(
	const char *region, const char *settings, const char *e164, enum destination_verdict want)
{
	struct org_settings parsed;

	org_settings_parse(&parsed, settings, region);
	cr_expect_eq(destination_check(&parsed.dial, e164), want, "%s from %s with %s: %d", e164,
		region, settings, destination_check(&parsed.dial, e164));
}

static void open_by_default(const char *region, const char *e164)
{
	verdict(region, "{}", e164, DESTINATION_OK);
}

static void closed_by_default(const char *region, const char *e164)
{
	verdict(region, "{}", e164, DESTINATION_FORBIDDEN);
}

static void premium_by_default(const char *region, const char *e164)
{
	verdict(region, "{}", e164, DESTINATION_PREMIUM);
}

Test(destination, by_default_the_own_region_is_open_and_others_are_closed)
{
	open_by_default("US", "+14155551234");
	open_by_default("US", "+14165551234"); /* Canada */
	open_by_default("GB", "+442071838750");
	open_by_default("DE", "+4930901820");
	closed_by_default("US", "+442071838750");
	closed_by_default("GB", "+14155551234");
	closed_by_default("DE", "+3725551234");
}

Test(destination, plus_one_does_not_mean_the_caribbean)
{
	static const char *const islands[] = {"+12425551234", "+12465551234", "+12645551234",
		"+12685551234", "+12845551234", "+13455551234", "+14415551234", "+14735551234",
		"+16495551234", "+16585551234", "+16645551234", "+17215551234", "+17585551234",
		"+17675551234", "+17845551234", "+18095551234", "+18295551234", "+18495551234",
		"+18685551234", "+18695551234", "+18765551234"};

	for (size_t i = 0; i < VP_ARRAY_LEN(islands); i++) {
		closed_by_default("US", islands[i]);
		closed_by_default("CA", islands[i]);
		verdict("US", "{\"dial\":{\"allow\":[\"+1\"]}}", islands[i], DESTINATION_FORBIDDEN);
		verdict("US", "{\"dial\":{\"allow\":[\"+\"]}}", islands[i], DESTINATION_FORBIDDEN);
	}
}

Test(destination, an_island_reaches_itself_and_its_big_neighbours)
{
	open_by_default("JM", "+18765551234");
	open_by_default("JM", "+16585551234");
	open_by_default("JM", "+14155551234");
	closed_by_default("JM", "+18095551234");
	open_by_default("US", "+17875551234"); /* Puerto Rico is home */
	closed_by_default("CA", "+17875551234");
}

Test(destination, russia_and_kazakhstan_share_a_code_but_not_a_default)
{
	open_by_default("RU", "+79123456789");
	closed_by_default("RU", "+77710009998");
	open_by_default("KZ", "+77710009998");
}

Test(destination, premium_rates_are_closed_at_home_too)
{
	premium_by_default("US", "+19005551234");
	premium_by_default("US", "+14159761234");
	premium_by_default("US", "+17005551234");
	premium_by_default("GB", "+449098790000");
	premium_by_default("GB", "+447012345678");
	premium_by_default("DE", "+499001234567");
	premium_by_default("FR", "+33899123456");
	premium_by_default("IT", "+39899123456");
	premium_by_default("ES", "+34803123456");
	premium_by_default("CH", "+41900123456");
	premium_by_default("AU", "+611900123456");
	premium_by_default("JP", "+81990123456");
}

Test(destination, opening_the_world_does_not_open_premium_and_satellites)
{
	static const char all[] = "{\"dial\":{\"allow\":[\"+\"]}}";

	verdict("US", all, "+442071838750", DESTINATION_OK);
	verdict("US", all, "+77710009998", DESTINATION_FORBIDDEN);
	verdict("US", all, "+449098790000", DESTINATION_PREMIUM);
	verdict("US", all, "+881612345678", DESTINATION_PREMIUM);
	verdict("US", all, "+882161234567", DESTINATION_PREMIUM);
	verdict("US", all, "+870776123456", DESTINATION_PREMIUM);
	verdict("US", all, "+979123456789", DESTINATION_PREMIUM);
}

Test(destination, exactly_named_prefixes_open_what_we_close)
{
	verdict("US", "{\"dial\":{\"allow\":[\"+1\",\"+1876\"]}}", "+18765551234", DESTINATION_OK);
	verdict("US", "{\"dial\":{\"allow\":[\"+1\",\"+1876\"]}}", "+18095551234",
		DESTINATION_FORBIDDEN);
	verdict("GB", "{\"dial\":{\"allow\":[\"+44\",\"+44909\"]}}", "+449098790000",
		DESTINATION_OK);
	verdict("US", "{\"dial\":{\"allow\":[\"+881\"]}}", "+881612345678", DESTINATION_OK);
}

Test(destination, a_list_replaces_the_default)
{
	verdict("US", "{\"dial\":{\"allow\":[\"+44\"]}}", "+442071838750", DESTINATION_OK);
	verdict("US", "{\"dial\":{\"allow\":[\"+44\"]}}", "+14155551234", DESTINATION_FORBIDDEN);
	verdict("US", "{\"dial\":{\"allow\":[\"US\",\"gb\"]}}", "+14155551234", DESTINATION_OK);
	verdict("US", "{\"dial\":{\"allow\":[\"US\",\"gb\"]}}", "+442071838750", DESTINATION_OK);
	verdict("US", "{\"dial\":{\"allow\":[]}}", "+14155551234", DESTINATION_OK);
}

Test(destination, the_longest_prefix_decides_and_deny_wins_a_tie)
{
	static const char deny[] = "{\"dial\":{\"deny\":[\"+1415\"]}}";
	static const char nested[] =
		"{\"dial\":{\"allow\":[\"+1\",\"+14155\"],\"deny\":[\"+1415\"]}}";
	static const char tie[] = "{\"dial\":{\"allow\":[\"+1415\"],\"deny\":[\"+1415\"]}}";

	verdict("US", deny, "+14155551234", DESTINATION_FORBIDDEN);
	verdict("US", deny, "+14165551234", DESTINATION_OK);
	verdict("US", nested, "+14155551234", DESTINATION_OK);
	verdict("US", nested, "+14156551234", DESTINATION_FORBIDDEN);
	verdict("US", tie, "+14155551234", DESTINATION_FORBIDDEN);
}

Test(destination, the_own_region_can_be_denied)
{
	verdict("US", "{\"dial\":{\"deny\":[\"+1\"]}}", "+14155551234", DESTINATION_FORBIDDEN);
	verdict("US", "{\"dial\":{\"deny\":[\"+\"]}}", "+14155551234", DESTINATION_OK);
}

Test(destination, a_pattern_may_have_any_digits)
{
	verdict("US", "{\"dial\":{\"deny\":[\"+1xxx555\"]}}", "+14155551234",
		DESTINATION_FORBIDDEN);
	verdict("US", "{\"dial\":{\"deny\":[\"+1xxx555\"]}}", "+14155561234", DESTINATION_OK);
}

Test(destination, no_region_is_closed)
{
	closed_by_default("", "+14155551234");
	closed_by_default("XX", "+14155551234");
}

Test(destination, broken_settings_are_counted_and_leave_the_safe_default)
{
	static const char *const broken[] = {"", "x", "[]", "7", "{\"dial\":7}",
		"{\"dial\":{\"allow\":\"+44\"}}", "{\"dial\":{\"allow\":[7]}}",
		"{\"dial\":{\"allow\":[\"44\"]}}", "{\"dial\":{\"allow\":[\"+44 20\"]}}",
		"{\"dial\":{\"allow\":[\"+444444444444444444444444\"]}}", "{\"a\":1,\"a\":2}"};
	struct org_settings parsed;

	for (size_t i = 0; i < VP_ARRAY_LEN(broken); i++) {
		org_settings_parse(&parsed, broken[i], "US");
		cr_assert_gt(parsed.faults, 0, "%s", broken[i]);
		verdict("US", broken[i], "+442071838750", DESTINATION_FORBIDDEN);
		verdict("US", broken[i], "+14155551234", DESTINATION_OK);
	}
}

Test(destination, a_broken_deny_closes_everything)
{
	verdict("US", "{\"dial\":{\"deny\":[\"1415\"]}}", "+14165551234", DESTINATION_FORBIDDEN);
	verdict("US", "{\"dial\":{\"allow\":[\"+1\"],\"deny\":7}}", "+14165551234",
		DESTINATION_FORBIDDEN);
}

Test(destination, more_rules_than_there_is_room_for_are_counted)
{
	struct destination_policy policy;
	unsigned added = 0;

	destination_default(&policy, "US");
	for (int i = 0; i < 1000; i++) {
		added += destination_add(&policy, "+44", true);
	}
	cr_assert_eq(added, DESTINATION_RULES_MAX);
}

Test(settings, record_and_ring_timeout_are_read_within_bounds)
{
	struct org_settings parsed;

	org_settings_parse(&parsed, "{\"record\":false,\"ring_timeout_s\":45}", "US");
	cr_assert_not(parsed.record);
	cr_assert_eq(parsed.ring_timeout_in_s, 45);
	cr_assert_eq(parsed.faults, 0);
	org_settings_parse(&parsed, "{\"record\":\"no\",\"ring_timeout_s\":4}", "US");
	cr_assert(parsed.record);
	cr_assert_eq(parsed.ring_timeout_in_s, RING_TIMEOUT_IN_S);
	cr_assert_eq(parsed.faults, 2);
	org_settings_parse(&parsed, "{\"ring_timeout_s\":99999999999}", "US");
	cr_assert_eq(parsed.ring_timeout_in_s, RING_TIMEOUT_IN_S);
}
