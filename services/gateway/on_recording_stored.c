/* recording.stored: the user's open pages can show the player. */
#include "proto/recording.pb-c.h"
#include "services/gateway/sockets_int.h"

static void tell(struct channel *channel, const Ringmain__V1__RecordingStored *stored)
{
	for (struct socket *socket = channel->first; socket != NULL; socket = socket->next) {
		socket_send(socket,
			json_pack("{s:s, s:s, s:s, s:i, s:s}", "type", "recording.stored",
				"call_id", stored->call_id, "recording_id", stored->recording_id,
				"duration_ms", (int)stored->duration_ms, "format", stored->format));
	}
}

void on_recording_stored(const struct vp_bus_msg *msg, void *arg)
{
	struct vp_uuid user;
	Ringmain__V1__RecordingStored *stored =
		ringmain__v1__recording_stored__unpack(NULL, msg->len, msg->data);
	if (stored != NULL && vp_uuid_parse(stored->user_id, &user)) {
		struct channel *channel = channel_find(arg, msg->org, user);
		if (channel != NULL) {
			tell(channel, stored);
		}
	}
	ringmain__v1__recording_stored__free_unpacked(stored, NULL);
}
