/* The UDP socket of the SIP transport: reads all that waits with one system call, into buffers that
 * are there for good. */
#ifndef UA_DATAGRAM_H
#define UA_DATAGRAM_H
#include <re.h>

#define UA_DATAGRAM_MAX 32768

struct ua_datagram;

/* data may be changed and is valid in the handler only. */
typedef void ua_datagram_h(const struct sa *peer, char *data, size_t len, void *arg);
int ua_datagram_open(struct ua_datagram **ret, const struct sa *local, ua_datagram_h *h, void *arg);
struct ua_datagram *ua_datagram_close(struct ua_datagram *datagram);
int ua_datagram_send(
	struct ua_datagram *datagram, const struct sa *peer, const char *data, size_t len);
int ua_datagram_local(const struct ua_datagram *datagram, struct sa *ret);
#endif
