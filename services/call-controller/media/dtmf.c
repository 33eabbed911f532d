/* See dtmf.h. */
#include "services/call-controller/media/dtmf.h"

#define MAX_EVENT 15
#define VOLUME 10 /* -10 dBm0 */

static void finish(struct md_dtmf_rx *rx, uint32_t rate, struct md_dtmf_key *ret)
{
	rx->active = false;
	ret->event = rx->event;
	ret->duration_ms = (uint32_t)rx->duration * 1000 / rate;
}

bool md_dtmf_input(struct md_dtmf_rx *rx, const uint8_t *p, size_t len, uint32_t ts, uint32_t rate,
	int64_t now_us, struct md_dtmf_key *ret)
{
	if (len < MD_EVENT_SIZE || p[0] > MAX_EVENT) {
		return false;
	}
	bool end = p[1] & 0x80, done = false;
	uint16_t duration = (uint16_t)(p[2] << 8 | p[3]);
	if (!rx->any || ts != rx->ts) {
		if (rx->any && (int32_t)(ts - rx->ts) < 0) {
			return false; /* of an earlier key, late */
		}
		if (rx->active) {
			finish(rx, rate, ret);
			done = true;
		}
		*rx = (struct md_dtmf_rx){.active = true, .any = true, .event = p[0], .ts = ts};
	}
	if (!rx->active) {
		return done; /* the end, repeated */
	}
	rx->seen_us = now_us;
	if (duration > rx->duration) {
		rx->duration = duration;
	}
	if (end && !done) { /* a lone end packet after a lost one: the timeout tells it */
		finish(rx, rate, ret);
		done = true;
	}
	return done;
}

bool md_dtmf_timeout(struct md_dtmf_rx *rx, uint32_t rate, int64_t now_us, struct md_dtmf_key *ret)
{
	if (!rx->active || now_us - rx->seen_us < MD_DTMF_GAP_US) {
		return false;
	}
	finish(rx, rate, ret);
	return true;
}

void md_dtmf_write(uint8_t p[MD_EVENT_SIZE], uint8_t event, bool end, uint16_t duration)
{
	p[0] = event;
	p[1] = (uint8_t)(end << 7 | VOLUME);
	p[2] = (uint8_t)(duration >> 8);
	p[3] = (uint8_t)duration;
}
