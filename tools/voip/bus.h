/* The running services' bus, for a command: every call here waits. */
#ifndef VOIP_TOOL_BUS_H
#define VOIP_TOOL_BUS_H
#include <stdint.h>
#include "libcommon/bus/bus.h"

/* The bus that VOIP_BUS names. NULL: *ret_why says why, or is NULL when VOIP_BUS is not set. */
struct vp_bus *tool_bus_open(const char **ret_why);
/* Turns the bus until *done, at most so long. */
void tool_bus_await(struct vp_bus *bus, const bool *done, int64_t wait_us);
#endif
