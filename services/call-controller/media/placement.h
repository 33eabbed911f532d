/* Which worker has a call. Calls fill one worker before the next is used: a thread that is busy
 * sleeps and wakes less, which is a quarter of a packet's cost. Any thread. */
#ifndef MD_PLACEMENT_H
#define MD_PLACEMENT_H
#include <stdbool.h>
#include "libcommon/base/uuid.h"

struct md_placement;

#define MD_CALLS_BEFORE_NEXT 400 /* about a third of a core */

int md_placement_create(struct md_placement **ret, unsigned workers);
struct md_placement *md_placement_destroy(struct md_placement *placement);

/* The call's worker. An unknown call gets one when may_place, else -1; also -1 without memory. */
int md_placement_find(struct md_placement *placement, struct vp_uuid call, bool may_place);
/* The worker reports. A call's place is kept for a while after it ended, so that requests on their
 * way still meet in one worker. */
void md_placement_began(struct md_placement *placement, struct vp_uuid call, unsigned worker);
void md_placement_ended(struct md_placement *placement, struct vp_uuid call);
/* Each second: forgets the places of calls that ended long ago. */
void md_placement_sweep(struct md_placement *placement);
#endif
