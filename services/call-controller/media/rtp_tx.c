/* The one stream that a leg sends, fed by changing sources. */
#include "libcommon/base/base.h"
#include "services/call-controller/media/rtp.h"

#define MAX_DROPOUT 3000
#define WINDOW 64

void md_tx_init(struct md_tx *tx)
{
	*tx = (struct md_tx){0};
	vp_random(&tx->ssrc, sizeof(tx->ssrc));
	vp_random(&tx->ts, sizeof(tx->ts));
	vp_random(&tx->seq, sizeof(tx->seq));
	tx->seq &= 0x3fff;
	tx->window = ~0ULL;
}

uint32_t md_tx_ts_now(const struct md_tx *tx, int64_t now_us, uint32_t rate)
{
	if (!tx->started) {
		return tx->ts;
	}
	int64_t gone = (now_us - tx->ts_us) * (rate / 1000) / 1000;
	int64_t frame = rate / 50;
	return tx->ts + (uint32_t)(gone > frame ? gone : frame);
}

void md_tx_set_ts(struct md_tx *tx, uint32_t ts, int64_t now_us)
{
	tx->ts = ts;
	tx->ts_us = now_us;
}

void md_tx_new_source(struct md_tx *tx)
{
	tx->src_valid = false;
}

static void begin_source(struct md_tx *tx, struct md_rtp *h, int64_t now_us, uint32_t rate)
{
	bool same = tx->src_valid && tx->src_ssrc == h->ssrc && tx->src_resume;
	/* digits in between leave the source's clock as it was, unless it stood still meanwhile */
	if (!same || (int32_t)(h->ts + tx->ts_off - tx->ts) < 0) {
		tx->ts_off = md_tx_ts_now(tx, now_us, rate) - h->ts;
	}
	tx->seq_off = (uint16_t)(tx->seq + 1 - h->seq);
	tx->src_ssrc = h->ssrc;
	tx->src_valid = true;
	tx->src_resume = false;
	tx->window = ~0ULL; /* numbers below belong to others */
	h->marker = true;
}

/* A number far from the last one: the source began anew when the next follows it. */
static bool far_off(struct md_tx *tx, struct md_rtp *h)
{
	if (h->seq != tx->src_bad_seq) {
		tx->src_bad_seq = (uint16_t)(h->seq + 1);
		return true;
	}
	return false;
}

static bool take_late(struct md_tx *tx, uint16_t seq)
{
	unsigned back = (uint16_t)(tx->seq - seq);
	/* across the wrap a late packet would confuse the receiver's rollover counter and ours */
	if (seq > tx->seq || tx->window & 1ULL << back) {
		return false;
	}
	tx->window |= 1ULL << back;
	return true;
}

static void take_next(struct md_tx *tx, uint16_t seq)
{
	unsigned step = (uint16_t)(seq - tx->seq);
	tx->window = step < WINDOW ? tx->window << step | 1 : 1;
	tx->seq = seq;
	tx->started = true;
}

/* Events repeat the timestamp of their start: the clock does not go back for them. */
static void note_ts(struct md_tx *tx, uint32_t ts, int64_t now_us)
{
	if ((int32_t)(ts - tx->ts) > 0 || tx->packets == 0) {
		md_tx_set_ts(tx, ts, now_us);
	}
}

bool md_tx_map(struct md_tx *tx, struct md_rtp *h, int64_t now_us, uint32_t rate)
{
	if (!tx->src_valid || h->ssrc != tx->src_ssrc || tx->src_resume) {
		begin_source(tx, h, now_us, rate);
	}
	uint16_t seq = (uint16_t)(h->seq + tx->seq_off);
	int step = (int16_t)(seq - tx->seq);
	if (step > MAX_DROPOUT || step <= -WINDOW) {
		if (far_off(tx, h)) {
			return false;
		}
		tx->src_valid = false;
		begin_source(tx, h, now_us, rate);
		seq = (uint16_t)(tx->seq + 1);
		step = 1;
	}
	if (step > 0) {
		take_next(tx, seq);
		note_ts(tx, h->ts + tx->ts_off, now_us);
	} else if (!take_late(tx, seq)) {
		return false;
	}
	h->ts += tx->ts_off;
	h->seq = seq;
	h->ssrc = tx->ssrc;
	tx->packets++;
	tx->bytes += h->payload_len;
	return true;
}

void md_tx_own(struct md_tx *tx, struct md_rtp *h, uint32_t samples)
{
	tx->ts += samples;
	take_next(tx, (uint16_t)(tx->seq + 1));
	tx->src_resume = true;
	h->ts = tx->ts;
	h->seq = tx->seq;
	h->ssrc = tx->ssrc;
	tx->packets++;
	tx->bytes += h->payload_len;
}
