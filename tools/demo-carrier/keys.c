#include <errno.h>
#include <string.h>
#include "tools/demo-carrier/keys.h"
#include "tools/demo-carrier/libre.h"

enum {
	TONE_TICKS = 5, /* 100 ms of tone */
	END_TICKS = 3,  /* the end is sent three times, section 2.5.1.4 */
	PAUSE_TICKS = 4,
	VOLUME = 10, /* -10 dBm0 */
	END_BIT = 0x80,
	EVENT_PACKET = 4,
};

int keys_out_add(struct keys_out *out, const char *digits)
{
	size_t have = strlen(out->queue), more = strlen(digits);

	if (more == 0 || have + more >= sizeof(out->queue)) {
		return EINVAL;
	}
	for (const char *d = digits; *d; d++) {
		if (!strchr("0123456789*#ABCD", *d)) {
			return EINVAL;
		}
	}
	memcpy(out->queue + have, digits, more + 1);
	return 0;
}

bool keys_out_busy(const struct keys_out *out)
{
	return out->queue[0] != '\0';
}

bool keys_out_next(struct keys_out *out, uint32_t now_ts, uint32_t frame, struct keys_packet *ret)
{
	if (!keys_out_busy(out)) {
		return false;
	}
	if (out->tick == 0) {
		out->ts = now_ts;
	}

	unsigned tick = out->tick++;
	bool ended = tick >= TONE_TICKS;
	uint32_t duration = frame * (ended ? TONE_TICKS : tick + 1);
	*ret = (struct keys_packet){
		.is_sent = tick < TONE_TICKS + END_TICKS,
		.marker = tick == 0,
		.ts = out->ts,
		.payload = {(uint8_t)telev_digit2code(out->queue[0]),
			VOLUME | (ended ? END_BIT : 0), (uint8_t)(duration >> 8),
			(uint8_t)duration},
	};
	if (out->tick == TONE_TICKS + END_TICKS + PAUSE_TICKS) {
		out->tick = 0;
		memmove(out->queue, out->queue + 1, strlen(out->queue));
	}
	return true;
}

bool keys_in_take(
	struct keys_in *in, uint32_t ts, const uint8_t *payload, size_t len, char *ret_digit)
{
	if (len < EVENT_PACKET) {
		return false;
	}
	/* an older timestamp is a packet of a key that was counted, come late */
	if (in->any && (int32_t)(ts - in->ts) <= 0) {
		return false;
	}
	int digit = telev_code2digit(payload[0]);
	if (digit <= 0) {
		return false;
	}
	in->any = true;
	in->ts = ts;
	*ret_digit = (char)digit;
	return true;
}
