/* Who the client is when a proxy stands before us. Only proxies that the operator named are
 * believed. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/http/http_int.h"

/* As IPv6; IPv4 in its mapped form. */
static bool read_address(const char *text, uint8_t addr[16])
{
	static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
	if (inet_pton(AF_INET6, text, addr) == 1) {
		return true;
	}
	memcpy(addr, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, addr + 12) == 1;
}

/* "10.0.0.0/8", "::1" */
static bool read_net(const char *text, struct vp_net *ret_net)
{
	char addr[64], *end;
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	snprintf(addr, sizeof(addr), "%.*s", (int)(len < 63 ? len : 63), text);
	if (!read_address(addr, ret_net->addr)) {
		return false;
	}
	unsigned wide = strchr(addr, ':') != NULL ? 128 : 32;
	unsigned long bits = slash != NULL ? strtoul(slash + 1, &end, 10) : wide;
	if (bits > wide || (slash != NULL && (end == slash + 1 || *end != '\0'))) {
		return false;
	}
	ret_net->bits = (unsigned)bits + 128 - wide;
	return true;
}

int vp_proxies_parse(const char *list, struct vp_net *ret_nets, size_t max, size_t *ret_n)
{
	char copy[1024], *save = NULL;
	size_t n = 0;
	if ((size_t)snprintf(copy, sizeof(copy), "%s", list) >= sizeof(copy)) {
		return EINVAL;
	}
	for (char *word = strtok_r(copy, ", ", &save); word != NULL;
		word = strtok_r(NULL, ", ", &save)) {
		if (n == max || !read_net(word, &ret_nets[n])) {
			return EINVAL;
		}
		n++;
	}
	*ret_n = n;
	return 0;
}

static bool in_net(const struct vp_net *net, const uint8_t addr[16])
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;
	if (memcmp(net->addr, addr, whole) != 0) {
		return false;
	}
	return rest == 0 || ((net->addr[whole] ^ addr[whole]) >> (8 - rest)) == 0;
}

bool vp_proxy_is_trusted(const struct vp_http *http, const char *address)
{
	uint8_t addr[16];
	if (http->n_proxies == 0 || !read_address(address, addr)) {
		return false;
	}
	for (size_t i = 0; i < http->n_proxies; i++) {
		if (in_net(&http->proxies[i], addr)) {
			return true;
		}
	}
	return false;
}

const char *vp_proxy_client(const struct vp_http *http, const char *peer, char *forwarded)
{
	uint8_t addr[16];
	const char *client = peer;
	/* from the right: each proxy appends whom it saw, so what stands left of a stranger is his
	 * word */
	while (forwarded != NULL && vp_proxy_is_trusted(http, client)) {
		char *comma = strrchr(forwarded, ',');
		char *word = comma != NULL ? comma + 1 : forwarded;
		word += strspn(word, " ");
		word[strcspn(word, " ")] = '\0';
		if (!read_address(word, addr)) {
			break;
		}
		client = word;
		if (comma == NULL) {
			break;
		}
		*comma = '\0';
	}
	return client;
}
