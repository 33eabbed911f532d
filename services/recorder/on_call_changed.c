/* "call.changed" of call-controller: a call that has ended may have left a spool. A hint that saves
 * waiting: what is missed here is found in the folder. */
#include <stddef.h>
#include "libcommon/bus/bus.h"
#include "proto/call.pb-c.h"
#include "services/recorder/recorder.h"
#include "services/recorder/spools.h"

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
		spools_call_ended(recorder, id);
	}
	if (call) {
		ringmain__v1__call_changed__free_unpacked(call, NULL);
	}
}
