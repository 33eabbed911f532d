#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <re.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/timer.h"

/* Waits of a second or more end on a common beat, at most so much later: each call leaves some
 * behind (transactions linger for 5 and 32 s), and each alone would wake the process. */
#define LONG_MS 1000

struct ua_timers {
	struct ua_timer **heap;
	size_t n, size;
	int fd;           /* -1: virtual clock */
	int64_t now_ms;   /* of a virtual clock */
	int64_t armed_ms; /* what the descriptor is set to; INT64_MAX: nothing */
};

int64_t ua_timers_now_ms(const struct ua_timers *timers)
{
	return timers->fd < 0 ? timers->now_ms : vp_mono_us() / 1000;
}

static int64_t beat_from(int64_t at_ms)
{
	return (at_ms + UA_BEAT_MS - 1) / UA_BEAT_MS * UA_BEAT_MS;
}

static int64_t due_ms(const struct ua_timers *timers, int64_t delay_ms)
{
	const int64_t at = ua_timers_now_ms(timers) + delay_ms;

	return timers->fd < 0 || delay_ms < LONG_MS ? at : beat_from(at);
}

static void heap_put(struct ua_timers *timers, size_t i, struct ua_timer *timer)
{
	timers->heap[i] = timer;
	timer->slot = i + 1;
}

static void heap_up(struct ua_timers *timers, size_t i)
{
	struct ua_timer *timer = timers->heap[i];

	while (i > 0 && timers->heap[(i - 1) / 2]->at_ms > timer->at_ms) {
		heap_put(timers, i, timers->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	heap_put(timers, i, timer);
}

static void heap_down(struct ua_timers *timers, size_t i)
{
	struct ua_timer *timer = timers->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < timers->n &&
			timers->heap[child + 1]->at_ms < timers->heap[child]->at_ms) {
			child++;
		}
		if (child >= timers->n || timers->heap[child]->at_ms >= timer->at_ms) {
			break;
		}
		heap_put(timers, i, timers->heap[child]);
		i = child;
	}
	heap_put(timers, i, timer);
}

/* Sets the descriptor to the first timer. It may fire too early (its timer was stopped), never
 * late. */
static void arm(struct ua_timers *timers)
{
	struct itimerspec spec = {0};
	int64_t at;

	if (timers->fd < 0 || timers->n == 0 || timers->heap[0]->at_ms >= timers->armed_ms) {
		return;
	}
	at = timers->heap[0]->at_ms;
	timers->armed_ms = at;
	spec.it_value.tv_sec = at / 1000;
	spec.it_value.tv_nsec = at % 1000 * 1000000 + 1; /* never zero: that would disarm */
	vp_assert(timerfd_settime(timers->fd, TFD_TIMER_ABSTIME, &spec, NULL) == 0);
}

void ua_timer_stop(struct ua_timers *timers, struct ua_timer *timer)
{
	size_t i = timer->slot - 1;

	if (timer->slot == 0) {
		return;
	}
	timer->slot = 0;
	timers->n--;
	if (i < timers->n) {
		heap_put(timers, i, timers->heap[timers->n]);
		heap_down(timers, i);
		heap_up(timers, timers->heap[i]->slot - 1);
	}
}

static void start_at(struct ua_timers *timers, struct ua_timer *timer, int64_t at_ms,
	void (*handler)(void *), void *arg)
{
	ua_timer_stop(timers, timer);
	if (timers->n == timers->size) {
		size_t size = timers->size * 2;
		struct ua_timer **heap = realloc(timers->heap, size * sizeof(struct ua_timer *));

		vp_assert(heap != NULL);
		timers->heap = heap;
		timers->size = size;
	}
	timer->at_ms = at_ms;
	timer->handler = handler;
	timer->arg = arg;
	heap_put(timers, timers->n++, timer);
	heap_up(timers, timers->n - 1);
	arm(timers);
}

void ua_timer_start(struct ua_timers *timers, struct ua_timer *timer, int64_t delay_ms,
	void (*handler)(void *), void *arg)
{
	start_at(timers, timer, due_ms(timers, delay_ms), handler, arg);
}

void ua_timer_beat(
	struct ua_timers *timers, struct ua_timer *timer, void (*handler)(void *), void *arg)
{
	start_at(timers, timer, beat_from(ua_timers_now_ms(timers) + 1), handler, arg);
}

static void fire_due(struct ua_timers *timers, int64_t now)
{
	while (timers->n > 0 && timers->heap[0]->at_ms <= now) {
		struct ua_timer *timer = timers->heap[0];

		ua_timer_stop(timers, timer);
		timer->handler(timer->arg);
	}
}

static void on_readable(int flags, void *arg)
{
	struct ua_timers *timers = arg;
	uint64_t n;

	(void)flags;
	if (read(timers->fd, &n, sizeof(n)) < 0 && errno != EAGAIN) {
		return;
	}
	timers->armed_ms = INT64_MAX;
	fire_due(timers, ua_timers_now_ms(timers));
	arm(timers);
}

void ua_timers_advance(struct ua_timers *timers, int64_t ms)
{
	const int64_t until = timers->now_ms + ms;

	while (timers->n > 0 && timers->heap[0]->at_ms <= until) {
		timers->now_ms = MAX(timers->now_ms, timers->heap[0]->at_ms);
		fire_due(timers, timers->now_ms);
	}
	timers->now_ms = until;
}

int ua_timers_create(struct ua_timers **ret, bool virtual_clock)
{
	struct ua_timers *timers = calloc(1, sizeof(*timers));
	int err = ENOMEM;

	if (!timers) {
		return ENOMEM;
	}
	timers->fd = -1;
	timers->armed_ms = INT64_MAX;
	timers->size = 256;
	timers->heap = calloc(timers->size, sizeof(struct ua_timer *));
	if (!timers->heap) {
		goto out;
	}
	if (!virtual_clock) {
		timers->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
		err = timers->fd < 0 ? errno : fd_listen(timers->fd, FD_READ, on_readable, timers);
		if (err) {
			goto out;
		}
	}
	*ret = timers;
	return 0;
out:
	ua_timers_destroy(timers);
	return err;
}

struct ua_timers *ua_timers_destroy(struct ua_timers *timers)
{
	if (!timers) {
		return NULL;
	}
	if (timers->fd >= 0) {
		fd_close(timers->fd);
		(void)close(timers->fd);
	}
	for (size_t i = 0; i < timers->n; i++) {
		timers->heap[i]->slot = 0;
	}
	free(timers->heap);
	free(timers);
	return NULL;
}
