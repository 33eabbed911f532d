/* See rtp.h. */
#include <string.h>
#include <arpa/inet.h>
#include "services/call-controller/media/rtp.h"

bool md_rtp_parse(const uint8_t *p, size_t len, struct md_rtp *ret)
{
	if (len < MD_RTP_HEADER || p[0] >> 6 != 2) {
		return false;
	}
	size_t at = MD_RTP_HEADER + 4U * (p[0] & 0x0f);
	if (p[0] & 0x10) { /* header extension: two bytes of profile, then its length in words */
		if (len < at + 4) {
			return false;
		}
		at += 4 + 4 * ((size_t)p[at + 2] << 8 | p[at + 3]);
	}
	if (at > len) {
		return false;
	}
	size_t payload = len - at;
	if (p[0] & 0x20) {
		uint8_t padding = p[len - 1];
		if (padding == 0 || padding > payload) {
			return false;
		}
		payload -= padding;
	}
	uint32_t ts, ssrc;
	memcpy(&ts, p + 4, 4);
	memcpy(&ssrc, p + 8, 4);
	*ret = (struct md_rtp){
		.marker = p[1] >> 7,
		.pt = p[1] & 0x7f,
		.seq = (uint16_t)(p[2] << 8 | p[3]),
		.ts = ntohl(ts),
		.ssrc = ntohl(ssrc),
		.payload_at = at,
		.payload_len = payload,
	};
	return true;
}

void md_rtp_write(uint8_t p[MD_RTP_HEADER], const struct md_rtp *h)
{
	uint32_t ts = htonl(h->ts), ssrc = htonl(h->ssrc);
	p[0] = 0x80;
	p[1] = (uint8_t)(h->marker << 7 | h->pt);
	p[2] = (uint8_t)(h->seq >> 8);
	p[3] = (uint8_t)h->seq;
	memcpy(p + 4, &ts, 4);
	memcpy(p + 8, &ssrc, 4);
}
