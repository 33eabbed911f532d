/* Puts packets back in order before a decoder that has state. It waits for a missing packet until
 * MD_REORDER_HELD later ones are there (60 ms of speech), then gives it up. */
#ifndef MD_REORDER_H
#define MD_REORDER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MD_REORDER_HELD 3
#define MD_REORDER_PAYLOAD 1500

struct md_reorder_packet {
	bool used;
	uint16_t seq, len;
	uint32_t ts;
	uint8_t payload[MD_REORDER_PAYLOAD];
};

struct md_reorder {
	bool started;
	uint16_t next;
	unsigned held;
	struct md_reorder_packet slot[MD_REORDER_HELD + 1];
};

enum md_reorder_result {
	MD_REORDER_NONE,   /* wait */
	MD_REORDER_PACKET, /* *ret is the next */
	MD_REORDER_LOST,   /* *ret_lost packets never came (at most MD_REORDER_MAX_LOST are told) */
};
#define MD_REORDER_MAX_LOST 10

/* Keeps a copy; late, repeated and oversized ones are ignored. */
void md_reorder_push(struct md_reorder *r, uint16_t seq, uint32_t ts, const uint8_t *p, size_t len);
/* Call until NONE. The packet stays valid until the next push. */
enum md_reorder_result md_reorder_pop(
	struct md_reorder *r, const struct md_reorder_packet **ret, unsigned *ret_lost);
#endif
