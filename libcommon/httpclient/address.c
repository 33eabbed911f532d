/* Which addresses an URL that somebody gave us may lead to. Everything of IANA's special-purpose
 * registries is refused; for IPv6 only global unicast passes, without the ranges that carry an IPv4
 * address. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include "libcommon/httpclient/httpclient_int.h"

struct net4 {
	uint32_t net;
	unsigned bits;
};
#define NET4(a, b, c, d, bits)                                                                     \
	{                                                                                          \
		(uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d), bits                             \
	}

static const struct net4 special4[] = {
	NET4(0, 0, 0, 0, 8),
	NET4(10, 0, 0, 0, 8),
	NET4(100, 64, 0, 0, 10),
	NET4(127, 0, 0, 0, 8),
	NET4(169, 254, 0, 0, 16),
	NET4(172, 16, 0, 0, 12),
	NET4(192, 0, 0, 0, 24),
	NET4(192, 0, 2, 0, 24),
	NET4(192, 88, 99, 0, 24),
	NET4(192, 168, 0, 0, 16),
	NET4(198, 18, 0, 0, 15),
	NET4(198, 51, 100, 0, 24),
	NET4(203, 0, 113, 0, 24),
	NET4(224, 0, 0, 0, 4),
	NET4(240, 0, 0, 0, 4),
};

static bool is_public4(uint32_t addr)
{
	for (size_t i = 0; i < sizeof(special4) / sizeof(special4[0]); i++) {
		uint32_t mask = ~(uint32_t)0 << (32 - special4[i].bits);
		if ((addr & mask) == special4[i].net) {
			return false;
		}
	}
	return true;
}

static uint32_t read32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static bool is_public6(const uint8_t a[16])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
	uint32_t head = read32(a);
	if (memcmp(a, mapped, sizeof(mapped)) == 0) {
		return is_public4(read32(a + 12));
	}
	bool global = (a[0] & 0xE0) == 0x20;           /* 2000::/3 */
	bool protocol = head >> 9 == 0x20010000u >> 9; /* 2001::/23: Teredo, ORCHID ... */
	bool documentation = head == 0x20010DB8u || head >> 12 == 0x3FFF0000u >> 12;
	bool sixtofour = head >> 16 == 0x2002; /* 2002::/16 */
	return global && !protocol && !documentation && !sixtofour;
}

bool vp_address_is_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		return is_public4(ntohl(
			((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		return is_public6(
			((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
	}
	return false;
}
