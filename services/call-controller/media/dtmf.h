/* RFC 4733 telephone events as they come in: each key is told once, however often it is repeated */
#ifndef MD_DTMF_H
#define MD_DTMF_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MD_EVENT_SIZE 4
#define MD_DTMF_GAP_US 200000 /* no packet for this long: the key was let go */

struct md_dtmf_rx {
	bool active; /* a key is down and not told yet */
	bool any;    /* ts is that of the last key */
	uint8_t event;
	uint16_t duration;
	uint32_t ts;
	int64_t seen_us;
};

struct md_dtmf_key {
	uint8_t event;
	uint32_t duration_ms;
};

/* A packet's payload; ts names the key. True when a key is complete: the one that ended now, or the
 * one before when its end was lost and another begins. */
bool md_dtmf_input(struct md_dtmf_rx *rx, const uint8_t *p, size_t len, uint32_t ts, uint32_t rate,
	int64_t now_us, struct md_dtmf_key *ret);
/* True when a key's end never came and the gap has passed. */
bool md_dtmf_timeout(struct md_dtmf_rx *rx, uint32_t rate, int64_t now_us, struct md_dtmf_key *ret);
void md_dtmf_write(uint8_t p[MD_EVENT_SIZE], uint8_t event, bool end, uint16_t duration);
#endif
