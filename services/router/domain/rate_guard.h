/* Counts new outbound calls of each user and each organisation over the last minute and the last
 * day (a sliding window of two halves: the last whole one counts for the part of it that still lies
 * within).
 * One process counts what it routed itself; docs: README.md. */
#ifndef ROUTER_RATE_GUARD_H
#define ROUTER_RATE_GUARD_H
#include <stdint.h>

#include "libcommon/base/uuid.h"

#define RATE_MINUTE_US INT64_C(60000000)
#define RATE_DAY_US INT64_C(86400000000)
#define RATE_KEYS_MAX 100000 /* remembered in one of them; beyond it the guard says no */

struct rate_guard;
struct rate_limits {
	int64_t per_user; /* calls; 0: no limit */
	int64_t per_org;
};
enum rate_verdict { RATE_OK, RATE_USER, RATE_ORG, RATE_USER_DAY, RATE_ORG_DAY };

int rate_guard_create(
	struct rate_guard **ret, const struct rate_limits *minute, const struct rate_limits *day);
struct rate_guard *rate_guard_destroy(struct rate_guard *guard);

/* Counts the call when it may go on; what is refused is not counted. */
enum rate_verdict rate_guard_take(
	struct rate_guard *guard, struct vp_uuid org, struct vp_uuid user, int64_t now_us);
#endif
