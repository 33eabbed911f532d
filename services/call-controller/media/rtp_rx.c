/* What a receiver counts of an RTP stream: RFC 3550 appendix A. */
#include "services/call-controller/media/rtp.h"

#define MAX_DROPOUT 3000 /* a larger step forward means the source began anew */
#define MAX_MISORDER 100
#define SEQ_MOD 65536U
#define BAD_SEQ_NONE (SEQ_MOD + 1)

static void restart(struct md_rx *rx, const struct md_rtp *h)
{
	rx->lost_before = md_rx_lost(rx);
	rx->started = true;
	rx->ssrc = h->ssrc;
	rx->max_seq = h->seq;
	rx->cycles = 0;
	rx->base_seq = h->seq;
	rx->bad_seq = BAD_SEQ_NONE;
	rx->received = 0;
	rx->expected_prior = rx->received_prior = 0;
	rx->transit = 0;
}

/* False: a number far off; two in a row restart the count (RFC 3550 A.1). */
static bool take_seq(struct md_rx *rx, const struct md_rtp *h)
{
	uint16_t delta = (uint16_t)(h->seq - rx->max_seq);
	if (delta < MAX_DROPOUT) {
		if (h->seq < rx->max_seq) {
			rx->cycles += SEQ_MOD;
		}
		rx->max_seq = h->seq;
	} else if (delta <= SEQ_MOD - MAX_MISORDER) {
		if (h->seq != rx->bad_seq) {
			rx->bad_seq = (h->seq + 1U) & (SEQ_MOD - 1);
			return false;
		}
		restart(rx, h);
	}
	return true;
}

static void take_jitter(struct md_rx *rx, const struct md_rtp *h, int64_t now_us, uint32_t rate)
{
	uint32_t arrival = (uint32_t)(now_us * (rate / 1000) / 1000);
	uint32_t transit = arrival - h->ts;
	if (rx->transit) {
		int32_t d = (int32_t)(transit - rx->transit);
		uint32_t abs = d < 0 ? (uint32_t) - (int64_t)d : (uint32_t)d;
		if (abs < rate) { /* a jump of a second is a new clock, not jitter */
			rx->jitter += abs - ((rx->jitter + 8) >> 4);
		}
	}
	rx->transit = transit;
}

void md_rx_update(struct md_rx *rx, const struct md_rtp *h, int64_t now_us, uint32_t rate)
{
	rx->packets++;
	rx->bytes += h->payload_len;
	if (!rx->started || h->ssrc != rx->ssrc) {
		restart(rx, h);
	} else if (!take_seq(rx, h)) {
		return;
	}
	rx->received++;
	take_jitter(rx, h, now_us, rate);
}

static uint32_t expected(const struct md_rx *rx)
{
	return rx->started ? rx->cycles + rx->max_seq - rx->base_seq + 1 : 0;
}

uint32_t md_rx_lost(const struct md_rx *rx)
{
	uint32_t want = expected(rx);
	return rx->lost_before + (want > rx->received ? want - rx->received : 0);
}

uint32_t md_rx_jitter_us(const struct md_rx *rx, uint32_t rate)
{
	return (uint32_t)((uint64_t)(rx->jitter >> 4) * 1000000 / rate);
}

uint8_t md_rx_fraction_lost(struct md_rx *rx)
{
	uint32_t want = expected(rx) - rx->expected_prior;
	uint32_t got = rx->received - rx->received_prior;
	rx->expected_prior += want;
	rx->received_prior += got;
	if (want == 0 || got >= want) {
		return 0;
	}
	uint32_t part = (want - got) * 256 / want;
	return (uint8_t)(part > 255 ? 255 : part);
}
