/* Where a SIP host is: SRV, then A and AAAA (RFC 3263 without NAPTR: the transport is configured),
 * by libre's DNS client. An address needs no question, and a port means that SRV is not asked. */
#ifndef UA_RESOLVE_H
#define UA_RESOLVE_H
#include "services/call-controller/ua/msg.h"
#include "services/call-controller/ua/timer.h"

#define UA_ADDRS_MAX 8

struct ua_resolver;
struct ua_resolve_op;
struct vp_nets;

/* nets: those beside the public internet that hosts may be in; must outlive it. */
int ua_resolver_create(
	struct ua_resolver **ret, struct ua_timers *timers, const struct vp_nets *nets);
struct ua_resolver *ua_resolver_destroy(struct ua_resolver *resolver);

/* In the order to try; ttl_s says how long they hold. err: ENOENT (no such name), ETIMEDOUT, EPERM
 * (it is inside, where it may not be). Called
 * exactly once unless cancelled, for addresses from inside ua_resolve. */
typedef void ua_resolve_h(int err, const struct sa *addrs, size_t n, unsigned ttl_s, void *arg);
/* port 0: none given. *op becomes NULL when it is over. */
int ua_resolve(struct ua_resolver *resolver, const char *host, uint16_t port, enum ua_tp tp,
	ua_resolve_h *h, void *arg, struct ua_resolve_op **op);
void ua_resolve_cancel(struct ua_resolve_op *op);
#endif
