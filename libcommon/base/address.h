/* Which addresses somebody who is no operator may have us speak to: those of the public internet,
 * and the networks that the operator names. */
#ifndef VP_ADDRESS_H
#define VP_ADDRESS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;
struct sockaddr_storage;

/* An address of the public internet (IANA special-purpose registries), no way into our own net. */
bool vp_address_is_public(const struct sockaddr *address);

#define VP_NETS_MAX 32
/* Zeroed memory is no network. */
struct vp_nets {
	struct {
		uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
		unsigned bits;
	} net[VP_NETS_MAX];
	size_t n;
};
/* How near an address is to this machine. Multicast and what nobody has count as itself: nobody
 * else may have us send there. */
enum vp_reach {
	VP_REACH_SELF,    /* loopback, the unspecified one */
	VP_REACH_LINK,    /* link-local: also servers of metadata */
	VP_REACH_PRIVATE, /* RFC 1918, 4193, 6598: inside somebody's network */
	VP_REACH_WORLD,
};
enum vp_reach vp_address_reach(const struct sockaddr *address);
/* May a peer have us send to this address? To what is no nearer than it is itself. */
bool vp_address_may_name(const struct sockaddr *peer, const struct sockaddr *address);

/* An address as text; false: it is none. */
bool vp_address_read(const char *text, struct sockaddr_storage *ret);

/* "10.20.0.0/16 fd00::/8 127.0.0.1", by blanks or commas; NULL is none. False: malformed, or too
 * many. */
bool vp_nets_parse(struct vp_nets *ret, const char *text);
/* Is it in one of them? */
bool vp_nets_hold(const struct vp_nets *nets, const struct sockaddr *address);
/* Is it public, or in one of them? */
bool vp_nets_allow(const struct vp_nets *nets, const struct sockaddr *address);
/* The same of a host as somebody typed it; of names only localhost is known to be none. The others
 * are looked at when they are resolved. */
bool vp_nets_allow_host(const struct vp_nets *nets, const char *host);
#endif
