/* Timers for many short waits: a heap on the monotonic clock behind one timerfd in libre's loop.
 * (libre's own timers are one sorted list on the wall clock: O(n) to start, and a stepped clock
 * fires or delays them all.) */
#ifndef UA_TIMER_H
#define UA_TIMER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ua_timers;

#define UA_BEAT_MS 64 /* of the waits that end together */

/* Zeroed memory is a stopped timer. It must be stopped before its memory goes. */
struct ua_timer {
	size_t slot; /* place in the heap + 1; 0: stopped */
	int64_t at_ms;
	void (*handler)(void *arg);
	void *arg;
};

/* virtual_clock: no descriptor; time stands still but for ua_timers_advance (tests). */
int ua_timers_create(struct ua_timers **ret, bool virtual_clock);
struct ua_timers *ua_timers_destroy(struct ua_timers *timers);
int64_t ua_timers_now_ms(const struct ua_timers *timers);

/* Starts or restarts; the handler is called once, never early. A wait of a second or more may end
 * 64 ms late on a real clock, together with others. */
void ua_timer_start(struct ua_timers *timers, struct ua_timer *timer, int64_t delay_ms,
	void (*handler)(void *), void *arg);
/* On the next beat. */
void ua_timer_beat(
	struct ua_timers *timers, struct ua_timer *timer, void (*handler)(void *), void *arg);
void ua_timer_stop(struct ua_timers *timers, struct ua_timer *timer);
static inline bool ua_timer_running(const struct ua_timer *timer)
{
	return timer->slot != 0;
}

/* Moves a virtual clock, firing what falls due in order. */
void ua_timers_advance(struct ua_timers *timers, int64_t ms);
#endif
