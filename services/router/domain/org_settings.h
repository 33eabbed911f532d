/* The part of orgs.settings (JSON) that routing goes by. */
#ifndef ROUTER_ORG_SETTINGS_H
#define ROUTER_ORG_SETTINGS_H
#include <stdbool.h>
#include <stdint.h>

#include "services/router/domain/destination.h"

#define RING_TIMEOUT_IN_S 30
#define RING_TIMEOUT_OUT_S 60
#define RING_TIMEOUT_MIN_S 5
#define RING_TIMEOUT_MAX_S 300

struct org_settings {
	struct destination_policy dial; /* "dial": {"allow": [...], "deny": [...]} */
	bool record;                    /* "record", default true */
	uint32_t ring_timeout_in_s;     /* "ring_timeout_s": for calls to our users */
	unsigned faults;                /* entries that make no sense and were left out */
};

/* Never fails: what makes no sense is left out and counted, and what remains is the safe default.
 * A broken "deny" entry closes everything, since nobody knows what it meant to close. */
void org_settings_parse(struct org_settings *settings, const char *json, const char *region);
#endif
