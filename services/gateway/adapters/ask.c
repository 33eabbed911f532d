#include <errno.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/ask.h"

int ask_send(struct vp_bus *bus, const struct ask *ask, vp_bus_reply_h *h, void *arg,
	struct vp_bus_op **ret_op)
{
	struct vp_bus_op *op;
	size_t len = protobuf_c_message_get_packed_size(ask->message);
	VP_CLEANUP(vp_freep) uint8_t *data = malloc(len + 1);
	if (data == NULL) {
		return ENOMEM;
	}
	protobuf_c_message_pack(ask->message, data);
	struct vp_bus_req req = {.service = ask->service,
		.node = ask->node,
		.sticky = ask->key,
		.type = ask->type,
		.org = ask->org,
		.subject = ask->subject,
		.idempotency_key = ask->key,
		.timeout_ms = ask->timeout_ms,
		.data = data,
		.len = len};
	return vp_bus_request(bus, &req, h, arg, ret_op != NULL ? ret_op : &op);
}
