/* The organisation that a command works on. */
#ifndef VOIP_ORGANISATION_H
#define VOIP_ORGANISATION_H
#include "libcommon/base/uuid.h"
#include "tools/voip/db.h"

/* The one of this name; name NULL: the only one. 0; ENOENT or another error, after a message. */
int organisation_find(
	struct tool_db *db, const char *name, struct vp_uuid *ret_org, char ret_region[3]);
/* How many there are; -1 after a message. */
long organisation_count(struct tool_db *db);
#endif
