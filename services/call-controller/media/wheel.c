/* See wheel.h. */
#include <string.h>
#include "services/call-controller/media/wheel.h"

#define MASK (MD_WHEEL_SLOTS - 1)

void md_wheel_init(struct md_wheel *wheel, int64_t now_us)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->now_ms = now_us / MD_MS;
}

bool md_timer_is_set(const struct md_timer *timer)
{
	return timer->link != NULL;
}

void md_timer_stop(struct md_timer *timer)
{
	if (!timer->link) {
		return;
	}
	*timer->link = timer->next;
	if (timer->next) {
		timer->next->link = timer->link;
	}
	timer->link = NULL;
	timer->next = NULL;
}

void md_timer_start(struct md_wheel *wheel, struct md_timer *timer, int64_t due_us)
{
	md_timer_stop(timer);
	timer->due_us = due_us;
	int64_t ms = (due_us + MD_MS - 1) / MD_MS; /* never early */
	if (ms <= wheel->now_ms) {
		ms = wheel->now_ms + 1;
	}
	unsigned i = (unsigned)(ms & MASK);
	timer->link = &wheel->slot[i];
	timer->next = wheel->slot[i];
	if (timer->next) {
		timer->next->link = &timer->next;
	}
	wheel->slot[i] = timer;
	wheel->used[i / 64] |= 1ULL << (i % 64);
}

/* Takes the due ones off before firing: a handler may stop any other timer, even one of these */
static void run_slot(struct md_wheel *wheel, unsigned i, int64_t now_us)
{
	struct md_timer *due = NULL;
	for (struct md_timer *t = wheel->slot[i], *next; t; t = next) {
		next = t->next;
		if (t->due_us <= now_us) {
			md_timer_stop(t);
			t->next = due;
			t->link = &due;
			if (due) {
				due->link = &t->next;
			}
			due = t;
		}
	}
	while (due) {
		struct md_timer *t = due;
		md_timer_stop(t);
		t->fire(t, now_us);
	}
	if (!wheel->slot[i]) {
		wheel->used[i / 64] &= ~(1ULL << (i % 64));
	}
}

void md_wheel_run(struct md_wheel *wheel, int64_t now_us)
{
	int64_t now_ms = now_us / MD_MS;
	if (now_ms - wheel->now_ms > MD_WHEEL_SLOTS) {
		wheel->now_ms = now_ms - MD_WHEEL_SLOTS; /* one turn meets every slot */
	}
	while (wheel->now_ms < now_ms) {
		wheel->now_ms++;
		unsigned i = (unsigned)(wheel->now_ms & MASK);
		if (wheel->used[i / 64] & (1ULL << (i % 64))) {
			run_slot(wheel, i, now_us);
		}
	}
}

/* Steps to the next slot that has timers; MD_WHEEL_SLOTS: none has. A slot keeps its bit when its
 * timers are stopped, and loses it here: nobody is to be woken for nothing. */
static unsigned next_used(struct md_wheel *wheel)
{
	unsigned from = (unsigned)((wheel->now_ms + 1) & MASK);
	unsigned steps = 0;
	while (steps < MD_WHEEL_SLOTS) {
		unsigned i = (from + steps) & MASK;
		uint64_t word = wheel->used[i / 64] >> (i % 64);
		if (!word) {
			steps += 64 - i % 64;
			continue;
		}
		steps += (unsigned)__builtin_ctzll(word);
		i = (from + steps) & MASK;
		if (wheel->slot[i]) {
			return steps < MD_WHEEL_SLOTS ? steps : MD_WHEEL_SLOTS;
		}
		wheel->used[i / 64] &= ~(1ULL << (i % 64));
	}
	return MD_WHEEL_SLOTS;
}

int md_wheel_wait_ms(struct md_wheel *wheel, int64_t now_us)
{
	unsigned steps = next_used(wheel);
	if (steps == MD_WHEEL_SLOTS) {
		return -1;
	}
	int64_t at_us = (wheel->now_ms + 1 + steps) * MD_MS;
	int64_t wait = (at_us - now_us + MD_MS - 1) / MD_MS;
	return wait > 0 ? (int)wait : 0;
}
