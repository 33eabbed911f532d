/* call.changed as durable event: tells what a lost hint did not. */
#include <string.h>
#include "services/gateway/sockets_int.h"

void on_call_changed(const struct vp_bus_msg *msg, void *arg)
{
	struct vp_uuid user;
	struct channel *channel = NULL;
	Ringmain__V1__CallChanged *call =
		ringmain__v1__call_changed__unpack(NULL, msg->len, msg->data);
	if (call != NULL && vp_uuid_parse(call->user_id, &user)) {
		channel = channel_find(arg, msg->org, user);
	}
	if (channel != NULL) {
		channel_learn(channel, call);
	} else {
		ringmain__v1__call_changed__free_unpacked(call, NULL);
	}
}
