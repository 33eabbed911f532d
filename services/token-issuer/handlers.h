/* One function a message; arg is the struct token_issuer. */
#ifndef TOKEN_ISSUER_HANDLERS_H
#define TOKEN_ISSUER_HANDLERS_H
#include "libcommon/bus/bus.h"

void on_token_issue(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg);
void on_token_forget(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg);
#endif
