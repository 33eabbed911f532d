#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "services/router/domain/rate_guard.h"

struct count {
	struct vp_uuid key;
	int64_t calls;
};

/* One length of time that is counted over. */
struct window {
	struct rate_limits limits;
	int64_t length_us;
	enum rate_verdict user, org; /* what it says when they have had enough */
	int64_t number;              /* of the current one */
	void *current;               /* trees of struct count */
	void *last;
	unsigned n_current;
};

enum { WINDOWS = 2 };

struct rate_guard {
	struct window windows[WINDOWS];
};

static int compare(const void *a, const void *b)
{
	const struct count *x = a, *y = b;

	return memcmp(x->key.b, y->key.b, sizeof(x->key.b));
}

static struct count *find(void *const *tree, struct vp_uuid key)
{
	const struct count wanted = {.key = key};
	void *node = tfind(&wanted, tree, compare);

	return node ? *(struct count **)node : NULL;
}

/* The key's count of this window, made when missing; NULL when there is no room. */
static struct count *obtain(struct window *window, struct vp_uuid key)
{
	struct count *count = find(&window->current, key);

	if (count || window->n_current >= RATE_KEYS_MAX) {
		return count;
	}
	count = calloc(1, sizeof(*count));
	if (!count) {
		return NULL;
	}
	count->key = key;
	if (!tsearch(count, &window->current, compare)) {
		free(count);
		return NULL;
	}
	window->n_current++;
	return count;
}

static void turn(struct window *window, int64_t now_us)
{
	int64_t number = now_us / window->length_us;

	if (number == window->number) {
		return;
	}
	tdestroy(window->last, free);
	window->last = window->current;
	window->current = NULL;
	window->n_current = 0;
	if (number != window->number + 1) {
		tdestroy(window->last, free);
		window->last = NULL;
	}
	window->number = number;
}

/* Whether one more call of the key would pass its limit. */
static bool is_full(
	const struct window *window, const struct count *count, int64_t limit, int64_t now_us)
{
	const struct count *last = find(&window->last, count->key);
	int64_t left_us = window->length_us - now_us % window->length_us;
	int64_t carried = last ? last->calls * left_us / window->length_us : 0;

	return limit > 0 && count->calls + carried >= limit;
}

int rate_guard_create(
	struct rate_guard **ret, const struct rate_limits *minute, const struct rate_limits *day)
{
	struct rate_guard *guard = calloc(1, sizeof(*guard));

	if (!guard) {
		return ENOMEM;
	}
	guard->windows[0] = (struct window){
		.limits = *minute, .length_us = RATE_MINUTE_US, .user = RATE_USER, .org = RATE_ORG};
	guard->windows[1] = (struct window){.limits = *day,
		.length_us = RATE_DAY_US,
		.user = RATE_USER_DAY,
		.org = RATE_ORG_DAY};
	*ret = guard;
	return 0;
}

struct rate_guard *rate_guard_destroy(struct rate_guard *guard)
{
	for (size_t i = 0; guard && i < WINDOWS; i++) {
		tdestroy(guard->windows[i].current, free);
		tdestroy(guard->windows[i].last, free);
	}
	free(guard);
	return NULL;
}

/* Without a limit nothing is remembered. */
static bool is_off(const struct window *window)
{
	return window->limits.per_user == 0 && window->limits.per_org == 0;
}

static enum rate_verdict judge(
	struct window *window, struct vp_uuid org, struct vp_uuid user, int64_t now_us)
{
	struct count *of_org, *of_user;

	turn(window, now_us);
	of_org = obtain(window, org);
	of_user = obtain(window, user);
	if (!of_org || is_full(window, of_org, window->limits.per_org, now_us)) {
		return window->org;
	}
	if (!of_user || is_full(window, of_user, window->limits.per_user, now_us)) {
		return window->user;
	}
	return RATE_OK;
}

static void add(struct window *window, struct vp_uuid key)
{
	struct count *count = find(&window->current, key);

	vp_assert(count);
	count->calls++;
}

enum rate_verdict rate_guard_take(
	struct rate_guard *guard, struct vp_uuid org, struct vp_uuid user, int64_t now_us)
{
	for (size_t i = 0; i < WINDOWS; i++) {
		enum rate_verdict verdict = is_off(&guard->windows[i])
						    ? RATE_OK
						    : judge(&guard->windows[i], org, user, now_us);

		if (verdict != RATE_OK) {
			return verdict;
		}
	}
	for (size_t i = 0; i < WINDOWS; i++) {
		if (!is_off(&guard->windows[i])) {
			add(&guard->windows[i], org);
			add(&guard->windows[i], user);
		}
	}
	return RATE_OK;
}
