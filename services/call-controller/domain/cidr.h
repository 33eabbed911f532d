/* Address ranges of trunks: "203.0.113.0/24", "2001:db8::/32", or one address. Pure. */
#ifndef CC_CIDR_H
#define CC_CIDR_H
#include <stdbool.h>
#include <stdint.h>

struct cidr {
	uint8_t addr[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned bits;    /* 0..128 */
};

/* False when it is neither an address nor a range. */
bool cidr_parse(const char *text, struct cidr *ret);
/* addr as above. */
bool cidr_has(const struct cidr *cidr, const uint8_t addr[16]);
/* The 16-byte form of a text address; false when it is none. */
bool cidr_addr(const char *text, uint8_t addr[16]);
#endif
