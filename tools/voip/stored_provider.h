/* A provider that is there, as commands name it: by its id or its name. */
#ifndef VOIP_STORED_PROVIDER_H
#define VOIP_STORED_PROVIDER_H
#include <stdbool.h>
#include <stdint.h>
#include "libcommon/provider/provider.h"
#include "tools/voip/db.h"
#include "tools/voip/vault.h"

#define STORED_NAME_SIZE 256

struct stored_provider {
	struct vp_uuid org, id;
	char name[STORED_NAME_SIZE];
	const struct vp_provider_driver *driver;
	struct vp_uuid trunk; /* the first one of a SIP provider; nil: it has none */
	int64_t trunk_version;
};

/* org_name NULL: the only organisation. 0; ENOENT or another error, after a message. */
int stored_provider_find(struct tool_db *db, const char *org_name, const char *id_or_name,
	struct stored_provider *ret);
int stored_provider_read(struct tool_db *db, struct vp_uuid org, const char *id_or_name,
	struct stored_provider *ret);
/* Its settings, opened; the caller destroys them. 0, or errno after a message. */
int stored_provider_open(struct tool_db *db, struct tool_vault *vault,
	const struct stored_provider *provider, struct vp_provider_config **ret);
/* What a test found goes with the provider, and into the audit log. 0, or errno after a message. */
int stored_provider_tested(struct tool_db *db, const struct stored_provider *provider, bool good);
#endif
