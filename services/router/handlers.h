/* One function a message; each has its file. arg is the struct router. */
struct router;
#ifndef ROUTER_HANDLERS_H
#define ROUTER_HANDLERS_H
#include "libcommon/bus/bus.h"

void on_route_outbound(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg);
void on_route_voice(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg);
void on_route_inbound(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg);
void on_trunk_health(const struct vp_bus_msg *msg, void *arg);
void on_config_changed(struct router *router);
void on_node_lost(const char *service, const char *node, void *arg);
#endif
