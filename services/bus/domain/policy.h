/* Who may publish and subscribe what. CURVE says who a peer is; this table says what it may do. It
 * is the one in docs/bus.md: a new event type of a known owner needs no change here, a new owner
 * does. */
#ifndef BUS_POLICY_H
#define BUS_POLICY_H
#include <stdbool.h>
#include <stddef.h>

/* The services by number; NULL after the last. */
const char *policy_service(size_t i);
bool policy_knows(const char *service);
bool policy_may_publish(const char *service, const char *topic);
/* A topic of a request names who is asked, not for what: that stands in the envelope, which need be
 * read only where a service may not ask for everything. */
bool policy_limits_asking(const char *service);
bool policy_may_ask(const char *service, const char *type);
/* topic is a prefix, as ZeroMQ subscriptions are. */
bool policy_may_subscribe(const char *service, const char *topic);
#endif
