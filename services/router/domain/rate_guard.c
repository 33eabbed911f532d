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
struct rate_guard {
	struct rate_limits limits;
	int64_t window; /* number of the current minute */
	void *current;  /* trees of struct count */
	void *last;
	unsigned n_current;
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

/* The key's count of this minute, made when missing; NULL when there is no room. */
static struct count *obtain(struct rate_guard *guard, struct vp_uuid key)
{
	struct count *count = find(&guard->current, key);

	if (count || guard->n_current >= RATE_KEYS_MAX) {
		return count;
	}
	count = calloc(1, sizeof(*count));
	if (!count) {
		return NULL;
	}
	count->key = key;
	if (!tsearch(count, &guard->current, compare)) {
		free(count);
		return NULL;
	}
	guard->n_current++;
	return count;
}

static void turn(struct rate_guard *guard, int64_t now_us)
{
	int64_t window = now_us / RATE_WINDOW_US;

	if (window == guard->window) {
		return;
	}
	tdestroy(guard->last, free);
	guard->last = guard->current;
	guard->current = NULL;
	guard->n_current = 0;
	if (window != guard->window + 1) {
		tdestroy(guard->last, free);
		guard->last = NULL;
	}
	guard->window = window;
}

/* Whether one more call of the key would pass its limit. */
static bool is_full(
	struct rate_guard *guard, const struct count *count, int64_t limit, int64_t now_us)
{
	const struct count *last = find(&guard->last, count->key);
	int64_t left_us = RATE_WINDOW_US - now_us % RATE_WINDOW_US;
	int64_t carried = last ? last->calls * left_us / RATE_WINDOW_US : 0;

	return limit > 0 && count->calls + carried >= limit;
}

int rate_guard_create(struct rate_guard **ret, const struct rate_limits *limits)
{
	struct rate_guard *guard = calloc(1, sizeof(*guard));

	if (!guard) {
		return ENOMEM;
	}
	guard->limits = *limits;
	*ret = guard;
	return 0;
}

struct rate_guard *rate_guard_destroy(struct rate_guard *guard)
{
	if (guard) {
		tdestroy(guard->current, free);
		tdestroy(guard->last, free);
		free(guard);
	}
	return NULL;
}

enum rate_verdict rate_guard_take(
	struct rate_guard *guard, struct vp_uuid org, struct vp_uuid user, int64_t now_us)
{
	struct count *of_org, *of_user;

	turn(guard, now_us);
	of_org = obtain(guard, org);
	of_user = obtain(guard, user);
	if (!of_org || is_full(guard, of_org, guard->limits.per_org, now_us)) {
		return RATE_ORG;
	}
	if (!of_user || is_full(guard, of_user, guard->limits.per_user, now_us)) {
		return RATE_USER;
	}
	of_org->calls++;
	of_user->calls++;
	return RATE_OK;
}
