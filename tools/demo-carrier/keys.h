/* DTMF as telephone-events (RFC 4733): digits out at a fixed pace, digits in counted once each. */
#ifndef DEMO_CARRIER_KEYS_H
#define DEMO_CARRIER_KEYS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYS_QUEUE 33 /* 32 digits and a NUL */

struct keys_out {
	char queue[KEYS_QUEUE];
	unsigned tick; /* of the first digit in the queue */
	uint32_t ts;
};

struct keys_packet {
	bool is_sent; /* false: the pause between digits, nothing goes out */
	bool marker;
	uint32_t ts;
	uint8_t payload[4];
};

/* EINVAL: no digit, or more than fit. */
int keys_out_add(struct keys_out *out, const char *digits);
bool keys_out_busy(const struct keys_out *out);
/* False when no digit is being sent. now_ts: the audio's timestamp; frame: samples a tick. */
bool keys_out_next(struct keys_out *out, uint32_t now_ts, uint32_t frame, struct keys_packet *ret);

struct keys_in {
	bool any;
	uint32_t ts; /* of the newest event: all packets of one key carry the same */
};
/* True with a digit when this packet begins a key that was not seen yet. */
bool keys_in_take(
	struct keys_in *in, uint32_t ts, const uint8_t *payload, size_t len, char *ret_digit);
#endif
