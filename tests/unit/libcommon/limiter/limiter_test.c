/* Limits of attempts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include "libcommon/limiter/limiter.h"

#define S INT64_C(1000000)

static const struct vp_limit five = {"five", 5, 60};
static const struct vp_limit other = {"other", 5, 60};

static unsigned take(
	struct vp_limiter *l, const struct vp_limit *limit, const char *key, int64_t now)
{
	unsigned wait_s = 0;
	return vp_limiter_take(l, limit, key, now, &wait_s) ? 0 : wait_s;
}

Test(limiter, allows_a_burst_then_makes_wait)
{
	struct vp_limiter *l = vp_limiter_create(1);
	for (int i = 0; i < 5; i++) {
		cr_assert_eq(take(l, &five, "a", 100 * S), 0);
	}
	cr_assert_eq(take(l, &five, "a", 100 * S), 12);
	cr_assert_eq(take(l, &five, "a", 111 * S), 1, "a refused try costs nothing");
	cr_assert_eq(take(l, &five, "a", 112 * S), 0, "a twelfth of a minute later one is free");
	cr_assert_eq(take(l, &five, "a", 112 * S), 12);
	cr_assert_eq(take(l, &five, "b", 112 * S), 0, "others are not touched");
	cr_assert_eq(take(l, &other, "a", 112 * S), 0, "nor other limits");
	for (int i = 0; i < 5; i++) {
		cr_assert_eq(take(l, &five, "a", 1000 * S), 0, "after the window all are free");
	}
	vp_limiter_destroy(l);
}

Test(limiter, peeking_does_not_count_and_forgetting_clears)
{
	struct vp_limiter *l = vp_limiter_create(1);
	unsigned wait_s;
	for (int i = 0; i < 20; i++) {
		cr_assert(vp_limiter_peek(l, &five, "a", 100 * S, &wait_s));
	}
	for (int i = 0; i < 5; i++) {
		take(l, &five, "a", 100 * S);
	}
	cr_assert(!vp_limiter_peek(l, &five, "a", 100 * S, &wait_s));
	cr_assert_eq(wait_s, 12);
	vp_limiter_forget(l, &five, "a");
	cr_assert_eq(take(l, &five, "a", 100 * S), 0);
	vp_limiter_destroy(l);
}

Test(limiter, a_flood_of_keys_does_not_free_a_loaded_one)
{
	struct vp_limiter *l = vp_limiter_create(7);
	char key[32];
	for (int i = 0; i < 5; i++) {
		take(l, &five, "attacker", 100 * S);
	}
	for (int i = 0; i < 10000; i++) { /* fewer than there are cells */
		snprintf(key, sizeof(key), "key-%d", i);
		take(l, &five, key, 100 * S);
	}
	cr_assert_neq(take(l, &five, "attacker", 100 * S), 0);
	vp_limiter_destroy(l);
}
