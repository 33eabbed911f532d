/* Writes our SDP: the lines that a browser or a trunk needs, no more. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <openssl/evp.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/sdp.h"

struct text {
	char *buf;
	size_t size, len;
	bool full;
};

static void VP_PRINTF(2, 3) put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->size - t->len) {
		t->full = true;
		return;
	}
	t->len += (size_t)n;
}

static const char *proto_name(const struct md_sdp_out *out)
{
	switch (out->proto) {
	case MD_PROTO_DTLS: return out->avpf ? "UDP/TLS/RTP/SAVPF" : "UDP/TLS/RTP/SAVP";
	case MD_PROTO_SAVP: return out->avpf ? "RTP/SAVPF" : "RTP/SAVP";
	default: return out->avpf ? "RTP/AVPF" : "RTP/AVP";
	}
}

static void put_formats(struct text *t, const struct md_sdp_out *out)
{
	for (unsigned i = 0; i < out->n_formats; i++) {
		put(t, " %u", out->formats[i].pt);
	}
	if (out->te_pt_8000 != MD_PT_NONE) {
		put(t, " %u", out->te_pt_8000);
	}
	if (out->te_pt_48000 != MD_PT_NONE) {
		put(t, " %u", out->te_pt_48000);
	}
	put(t, "\r\n");
}

static void put_te(struct text *t, uint8_t pt, unsigned rate)
{
	if (pt != MD_PT_NONE) {
		put(t, "a=rtpmap:%u telephone-event/%u\r\na=fmtp:%u 0-15\r\n", pt, rate, pt);
	}
}

static void put_maps(struct text *t, const struct md_sdp_out *out)
{
	bool opus = false;
	for (unsigned i = 0; i < out->n_formats; i++) {
		const struct md_sdp_format *f = &out->formats[i];
		put(t, "a=rtpmap:%u %s\r\n", f->pt, md_codec_rtpmap(f->codec));
		if (f->codec == MD_OPUS) {
			put(t, "a=fmtp:%u minptime=10;useinbandfec=1\r\n", f->pt);
			opus = true;
		}
	}
	put_te(t, out->te_pt_8000, 8000);
	put_te(t, out->te_pt_48000, 48000);
	if (!opus || out->n_formats > 1) {
		put(t, "a=ptime:20\r\n");
	}
}

static void put_webrtc(struct text *t, const struct md_sdp_out *out, const char *ip)
{
	put(t, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", out->ufrag, out->pwd);
	put(t, "a=fingerprint:sha-256 %s\r\na=setup:passive\r\n", out->fingerprint);
	put(t, "a=rtcp-mux\r\n");
	put(t, "a=candidate:1 1 udp 2130706431 %s %u typ host\r\na=end-of-candidates\r\n", ip,
		md_addr_port(out->addr));
}

static void put_crypto(struct text *t, const struct md_sdp_out *out)
{
	uint8_t key[41];
	EVP_EncodeBlock(key, out->crypto_key, MD_SDES_KEY);
	put(t, "a=crypto:%u AES_CM_128_HMAC_SHA1_80 inline:%s\r\n", out->crypto_tag, (char *)key);
}

static void put_audio(struct text *t, const struct md_sdp_out *out, const char *ip)
{
	static const char *const dirs[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
	put(t, "m=audio %u %s", md_addr_port(out->addr), proto_name(out));
	put_formats(t, out);
	if (out->mid && *out->mid) {
		put(t, "a=mid:%s\r\n", out->mid);
	}
	put_maps(t, out);
	put(t, "a=%s\r\n", dirs[out->dir]);
	if (out->proto == MD_PROTO_DTLS) {
		put_webrtc(t, out, ip);
	} else if (out->crypto_key) {
		put_crypto(t, out);
	}
}

/* RFC 3264 section 6: an answer has the offer's streams in its order, those refused with port 0. */
static void put_refused(struct text *t, const struct md_sdp_media *m)
{
	put(t, "m=%s 0 %s %s\r\n", m->kind, m->proto_text, m->format);
	if (m->mid[0]) {
		put(t, "a=mid:%s\r\n", m->mid);
	}
}

bool md_sdp_write(const struct md_sdp_out *out, char *buf, size_t size)
{
	struct text t = {.buf = buf, .size = size};
	char ip[MD_ADDR_TEXT_SIZE];
	md_addr_text(out->addr, ip);
	const char *type = out->addr->u.sa.sa_family == AF_INET6 ? "IP6" : "IP4";
	put(&t, "v=0\r\no=- %" PRIu64 " %u IN %s %s\r\ns=-\r\n", out->id, out->version, type, ip);
	put(&t, "c=IN %s %s\r\nt=0 0\r\n", type, ip);
	if (out->proto == MD_PROTO_DTLS) {
		put(&t, "a=ice-lite\r\n");
	}
	if (out->bundle && out->mid && *out->mid) {
		put(&t, "a=group:BUNDLE %s\r\n", out->mid);
	}
	const struct md_sdp *offer = out->answer_to;
	for (unsigned i = 0; i < (offer ? offer->n_media : 1); i++) {
		if (!offer || i == offer->audio) {
			put_audio(&t, out, ip);
		} else {
			put_refused(&t, &offer->media[i]);
		}
	}
	return !t.full;
}
