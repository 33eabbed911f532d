/* See addr.h. */
#include <string.h>
#include <arpa/inet.h>
#include "services/call-controller/media/addr.h"

bool md_addr_parse(struct md_addr *ret, const char *text, uint16_t port)
{
	struct md_addr a = {0};
	if (inet_pton(AF_INET, text, &a.u.in4.sin_addr) == 1) {
		a.u.in4.sin_family = AF_INET;
		a.u.in4.sin_port = htons(port);
		a.len = sizeof(a.u.in4);
	} else if (inet_pton(AF_INET6, text, &a.u.in6.sin6_addr) == 1) {
		a.u.in6.sin6_family = AF_INET6;
		a.u.in6.sin6_port = htons(port);
		a.len = sizeof(a.u.in6);
	} else {
		return false;
	}
	*ret = a;
	return true;
}

void md_addr_text(const struct md_addr *addr, char text[MD_ADDR_TEXT_SIZE])
{
	text[0] = '\0';
	if (addr->u.sa.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &addr->u.in6.sin6_addr, text, MD_ADDR_TEXT_SIZE);
	} else {
		inet_ntop(AF_INET, &addr->u.in4.sin_addr, text, MD_ADDR_TEXT_SIZE);
	}
}

bool md_addr_same_host(const struct md_addr *a, const struct md_addr *b)
{
	if (!a->len || !b->len || a->u.sa.sa_family != b->u.sa.sa_family) {
		return false;
	}
	if (a->u.sa.sa_family == AF_INET6) {
		return memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr,
			       sizeof(a->u.in6.sin6_addr)) == 0;
	}
	return a->u.in4.sin_addr.s_addr == b->u.in4.sin_addr.s_addr;
}

bool md_addr_equal(const struct md_addr *a, const struct md_addr *b)
{
	return md_addr_same_host(a, b) && md_addr_port(a) == md_addr_port(b);
}

bool md_addr_is_any(const struct md_addr *addr)
{
	if (addr->u.sa.sa_family == AF_INET6) {
		return IN6_IS_ADDR_UNSPECIFIED(&addr->u.in6.sin6_addr);
	}
	return addr->u.in4.sin_addr.s_addr == htonl(INADDR_ANY);
}

uint16_t md_addr_port(const struct md_addr *addr)
{
	return ntohs(
		addr->u.sa.sa_family == AF_INET6 ? addr->u.in6.sin6_port : addr->u.in4.sin_port);
}

void md_addr_set_port(struct md_addr *addr, uint16_t port)
{
	if (addr->u.sa.sa_family == AF_INET6) {
		addr->u.in6.sin6_port = htons(port);
	} else {
		addr->u.in4.sin_port = htons(port);
	}
}
