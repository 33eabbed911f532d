#include <criterion/criterion.h>
#include <stdio.h>

#include "alloc_fault.h"
#include "libcommon/base/base.h"
#include "services/router/domain/rate_guard.h"
#include "services/router/domain/trunk_health.h"

#define MINUTE RATE_MINUTE_US
#define DAY RATE_DAY_US
#define START (10 * DAY)

static const struct rate_limits no_limit;
static struct rate_guard *guard;
static struct trunk_health *health;

static void start(void)
{
	cr_assert_eq(rate_guard_create(&guard, &(struct rate_limits){3, 5}, &no_limit), 0);
	health = trunk_health_create();
	cr_assert_not_null(health);
}

static void stop(void)
{
	rate_guard_destroy(guard);
	trunk_health_destroy(health);
}

TestSuite(guard, .init = start, .fini = stop);
TestSuite(trunk_health, .init = start, .fini = stop);

static struct vp_uuid id(uint8_t n)
{
	return (struct vp_uuid){{n, 1}};
}

static void take(uint8_t org, uint8_t user, int64_t now, enum rate_verdict want)
{
	cr_assert_eq(rate_guard_take(guard, id(org), id(user), now), want);
}

Test(guard, a_user_is_stopped_at_his_limit)
{
	for (int i = 0; i < 3; i++) {
		take(1, 10, START, RATE_OK);
	}
	take(1, 10, START, RATE_USER);
	take(1, 11, START, RATE_OK);
}

Test(guard, a_day_has_limits_of_its_own)
{
	rate_guard_destroy(guard);
	cr_assert_eq(
		rate_guard_create(&guard, &(struct rate_limits){2, 0}, &(struct rate_limits){4, 6}),
		0);
	take(1, 10, START, RATE_OK);
	take(1, 10, START, RATE_OK);
	take(1, 10, START, RATE_USER); /* of the minute, and not counted for the day */
	take(1, 10, START + 5 * MINUTE, RATE_OK);
	take(1, 10, START + 5 * MINUTE, RATE_OK);
	take(1, 10, START + 10 * MINUTE, RATE_USER_DAY);
	take(1, 11, START + 10 * MINUTE, RATE_OK);
	take(1, 11, START + 20 * MINUTE, RATE_OK);
	take(1, 12, START + 30 * MINUTE, RATE_ORG_DAY);
	take(2, 20, START + 30 * MINUTE, RATE_OK);
	take(1, 10, START + DAY, RATE_ORG_DAY); /* yesterday's still count, in part */
	take(1, 10, START + DAY + DAY / 2, RATE_OK);
	take(1, 10, START + 3 * DAY, RATE_OK);
}

Test(guard, an_organisation_is_stopped_at_its_limit)
{
	for (uint8_t i = 0; i < 5; i++) {
		take(1, (uint8_t)(10 + i), START, RATE_OK);
	}
	take(1, 20, START, RATE_ORG);
	take(2, 20, START, RATE_OK);
}

Test(guard, what_is_refused_is_not_counted)
{
	for (int i = 0; i < 3; i++) {
		take(1, 10, START, RATE_OK);
	}
	for (int i = 0; i < 100; i++) {
		take(1, 10, START + 1, RATE_USER);
	}
	take(1, 11, START + 2, RATE_OK);
	take(1, 11, START + 2, RATE_OK);
	take(1, 12, START + 2, RATE_ORG);
}

Test(guard, the_last_minute_fades_out)
{
	for (int i = 0; i < 3; i++) {
		take(1, 10, START + MINUTE - 1, RATE_OK);
	}
	take(1, 10, START + MINUTE, RATE_USER);
	take(1, 10, START + MINUTE + MINUTE / 2, RATE_OK);
	take(1, 10, START + MINUTE + MINUTE / 2, RATE_OK);
	take(1, 10, START + MINUTE + MINUTE / 2, RATE_USER);
	take(1, 10, START + 3 * MINUTE, RATE_OK);
}

Test(guard, a_long_pause_forgets_everything)
{
	for (int i = 0; i < 3; i++) {
		take(1, 10, START, RATE_OK);
	}
	take(1, 10, START + 100 * INT64_C(1) * MINUTE, RATE_OK);
}

Test(guard, zero_means_no_limit)
{
	rate_guard_destroy(guard);
	cr_assert_eq(rate_guard_create(&guard, &no_limit, &no_limit), 0);
	for (int i = 0; i < 1000; i++) {
		take(1, 10, START, RATE_OK);
	}
}

