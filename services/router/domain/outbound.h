/* The decision on an outbound call: pure, from configuration, the trunks' health and the guard */
#ifndef ROUTER_OUTBOUND_H
#define ROUTER_OUTBOUND_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/base/e164.h"
#include "libcommon/base/uuid.h"
#include "services/router/domain/number_format.h"
#include "services/router/domain/org_settings.h"
#include "services/router/domain/refusal.h"

#define OUTBOUND_TRUNKS_MAX 16
#define OUTBOUND_USER_SIZE 80 /* technical prefix and number */
#define TRUNK_TEXT_SIZE 65

struct rate_guard;
struct trunk_health;

/* A trunk, or a whole provider that is called by its API (then id is ""), as configured. */
struct outbound_trunk {
	char id[37];
	char provider_id[37];
	char driver[16];
	enum number_format format;
	char tech_prefix[TRUNK_TEXT_SIZE];
	char caller_id[VP_E164_SIZE]; /* "" none */
	char number[VP_E164_SIZE];    /* one of our numbers that belongs to it; "" none */
	char sip_username[TRUNK_TEXT_SIZE];
	char display_name[128];          /* shown beside the number; "" none, or longer than that */
	char carrier_from[VP_E164_SIZE]; /* caller id of a provider without trunk; "" none */
};

/* Configuration of an organisation, read for one user and one wished caller id. */
struct outbound_config {
	bool org_active;
	char region[3];
	struct org_settings settings;
	char driver[16];                /* of the active provider; "" none */
	char wish[VP_E164_SIZE];        /* the wished caller id when it is the organisation's; "" */
	char user_number[VP_E164_SIZE]; /* the user's own number; "" none */
	size_t n_trunks; /* in the order to try: of the active provider, then of the others */
	struct outbound_trunk trunks[OUTBOUND_TRUNKS_MAX];
};

struct outbound_ask {
	struct vp_uuid org, user;
	const char *to_number; /* as typed */
	const char *region;    /* "": the organisation's */
	const char *node;      /* the controller that will dial */
	const char *carrier;   /* only by this provider, whose leg is there already; NULL: any */
	int64_t now_us;
};

struct outbound_target {
	const struct outbound_trunk *trunk; /* points into the configuration */
	char request_user[OUTBOUND_USER_SIZE];
	char from_user[OUTBOUND_USER_SIZE];
};
struct outbound_plan {
	char to_e164[VP_E164_SIZE];
	char from_e164[VP_E164_SIZE]; /* of the first target; "" none */
	size_t n_targets;
	struct outbound_target targets[OUTBOUND_TRUNKS_MAX];
	enum vp_e164_verdict number; /* why, with REFUSAL_INVALID_NUMBER */
};

/* REFUSAL_NONE and a plan with at least one target, or why not. The guard counts only what is
 * allowed by everything else. */
enum refusal outbound_decide(const struct outbound_config *config,
	const struct trunk_health *health, struct rate_guard *guard, const struct outbound_ask *ask,
	struct outbound_plan *ret_plan);
#endif
