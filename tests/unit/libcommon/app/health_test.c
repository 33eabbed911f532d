#include <criterion/criterion.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "alloc_fault.h"
#include "libcommon/app/health.h"
#include "libcommon/base/base.h"

static int64_t fake_us = 1000;
int64_t __wrap_vp_mono_us(void);

int64_t __wrap_vp_mono_us(void)
{
	return fake_us;
}

static struct health health;

static void start(void)
{
	health_init(&health, "probe");
}

TestSuite(health, .init = start);

static bool ready(void)
{
	bool is_ready;
	VP_CLEANUP(vp_freep) char *text = health_ready_json(&health, &is_ready);
	json_t *json = json_loads(text, 0, NULL);

	cr_assert_eq(json_is_true(json_object_get(json, "ready")), is_ready, "%s", text);
	json_decref(json);
	return is_ready;
}

Test(health, a_loop_that_is_not_heard_for_ten_seconds_hangs)
{
	fake_us += 9999999;
	cr_assert(health_is_alive(&health));
	fake_us += 1;
	cr_assert_not(health_is_alive(&health));
	health_alive(&health);
	cr_assert(health_is_alive(&health));
}

Test(health, who_has_named_no_part_is_starting)
{
	cr_assert_not(ready());
}

Test(health, all_parts_must_be_ready)
{
	health_set(&health, "db", true);
	cr_assert(ready());
	health_set(&health, "bus", false);
	cr_assert_not(ready());
	health_set(&health, "bus", true);
	cr_assert(ready());
	health_set(&health, "db", false);
	cr_assert_not(ready());
}

Test(health, draining_is_not_ready)
{
	health_set(&health, "db", true);
	health_drain(&health);
	cr_assert_not(ready());
}

Test(health, too_many_parts_are_a_broken_invariant, .signal = SIGABRT)
{
	for (int i = 0; i <= HEALTH_PARTS_MAX; i++) {
		char name[8];

		snprintf(name, sizeof(name), "p%d", i);
		health_set(&health, name, true);
	}
}

Test(health, without_memory_there_is_no_page)
{
	bool is_ready;

	alloc_fault_at(0);
	cr_assert_null(health_ready_json(&health, &is_ready));
	cr_assert(alloc_fault_end());
}
