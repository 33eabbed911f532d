/* What the handlers of bus requests share: decoding, finding the call, errors in one voice. */
#ifndef CC_REQUEST_H
#define CC_REQUEST_H
#include "libcommon/bus/bus.h"
#include "services/call-controller/controller.h"

/* Decodes with protobuf-c's function; answers 400 itself when that fails. */
#define REQUEST_UNPACK(fn, request, msg)                                                           \
	__extension__({                                                                            \
		__typeof__(fn(NULL, 0, NULL)) got_ = fn(NULL, (msg)->len, (msg)->data);            \
		if (!got_) {                                                                       \
			vp_bus_reply_error(                                                        \
				(request), 400, "malformed", "The request cannot be read.");       \
		}                                                                                  \
		got_;                                                                              \
	})

/* The call of this organisation, on which the user may act: he holds it or is being rung. NULL:
 * answered with 404, or 409 when he was rung and another took it. user "": any (the gateway looked
 * whether he may act on calls of others). */
struct call *request_call(struct controller *cc, struct vp_bus_call *request,
	const struct vp_bus_msg *msg, const char *call_id, const char *user_id);

/* The call that a CallRef names; NULL: answered already. */
struct call *request_ref(
	struct controller *cc, struct vp_bus_call *request, const struct vp_bus_msg *msg);

/* Decodes a CallAnswer and hands it to take with its call, if there is one; take answers. */
void request_answer(struct controller *cc, struct vp_bus_call *request,
	const struct vp_bus_msg *msg,
	void (*take)(struct call *call, struct vp_bus_call *request,
		const Ringmain__V1__CallAnswer *body));
#endif
