#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "alloc_fault.h"
#include "services/router/adapters/cache.h"

static struct cache *cache;

static void start(void)
{
	cr_assert_eq(cache_create(&cache, sizeof(int), 3, 1000), 0);
}

static void stop(void)
{
	cache_destroy(cache);
}

TestSuite(cache, .init = start, .fini = stop);

static void put(const char *key, int value, int64_t now)
{
	cache_put(cache, key, &value, now);
}

static int get(const char *key, int64_t now, bool *fresh)
{
	const int *value = cache_get(cache, key, now, fresh);

	return value ? *value : -1;
}

Test(cache, what_was_put_is_fresh_for_its_time_and_stale_after_it)
{
	bool fresh = false;

	put("a", 7, 5000);
	cr_assert_eq(get("a", 5999, &fresh), 7);
	cr_assert(fresh);
	cr_assert_eq(get("a", 6000, &fresh), 7);
	cr_assert_not(fresh);
	cr_assert_eq(get("b", 5000, &fresh), -1);
}

Test(cache, a_change_makes_everything_stale_and_a_new_value_fresh_again)
{
	bool fresh = true;

	put("a", 7, 0);
	cache_make_stale(cache);
	cr_assert_eq(get("a", 1, &fresh), 7);
	cr_assert_not(fresh);
	put("a", 8, 1);
	cr_assert_eq(get("a", 2, &fresh), 8);
	cr_assert(fresh);
}

Test(cache, it_never_holds_more_than_it_may)
{
	bool fresh;
	char key[8];
	int held = 0;

	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		put(key, i, 0);
	}
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		held += get(key, 0, &fresh) >= 0;
	}
	cr_assert_leq(held, 3);
	cr_assert_eq(get("k99", 0, &fresh), 99);
}

Test(cache, keys_that_are_too_long_are_not_remembered)
{
	char key[400];
	bool fresh;

	memset(key, 'x', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	put(key, 1, 0);
	cr_assert_eq(get(key, 0, &fresh), -1);
}

Test(cache, without_memory_nothing_is_remembered_and_nothing_breaks)
{
	bool fresh;

	alloc_fault_at(0);
	put("a", 1, 0);
	cr_assert(alloc_fault_end());
	cr_assert_eq(get("a", 0, &fresh), -1);
}
