/* Everything of IANA's special-purpose
 * registries is refused; for IPv6 only global unicast passes, without the ranges that carry an IPv4
 * address. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "libcommon/base/address.h"
#include "libcommon/base/base.h"

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

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

static bool is_public6(const uint8_t a[16])
{
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

/* --- reach --- */

static enum vp_reach reach4(uint32_t ip)
{
	unsigned first = ip >> 24;
	if (first == 0 || first == 127 || first >= 224) {
		return VP_REACH_SELF;
	}
	if (ip >> 16 == 0xA9FE) { /* 169.254/16 */
		return VP_REACH_LINK;
	}
	return first == 10 || ip >> 20 == 0xAC1 || ip >> 16 == 0xC0A8 || ip >> 22 == 0x191
		       ? VP_REACH_PRIVATE
		       : VP_REACH_WORLD;
}

static enum vp_reach reach6(const uint8_t a[16])
{
	static const uint8_t none[15] = {0};
	if (memcmp(a, mapped, sizeof(mapped)) == 0) {
		return reach4(read32(a + 12));
	}
	if ((memcmp(a, none, sizeof(none)) == 0 && a[15] <= 1) || a[0] == 0xFF) {
		return VP_REACH_SELF;
	}
	if (a[0] == 0xFE && (a[1] & 0xC0) == 0x80) {
		return VP_REACH_LINK;
	}
	return (a[0] & 0xFE) == 0xFC || (a[0] == 0xFE && (a[1] & 0xC0) == 0xC0) ? VP_REACH_PRIVATE
										: VP_REACH_WORLD;
}

enum vp_reach vp_address_reach(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		return reach4(ntohl(
			((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	}
	return address->sa_family == AF_INET6
		       ? reach6(((const struct sockaddr_in6 *)(const void *)address)
					 ->sin6_addr.s6_addr)
		       : VP_REACH_SELF;
}

bool vp_address_may_name(const struct sockaddr *peer, const struct sockaddr *address)
{
	return vp_address_reach(peer) <= vp_address_reach(address);
}

/* --- networks --- */

static bool to_16(const struct sockaddr *address, uint8_t ret[16])
{
	if (address->sa_family == AF_INET6) {
		memcpy(ret, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
		return true;
	}
	if (address->sa_family != AF_INET) {
		return false;
	}
	memcpy(ret, mapped, sizeof(mapped));
	memcpy(ret + sizeof(mapped), &((const struct sockaddr_in *)(const void *)address)->sin_addr,
		4);
	return true;
}

bool vp_address_read(const char *text, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
	*ret = (struct sockaddr_storage){0};
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		ret->ss_family = AF_INET;
	} else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		ret->ss_family = AF_INET6;
	}
	return ret->ss_family != 0;
}

/* "10.0.0.0/8"; without bits the one address. */
static bool read_net(const char *text, size_t len, uint8_t ret_address[16], unsigned *ret_bits)
{
	char copy[64];
	struct sockaddr_storage address;
	if (len >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	char *slash = strchr(copy, '/'), *end = NULL;
	if (slash) {
		*slash++ = '\0';
	}
	if (!vp_address_read(copy, &address)) {
		return false;
	}
	unsigned most = address.ss_family == AF_INET ? 32 : 128;
	unsigned long bits = most;
	if (slash) {
		bits = *slash >= '0' && *slash <= '9' ? strtoul(slash, &end, 10) : most + 1;
		if (bits > most || *end) {
			return false;
		}
	}
	*ret_bits = (unsigned)bits + 128 - most;
	return to_16((struct sockaddr *)&address, ret_address);
}

bool vp_nets_parse(struct vp_nets *ret, const char *text)
{
	static const char apart[] = ", \t";
	struct vp_nets nets = {0};
	text = text ? text : "";
	for (text += strspn(text, apart); *text; text += strspn(text, apart)) {
		size_t len = strcspn(text, apart);
		if (nets.n == VP_NETS_MAX ||
			!read_net(text, len, nets.net[nets.n].address, &nets.net[nets.n].bits)) {
			return false;
		}
		nets.n++;
		text += len;
	}
	*ret = nets;
	return true;
}

static bool is_within(const uint8_t address[16], const uint8_t net[16], unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	return memcmp(address, net, whole) == 0 &&
	       (rest == 0 || ((address[whole] ^ net[whole]) & (0xFF00 >> rest) & 0xFF) == 0);
}

bool vp_nets_hold(const struct vp_nets *nets, const struct sockaddr *address)
{
	uint8_t bytes[16];
	if (!to_16(address, bytes)) {
		return false;
	}
	for (size_t i = 0; i < nets->n; i++) {
		if (is_within(bytes, nets->net[i].address, nets->net[i].bits)) {
			return true;
		}
	}
	return false;
}

bool vp_nets_allow(const struct vp_nets *nets, const struct sockaddr *address)
{
	return vp_address_is_public(address) || vp_nets_hold(nets, address);
}

static bool is_localhost(const char *host)
{
	static const char name[] = "localhost";
	size_t len = strlen(host), own = sizeof(name) - 1;
	if (len > 0 && host[len - 1] == '.') {
		len--;
	}
	return len >= own && strncasecmp(host + len - own, name, own) == 0 &&
	       (len == own || host[len - own - 1] == '.');
}

bool vp_nets_allow_host(const struct vp_nets *nets, const char *host)
{
	struct sockaddr_storage address;
	if (vp_address_read(is_localhost(host) ? "127.0.0.1" : host, &address)) {
		return vp_nets_allow(nets, (struct sockaddr *)&address);
	}
	return true;
}
