/* A call: its legs, which hear one another in pairs, and its recording. */
#ifndef MD_CALL_H
#define MD_CALL_H
#include <stdbool.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"
#include "services/call-controller/media/disk.h"
#include "services/call-controller/media/leg.h"
#include "services/call-controller/media/worker.h"

#define MD_MAX_LEGS 8
#define MD_LEG_AGENT 1 /* left channel of the recording */

struct md_call {
	struct md_call *next; /* in its bucket */
	struct md_worker *worker;
	struct vp_uuid id;
	struct md_leg *legs;
	unsigned n_legs;
	struct md_timer tick;
	int64_t heard_us; /* last packet or request */
	int64_t stats_us; /* when statistics are due */
	struct md_tap *tap;
	bool tap_paused;
};

unsigned md_call_bucket(struct vp_uuid id);
/* EDQUOT: enough calls, or draining. */
int md_call_create(struct md_call **ret, struct md_worker *worker, struct vp_uuid id);
/* Ends everything; the call is gone. */
void md_call_drop(struct md_call *call);
struct md_leg *md_call_leg(const struct md_call *call, uint32_t id);
/* A frame that a leg's far side spoke. */
void md_call_tap(struct md_call *call, const struct md_leg *from, enum md_codec codec, uint32_t ts,
	const uint8_t *payload, size_t len);
#endif
