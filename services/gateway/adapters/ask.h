/* Requests on the bus in one line: packs the message, sends it for a user. */
#ifndef GATEWAY_ASK_H
#define GATEWAY_ASK_H
#include <protobuf-c/protobuf-c.h>
#include "libcommon/bus/bus.h"

struct ask {
	const char *service; /* "call-controller" */
	const char *node;    /* NULL: any */
	const char *type;    /* "call.dial" */
	struct vp_uuid org;
	const char *subject;
	const char *key;     /* idempotency key, also the sticky one; NULL: none */
	unsigned timeout_ms; /* 0: the bus's default */
	const ProtobufCMessage *message;
};
/* As vp_bus_request. ret_op may be NULL. */
int ask_send(struct vp_bus *bus, const struct ask *ask, vp_bus_reply_h *h, void *arg,
	struct vp_bus_op **ret_op);
#endif
