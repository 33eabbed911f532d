/* See rtcp.h. */
#include <string.h>
#include <arpa/inet.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/rtcp.h"

#define NTP_OFFSET 2208988800ULL /* seconds from 1900 to 1970 */
#define SENT_LATELY_US 10000000

enum { SR = 200, RR = 201, SDES = 202, SDES_CNAME = 1, BLOCK = 24 };

static uint64_t ntp_time(int64_t wall_us)
{
	uint64_t s = (uint64_t)wall_us / 1000000 + NTP_OFFSET;
	uint64_t fraction = ((uint64_t)wall_us % 1000000 << 32) / 1000000;
	return s << 32 | fraction;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	v = htonl(v);
	memcpy(p, &v, 4);
	return p + 4;
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return ntohl(v);
}

bool md_rtcp_is(uint8_t second_byte)
{
	return second_byte >= 192 && second_byte <= 223;
}

void md_rtcp_init(struct md_rtcp *rtcp)
{
	uint8_t random[(MD_RTCP_CNAME_SIZE - 1) / 2];
	*rtcp = (struct md_rtcp){0};
	vp_random(random, sizeof(random)); /* RFC 7022: a short-term CNAME says nothing of us */
	for (size_t i = 0; i < sizeof(random); i++) {
		rtcp->cname[2 * i] = "0123456789abcdef"[random[i] >> 4];
		rtcp->cname[2 * i + 1] = "0123456789abcdef"[random[i] & 15];
	}
}

static uint8_t *put_block(uint8_t *p, const struct md_rtcp *rtcp, struct md_rx *rx, int64_t now_us)
{
	uint32_t lost = md_rx_lost(rx);
	uint32_t delay =
		rtcp->last_sr ? (uint32_t)((now_us - rtcp->last_sr_us) * 65536 / 1000000) : 0;
	p = put32(p, rx->ssrc);
	p = put32(p, (uint32_t)md_rx_fraction_lost(rx) << 24 | (lost > 0x7fffff ? 0x7fffff : lost));
	p = put32(p, rx->cycles + rx->max_seq);
	p = put32(p, rx->jitter >> 4);
	p = put32(p, rtcp->last_sr);
	return put32(p, delay);
}

static uint8_t *put_sdes(uint8_t *p, const struct md_rtcp *rtcp, uint32_t ssrc)
{
	size_t text = strlen(rtcp->cname);
	size_t items = (2 + text + 1 + 3) & ~(size_t)3; /* at least one zero byte ends the list */
	p = put32(p, 0x81000000U | SDES << 16 | (uint32_t)(1 + items / 4));
	p = put32(p, ssrc);
	memset(p, 0, items);
	p[0] = SDES_CNAME;
	p[1] = (uint8_t)text;
	memcpy(p + 2, rtcp->cname, text);
	return p + items;
}

size_t md_rtcp_write(const struct md_rtcp *rtcp, const struct md_tx *tx, struct md_rx *rx,
	uint32_t rate, int64_t now_us, int64_t wall_us, uint8_t buf[MD_RTCP_MAX])
{
	bool sr = tx->started && now_us - tx->ts_us < SENT_LATELY_US;
	unsigned blocks = rx->started;
	uint8_t *p = put32(buf, 0x80000000U | blocks << 24 | (sr ? SR : RR) << 16 |
					(1 + (sr ? 5 : 0) + blocks * BLOCK / 4));
	p = put32(p, tx->ssrc);
	if (sr) {
		uint64_t ntp = ntp_time(wall_us);
		int64_t gone = (now_us - tx->ts_us) * (rate / 1000) / 1000;
		p = put32(p, (uint32_t)(ntp >> 32));
		p = put32(p, (uint32_t)ntp);
		p = put32(p, tx->ts + (uint32_t)gone);
		p = put32(p, (uint32_t)tx->packets);
		p = put32(p, (uint32_t)tx->bytes);
	}
	if (blocks) {
		p = put_block(p, rtcp, rx, now_us);
	}
	return (size_t)(put_sdes(p, rtcp, tx->ssrc) - buf);
}

/* RFC 3550 section 6.4.1: round trip = now - LSR - DLSR, in 1/65536 s. */
static void take_block(struct md_rtcp *rtcp, const uint8_t *p, int64_t wall_us)
{
	uint32_t lsr = get32(p + 16), dlsr = get32(p + 20);
	rtcp->heard = true;
	rtcp->fraction_lost = p[4];
	if (lsr) {
		uint32_t now = (uint32_t)(ntp_time(wall_us) >> 16);
		int32_t rtt = (int32_t)(now - lsr - dlsr);
		if (rtt >= 0 && rtt < 10 * 65536) {
			rtcp->rtt_us = (uint32_t)((uint64_t)rtt * 1000000 / 65536);
		}
	}
}

static void take_report(struct md_rtcp *rtcp, const uint8_t *p, size_t len, uint32_t own_ssrc,
	int64_t now_us, int64_t wall_us)
{
	size_t at = p[1] == SR ? 28 : 8;
	if (p[1] == SR && len >= at) {
		rtcp->last_sr = get32(p + 8) << 16 | get32(p + 12) >> 16;
		rtcp->last_sr_us = now_us;
	}
	for (unsigned i = p[0] & 0x1f; i > 0 && at + BLOCK <= len; i--, at += BLOCK) {
		if (get32(p + at) == own_ssrc) {
			take_block(rtcp, p + at, wall_us);
		}
	}
}

static bool lengths_fit(const uint8_t *p, size_t len)
{
	if (len < 8) {
		return false;
	}
	while (len) {
		size_t part = len < 4 ? 0 : 4 * (1 + ((size_t)p[2] << 8 | p[3]));
		if (part == 0 || part > len || p[0] >> 6 != 2) {
			return false;
		}
		p += part;
		len -= part;
	}
	return true;
}

bool md_rtcp_read(struct md_rtcp *rtcp, const uint8_t *p, size_t len, uint32_t own_ssrc,
	int64_t now_us, int64_t wall_us)
{
	if (!lengths_fit(p, len)) {
		return false;
	}
	while (len) {
		size_t part = 4 * (1 + ((size_t)p[2] << 8 | p[3]));
		if ((p[1] == SR || p[1] == RR) && part >= 8) {
			take_report(rtcp, p, part, own_ssrc, now_us, wall_us);
		}
		p += part;
		len -= part;
	}
	return true;
}