Test(guard, a_flood_of_keys_is_refused_and_passes_with_the_minute)
{
	unsigned refused = 0;

	for (uint32_t i = 0; i < RATE_KEYS_MAX + 10; i++) {
		struct vp_uuid key = {{(uint8_t)i, (uint8_t)(i >> 8), (uint8_t)(i >> 16), 7}};

		refused += rate_guard_take(guard, key, key, START) != RATE_OK;
	}
	cr_assert_gt(refused, 0);
	take(1, 10, START + MINUTE, RATE_OK);
}

Test(guard, without_memory_the_answer_is_no)
{
	alloc_fault_at(0);
	cr_assert_neq(rate_guard_take(guard, id(1), id(10), START), RATE_OK);
	cr_assert(alloc_fault_end());
	alloc_fault_at(1);
	cr_assert_neq(rate_guard_take(guard, id(2), id(11), START), RATE_OK);
	cr_assert(alloc_fault_end());
	take(1, 10, START, RATE_OK);
	alloc_fault_at(0);
	cr_assert_neq(rate_guard_create(&guard, &(struct rate_limits){1, 1}, &no_limit), 0);
	alloc_fault_end();
}

Test(trunk_health, nobody_knows_means_up)
{
	cr_assert(trunk_health_is_up(health, "t1", "n1", START));
}

Test(trunk_health, the_own_nodes_view_comes_first)
{
	cr_assert(trunk_health_hint(health, "t1", "n1", false, START));
	cr_assert(trunk_health_hint(health, "t1", "n2", true, START));
	cr_assert_not(trunk_health_is_up(health, "t1", "n1", START));
	cr_assert(trunk_health_is_up(health, "t1", "n2", START));
	cr_assert(trunk_health_is_up(health, "t1", "n3", START), "somebody sees it up");
	cr_assert(trunk_health_is_up(health, "t2", "n1", START), "another trunk");
}

Test(trunk_health, all_see_it_down)
{
	trunk_health_hint(health, "t1", "n1", false, START);
	trunk_health_hint(health, "t1", "n2", false, START);
	cr_assert_not(trunk_health_is_up(health, "t1", "n3", START));
	trunk_health_hint(health, "t1", "n2", true, START + 1);
	cr_assert(trunk_health_is_up(health, "t1", "n3", START + 1));
}

Test(trunk_health, an_old_hint_is_no_hint)
{
	trunk_health_hint(health, "t1", "n1", false, START);
	cr_assert_not(trunk_health_is_up(health, "t1", "n1", START + TRUNK_HINT_TTL_US - 1));
	cr_assert(trunk_health_is_up(health, "t1", "n1", START + TRUNK_HINT_TTL_US));
}

Test(trunk_health, the_hints_of_a_lost_node_are_forgotten)
{
	trunk_health_hint(health, "t1", "n1", false, START);
	trunk_health_hint(health, "t1", "n2", false, START);
	trunk_health_hint(health, "t2", "n1", false, START);
	trunk_health_forget_node(health, "n1");
	cr_assert_not(trunk_health_is_up(health, "t1", "n3", START));
	cr_assert(trunk_health_is_up(health, "t2", "n1", START));
}

Test(trunk_health, absurd_hints_are_dropped)
{
	static const char absurd[] =
		"0123456789012345678901234567890123456789012345678901234567890";

	cr_assert_not(trunk_health_hint(health, absurd, "n1", false, START));
	cr_assert_not(trunk_health_hint(health, "t1", absurd, false, START));
	cr_assert(trunk_health_is_up(health, "t1", "n1", START));
}

Test(trunk_health, a_flood_of_hints_stays_bounded_and_old_ones_make_room)
{
	char name[TRUNK_ID_SIZE];
	unsigned taken = 0;

	for (unsigned i = 0; i < TRUNK_HINTS_MAX + 100; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		taken += trunk_health_hint(health, name, "n1", false, START);
	}
	cr_assert_eq(taken, TRUNK_HINTS_MAX);
	cr_assert(trunk_health_hint(health, "new", "n1", false, START + TRUNK_HINT_TTL_US));
	cr_assert_not(trunk_health_is_up(health, "new", "n1", START + TRUNK_HINT_TTL_US));
}
