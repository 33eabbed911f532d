/* One provider written down: settings sealed, what the panel may show of them, and for the SIP
 * driver the trunk that calls use. All of it or nothing. */
#ifndef VOIP_PROVISION_H
#define VOIP_PROVISION_H
#include <stdbool.h>
#include <stdint.h>
#include "libcommon/provider/provider.h"
#include "tools/voip/db.h"
#include "tools/voip/vault.h"

/* An inactive provider stands in for the active one that fails, unless its last test was bad. */
enum provision_test { PROVISION_UNTRIED, PROVISION_GOOD, PROVISION_BAD };

struct provision {
	struct vp_uuid org;
	struct vp_uuid id;       /* one that exists is changed */
	struct vp_uuid trunk_id; /* of the SIP driver */
	const char *name;
	const struct vp_provider_driver *driver;
	struct vp_provider_config
		*config; /* a SIP provider's password is taken out of it: it is its trunk's */
	bool activate;   /* instead of the one that is active now */
	long priority;
	enum provision_test test;
};

/* 0, or errno after a message. */
int provision_store(
	struct tool_db *db, struct tool_vault *vault, const struct provision *provision);
#endif
