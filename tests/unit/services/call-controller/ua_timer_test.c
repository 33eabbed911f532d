#include <criterion/criterion.h>
#include <stdlib.h>
#include <re.h>
#include "services/call-controller/ua/timer.h"

#define MANY 2000

struct item {
	struct ua_timer timer;
	int64_t due;
	bool started, fired;
};
static struct ua_timers *timers;
static struct item items[MANY];
static int64_t last;

static void on_fire(void *arg)
{
	struct item *item = arg;

	cr_assert(item->started);
	cr_assert_eq(ua_timers_now_ms(timers), item->due, "fired at its time");
	cr_assert_geq(item->due, last, "in order");
	cr_assert_not(ua_timer_running(&item->timer));
	last = item->due;
	item->started = false;
	item->fired = true;
}

Test(timer, thousands_fire_once_in_order_and_stopped_ones_never)
{
	cr_assert_eq(ua_timers_create(&timers, true), 0);
	srand(1);
	for (int round = 0; round < 20000; round++) {
		struct item *item = &items[rand() % MANY];

		if (rand() % 3 == 0) {
			ua_timer_stop(timers, &item->timer);
			item->started = false;
		} else {
			const int64_t delay = rand() % 5000;

			item->due = ua_timers_now_ms(timers) + delay;
			item->started = true;
			ua_timer_start(timers, &item->timer, delay, on_fire, item);
		}
		if (rand() % 50 == 0) {
			ua_timers_advance(timers, rand() % 300);
		}
	}
	ua_timers_advance(timers, 10000);
	for (int i = 0; i < MANY; i++) {
		cr_assert_not(items[i].started, "none is left");
	}
	timers = ua_timers_destroy(timers);
}

static void restart(void *arg)
{
	int *n = arg;
	static struct ua_timer again;

	if (++*n < 5) {
		ua_timer_start(timers, &again, 100, restart, n);
	}
}

Test(timer, a_handler_may_start_its_timer_again)
{
	struct ua_timer timer = {0};
	int n = 0;

	cr_assert_eq(ua_timers_create(&timers, true), 0);
	ua_timer_start(timers, &timer, 100, restart, &n);
	ua_timers_advance(timers, 350);
	cr_assert_eq(n, 3);
	ua_timers_advance(timers, 1000);
	cr_assert_eq(n, 5);
	timers = ua_timers_destroy(timers);
}

Test(timer, what_still_runs_at_the_end_is_stopped)
{
	struct ua_timer timer = {0};
	int n = 0;

	cr_assert_eq(ua_timers_create(&timers, true), 0);
	ua_timer_start(timers, &timer, 100, restart, &n);
	timers = ua_timers_destroy(timers);
	cr_assert_not(ua_timer_running(&timer));
}

/* When it is due, past the time of its start. */
static int64_t wait_of(int64_t delay_ms)
{
	struct ua_timer timer = {0};
	int64_t before = ua_timers_now_ms(timers), wait;

	ua_timer_start(timers, &timer, delay_ms, restart, NULL);
	wait = timer.at_ms - before;
	ua_timer_stop(timers, &timer);
	return wait;
}

Test(timer, long_waits_end_together_and_never_early)
{
	struct ua_timer some[200] = {0};
	int64_t beats = 0, last_ms = 0;

	cr_assert_eq(libre_init(), 0);
	cr_assert_eq(ua_timers_create(&timers, false), 0);
	for (int64_t delay = 1000; delay < 1200; delay++) {
		struct ua_timer *timer = &some[delay - 1000];

		ua_timer_start(timers, timer, delay, restart, NULL);
		beats += timer->at_ms > last_ms;
		last_ms = timer->at_ms;
	}
	cr_assert_leq(beats, 6, "200 timers, 200 ms");
	cr_assert_geq(wait_of(32000), 32000);
	cr_assert_leq(wait_of(32000), 32000 + 64 + 1000);
	cr_assert_geq(wait_of(500), 500);
	cr_assert_leq(wait_of(500), 1500, "a short one is as long as it says");
	timers = ua_timers_destroy(timers);
	libre_close();
}

Test(timer, what_waits_for_the_beat_fires_on_it)
{
	struct ua_timer timer = {0};
	int n = 4; /* of restart: its last */

	cr_assert_eq(ua_timers_create(&timers, true), 0);
	ua_timers_advance(timers, 3 * UA_BEAT_MS);
	ua_timer_beat(timers, &timer, restart, &n);
	cr_assert_eq(timer.at_ms, 4 * UA_BEAT_MS, "on a beat: the next one");
	ua_timers_advance(timers, UA_BEAT_MS - 1);
	cr_assert_eq(n, 4);
	ua_timers_advance(timers, 1);
	cr_assert_eq(n, 5);
	ua_timer_beat(timers, &timer, restart, &n);
	cr_assert_eq(timer.at_ms, 5 * UA_BEAT_MS);
	timers = ua_timers_destroy(timers);
}
