/* Where a call is: the controller that holds it, and whose it is. From the table, for when no
 * socket of the user has told us yet. */
#ifndef GATEWAY_CALL_PLACE_H
#define GATEWAY_CALL_PLACE_H
#include <stdbool.h>
#include "libcommon/base/uuid.h"

struct vp_db;
struct call_place {
	char node[64];
	struct vp_uuid user; /* nil: nobody's yet */
	bool ended;
};
/* err: 0, ENOENT, or of the database. place is valid in the callback. */
typedef void call_place_h(int err, const struct call_place *place, void *arg);
int call_place_find(
	struct vp_db *db, struct vp_uuid org, struct vp_uuid call, call_place_h *h, void *arg);
#endif
