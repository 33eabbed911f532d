/* The router: what its request handlers share. Requests in: route.outbound, route.inbound,
 * route.voice. Hints in: trunk.health, config.changed. It writes nothing. */
#ifndef ROUTER_ROUTER_H
#define ROUTER_ROUTER_H
#include <stdbool.h>
#include <stdint.h>

#include "libcommon/log/log.h"
#include "services/router/domain/refusal.h"

struct cache;
struct rate_guard;
struct trunk_health;
struct vp_app;
struct vp_bus;
struct vp_bus_call;
struct vp_db;
struct vp_metric;

struct router_cfg {
	int64_t calls_per_user;                        /* VOIP_CALLS_PER_USER_PER_MINUTE */
	int64_t calls_per_org;                         /* VOIP_CALLS_PER_ORG_PER_MINUTE */
	int64_t calls_per_user_day, calls_per_org_day; /* ..._PER_DAY */
	int64_t cache_ms;                              /* VOIP_ROUTE_CACHE_MS */
};

enum route_kind { ROUTE_OUTBOUND, ROUTE_INBOUND, ROUTE_VOICE, ROUTE_KIND_MAX };

struct router {
	struct vp_bus *bus;
	struct vp_db *db;
	struct cache *outbound; /* struct outbound_config by organisation, user and wish */
	struct cache *trunks;   /* struct inbound_trunk by id */
	struct cache *routes;   /* struct inbound_route by organisation, trunk and number */
	struct trunk_health *health;
	struct rate_guard *guard;
	struct vp_log_limit settings_log;
	unsigned pending; /* requests that wait for the database */
	struct vp_metric *results[ROUTE_KIND_MAX][REFUSAL_MAX];
	struct vp_metric *seconds[ROUTE_KIND_MAX];
	struct vp_metric *reads;
};

int router_create(struct router **ret, const struct router_cfg *cfg);
struct router *router_destroy(struct router *router);
/* Serves until the app is told to stop; main's exit status. */
int router_run(struct vp_app *app, const void *cfg);

/* Counts the outcome, and answers when it is a refusal; detail replaces its sentence unless NULL */
void router_refuse(struct router *router, enum route_kind kind, struct vp_bus_call *call,
	enum refusal refusal, const char *detail);
/* Counts a decision that took since start_us (monotonic). */
void router_count(
	struct router *router, enum route_kind kind, enum refusal refusal, int64_t start_us);
/* Says, at most once a minute, that an organisation's settings make no sense. */
void router_report_settings(struct router *router, unsigned faults);
#endif
