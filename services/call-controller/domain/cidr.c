#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "services/call-controller/domain/cidr.h"

bool cidr_addr(const char *text, uint8_t addr[16])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	uint8_t ip[16];

	if (inet_pton(AF_INET, text, ip) == 1) {
		memcpy(addr, mapped, sizeof(mapped));
		memcpy(addr + 12, ip, 4);
		return true;
	}
	if (inet_pton(AF_INET6, text, ip) == 1) {
		memcpy(addr, ip, 16);
		return true;
	}
	return false;
}

bool cidr_parse(const char *text, struct cidr *ret)
{
	const char *slash = strchr(text, '/');
	const size_t len = slash ? (size_t)(slash - text) : strlen(text);
	struct cidr cidr = {.bits = 128};
	char host[64];
	unsigned offset;
	char *end;

	if (len >= sizeof(host)) {
		return false;
	}
	memcpy(host, text, len);
	host[len] = '\0';
	if (!cidr_addr(host, cidr.addr)) {
		return false;
	}
	if (slash) {
		const unsigned long bits = strtoul(slash + 1, &end, 10);

		offset = strchr(host, ':') ? 0 : 96;
		if (slash[1] < '0' || slash[1] > '9' || *end || bits > 128 - offset) {
			return false;
		}
		cidr.bits = (unsigned)bits + offset;
	}
	*ret = cidr;
	return true;
}

bool cidr_has(const struct cidr *cidr, const uint8_t addr[16])
{
	const unsigned whole = cidr->bits / 8, rest = cidr->bits % 8;
	const uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (memcmp(cidr->addr, addr, whole) != 0) {
		return false;
	}
	return rest == 0 || ((cidr->addr[whole] ^ addr[whole]) & mask) == 0;
}
