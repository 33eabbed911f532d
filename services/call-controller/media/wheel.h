/* Timers of one worker: a hashed wheel with slots of a millisecond on the monotonic clock, so that
 * thousands of timers cost O(1) each and a step of the wall clock moves none of them. */
#ifndef MD_WHEEL_H
#define MD_WHEEL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MD_WHEEL_SLOTS 2048
#define MD_MS 1000LL /* microseconds */
/* The object that a member (a timer) is part of. */
#define MD_CONTAINER(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

struct md_timer {
	struct md_timer *next, **link; /* link: who points at this one; NULL when idle */
	int64_t due_us;
	void (*fire)(struct md_timer *timer, int64_t now_us);
};

struct md_wheel {
	int64_t now_ms; /* slots up to here have been run */
	struct md_timer *slot[MD_WHEEL_SLOTS];
	uint64_t used[MD_WHEEL_SLOTS / 64];
};

void md_wheel_init(struct md_wheel *wheel, int64_t now_us);
/* Sets or moves the timer; fire runs once, from md_wheel_run, with the timer idle again. */
void md_timer_start(struct md_wheel *wheel, struct md_timer *timer, int64_t due_us);
void md_timer_stop(struct md_timer *timer);
bool md_timer_is_set(const struct md_timer *timer);
/* Runs what is due. fire may start and stop any timer. */
void md_wheel_run(struct md_wheel *wheel, int64_t now_us);
/* Milliseconds until a slot with timers comes up (perhaps of a later turn); -1: no timer at all. */
int md_wheel_wait_ms(struct md_wheel *wheel, int64_t now_us);
#endif
