/* The demo organisation, in parts. */
#ifndef VOIP_SEED_H
#define VOIP_SEED_H
#include "tools/voip/model.h"

#define SEED_AGENT_DID "+14155550100"
#define SEED_ADMIN_DID "+14155550120"
#define SEED_CALLER "+14155550199" /* who `voip demo call` says it is */
#define SEED_LAB_SOURCE "127.0.0.2"

struct seed_ids {
	struct vp_uuid org, agent, admin, provider, carrier, lab;
};

/* About 200 persons, leads and deals with numbers of the ranges that are reserved for films
 * and books, and a person for each number of the demo carrier. */
int seed_contacts(struct vp_db_tx *tx, const struct seed_ids *ids);

/* Calls of the last three weeks, once: a second run adds none. */
int seed_calls(struct tool_db *db, const struct seed_ids *ids);
#endif
