/* The process's UDP ports: pairs of an even and the next odd one, handed out at random. A pair
 * rests a while after a call, so that its late packets do not reach the next. Any thread. */
#ifndef MD_PORTS_H
#define MD_PORTS_H
#include <stdbool.h>
#include <stdint.h>

#define MD_PORT_REST_US 10000000

struct md_ports;

/* lo..hi inclusive; EINVAL when there is no whole pair in it. */
int md_ports_create(struct md_ports **ret, uint16_t lo, uint16_t hi);
struct md_ports *md_ports_destroy(struct md_ports *ports);
/* EADDRNOTAVAIL when all are taken. */
int md_ports_take(struct md_ports *ports, uint16_t *ret_even);
void md_ports_give(struct md_ports *ports, uint16_t even);
/* More than three quarters are taken. */
bool md_ports_scarce(struct md_ports *ports);
unsigned md_ports_in_use(struct md_ports *ports);
#endif
