/* RTP out and in, open or closed. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "libcommon/base/base.h"
#include "tools/bench/media/peer.h"

int peer_send(struct peer_stream *s, uint8_t pt, bool marker, const void *payload, size_t len,
	uint32_t ts_step)
{
	uint8_t *p = s->buf;
	s->ts += ts_step;
	s->seq++;
	uint32_t ts = htonl(s->ts), ssrc = htonl(s->ssrc);
	p[0] = 0x80;
	p[1] = (uint8_t)(marker << 7 | pt);
	p[2] = (uint8_t)(s->seq >> 8);
	p[3] = (uint8_t)s->seq;
	memcpy(p + 4, &ts, 4);
	memcpy(p + 8, &ssrc, 4);
	memcpy(p + 12, payload, len);
	s->len = s->secure ? ref_protect(&s->tx, p, 12 + len) : 12 + len;
	return send(s->fd, p, s->len, MSG_NOSIGNAL) < 0 ? errno : 0;
}

static bool open_packet(struct peer_stream *s, size_t n, struct peer_rtp *ret)
{
	uint8_t *p = s->buf;
	if (n < 12 || p[0] >> 6 != 2 || (p[1] >= 192 && p[1] <= 223)) {
		return false;
	}
	if (s->secure) {
		n = ref_unprotect(&s->rx, p, n);
		if (n == 0) {
			s->bad++;
			return false;
		}
	}
	uint32_t ts, ssrc;
	memcpy(&ts, p + 4, 4);
	memcpy(&ssrc, p + 8, 4);
	*ret = (struct peer_rtp){
		.pt = p[1] & 0x7f,
		.marker = p[1] >> 7,
		.seq = (uint16_t)(p[2] << 8 | p[3]),
		.ts = ntohl(ts),
		.ssrc = ntohl(ssrc),
		.payload = p + 12,
		.len = n - 12,
	};
	return true;
}

bool peer_take(struct peer_stream *s, struct peer_rtp *ret)
{
	ssize_t n = recv(s->fd, s->buf, sizeof(s->buf), MSG_DONTWAIT);
	s->len = n > 0 ? (size_t)n : 0;
	return n > 0 && open_packet(s, (size_t)n, ret);
}

bool peer_recv(struct peer_stream *s, struct peer_rtp *ret, int timeout_ms)
{
	int64_t deadline = vp_mono_us() + timeout_ms * 1000LL;
	for (;;) {
		struct pollfd p = {.fd = s->fd, .events = POLLIN};
		int64_t left = (deadline - vp_mono_us()) / 1000;
		if (left < 0 || poll(&p, 1, (int)left) <= 0) {
			return false;
		}
		if (peer_take(s, ret)) {
			return true;
		}
	}
}

void peer_flush(struct peer_stream *s)
{
	struct peer_rtp ignored;
	while (peer_recv(s, &ignored, 0)) {
	}
}

bool peer_sdp_value(const char *sdp, const char *prefix, char *buf, size_t size)
{
	for (const char *line = sdp; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, prefix, strlen(prefix)) == 0) {
			line += strlen(prefix);
			int n = snprintf(buf, size, "%.*s", (int)strcspn(line, "\r\n"), line);
			return n >= 0 && (size_t)n < size;
		}
	}
	return false;
}
