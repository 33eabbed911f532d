/* One UDP address, IPv4 or IPv6. */
#ifndef MD_ADDR_H
#define MD_ADDR_H
#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct md_addr {
	socklen_t len; /* 0: none */
	union {
		struct sockaddr sa;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} u;
};

#define MD_ADDR_TEXT_SIZE 46 /* an IPv6 literal and NUL */

/* Reads an address literal; false (and nothing written) for names and anything else. */
bool md_addr_parse(struct md_addr *ret, const char *text, uint16_t port);
void md_addr_text(const struct md_addr *addr, char text[MD_ADDR_TEXT_SIZE]);
bool md_addr_equal(const struct md_addr *a, const struct md_addr *b);
bool md_addr_same_host(const struct md_addr *a, const struct md_addr *b);
/* 0.0.0.0 or ::, which RFC 3264 section 8.4 reads as "send me nothing". */
bool md_addr_is_any(const struct md_addr *addr);
uint16_t md_addr_port(const struct md_addr *addr);
void md_addr_set_port(struct md_addr *addr, uint16_t port);
#endif
