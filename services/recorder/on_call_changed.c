/* "call.changed" of call-controller: a call that has ended may have left a spool, or a recording at
 * its carrier. A hint that saves waiting: what is missed here is found in the folder, and among the
 * calls. */
#include <stddef.h>
#include "libcommon/bus/bus.h"
#include "libcommon/base/base.h"
#include "proto/call.pb-c.h"
#include "services/recorder/carrier_rows.h"
#include "services/recorder/recorder.h"
#include "services/recorder/spools.h"

#define EXPECT_US 20000000LL /* a webhook is faster, mostly */

static bool is_terminal(Ringmain__V1__CallStatus status)
{
	return status >= RINGMAIN__V1__CALL_STATUS__COMPLETED;
}

void on_call_changed(const struct vp_bus_msg *msg, void *arg)
{
	struct recorder *recorder = arg;
	Ringmain__V1__CallChanged *call =
		ringmain__v1__call_changed__unpack(NULL, msg->len, msg->data);
	struct vp_uuid id;

	if (call && is_terminal(call->status) && vp_uuid_parse(call->call_id, &id)) {
		if (call->driver[0] == '\0') {
			spools_call_ended(recorder, id);
		} else if (recorder->cfg->enabled) {
			(void)carrier_row_expect(
				recorder->db, msg->org, id, vp_time_us() + EXPECT_US);
		}
	}
	if (call) {
		ringmain__v1__call_changed__free_unpacked(call, NULL);
	}
}
