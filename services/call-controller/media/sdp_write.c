/* Writes our SDP: the lines that a browser or a trunk needs, no more. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <openssl/evp.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/sdp.h"

static const char *proto_name(const struct md_sdp_out *out)
{
	switch (out->proto) {
	case MD_PROTO_DTLS: return out->avpf ? "UDP/TLS/RTP/SAVPF" : "UDP/TLS/RTP/SAVP";
	case MD_PROTO_SAVP: return out->avpf ? "RTP/SAVPF" : "RTP/SAVP";
	default: return out->avpf ? "RTP/AVPF" : "RTP/AVP";
	}
}

static void put_formats(FILE *f, const struct md_sdp_out *out)
{
	for (unsigned i = 0; i < out->n_formats; i++) {
		fprintf(f, " %u", out->formats[i].pt);
	}
	if (out->te_pt_8000 != MD_PT_NONE) {
		fprintf(f, " %u", out->te_pt_8000);
	}
	if (out->te_pt_48000 != MD_PT_NONE) {
		fprintf(f, " %u", out->te_pt_48000);
	}
	fprintf(f, "\r\n");
}

static void put_te(FILE *f, uint8_t pt, unsigned rate)
{
	if (pt != MD_PT_NONE) {
		fprintf(f, "a=rtpmap:%u telephone-event/%u\r\na=fmtp:%u 0-15\r\n", pt, rate, pt);
	}
}

static void put_maps(FILE *f, const struct md_sdp_out *out)
{
	bool opus = false;
	for (unsigned i = 0; i < out->n_formats; i++) {
		const struct md_sdp_format *format = &out->formats[i];
		fprintf(f, "a=rtpmap:%u %s\r\n", format->pt, md_codec_rtpmap(format->codec));
		if (format->codec == MD_OPUS) {
			fprintf(f, "a=fmtp:%u minptime=10;useinbandfec=1\r\n", format->pt);
			opus = true;
		}
	}
	put_te(f, out->te_pt_8000, 8000);
	put_te(f, out->te_pt_48000, 48000);
	if (!opus || out->n_formats > 1) {
		fprintf(f, "a=ptime:20\r\n");
	}
}

static void put_webrtc(FILE *f, const struct md_sdp_out *out, const char *ip)
{
	fprintf(f, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", out->ufrag, out->pwd);
	fprintf(f, "a=fingerprint:sha-256 %s\r\na=setup:passive\r\n", out->fingerprint);
	fprintf(f, "a=rtcp-mux\r\n");
	fprintf(f, "a=candidate:1 1 udp 2130706431 %s %u typ host\r\na=end-of-candidates\r\n", ip,
		md_addr_port(out->addr));
}

static void put_crypto(FILE *f, const struct md_sdp_out *out)
{
	uint8_t key[41];
	EVP_EncodeBlock(key, out->crypto_key, MD_SDES_KEY);
	fprintf(f, "a=crypto:%u AES_CM_128_HMAC_SHA1_80 inline:%s\r\n", out->crypto_tag,
		(char *)key);
}

static void put_audio(FILE *f, const struct md_sdp_out *out, const char *ip)
{
	static const char *const dirs[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
	fprintf(f, "m=audio %u %s", md_addr_port(out->addr), proto_name(out));
	put_formats(f, out);
	if (out->mid && *out->mid) {
		fprintf(f, "a=mid:%s\r\n", out->mid);
	}
	put_maps(f, out);
	fprintf(f, "a=%s\r\n", dirs[out->dir]);
	if (out->proto == MD_PROTO_DTLS) {
		put_webrtc(f, out, ip);
	} else if (out->crypto_key) {
		put_crypto(f, out);
	}
}

/* RFC 3264 section 6: an answer has the offer's streams in its order, those refused with port 0. */
static void put_refused(FILE *f, const struct md_sdp_media *m)
{
	fprintf(f, "m=%s 0 %s %s\r\n", m->kind, m->proto_text, m->format);
	if (m->mid[0]) {
		fprintf(f, "a=mid:%s\r\n", m->mid);
	}
}

bool md_sdp_write(const struct md_sdp_out *out, char *buf, size_t size)
{
	FILE *f = fmemopen(buf, size, "w");
	if (!f) {
		return false;
	}
	char ip[MD_ADDR_TEXT_SIZE];
	md_addr_text(out->addr, ip);
	const char *type = out->addr->u.sa.sa_family == AF_INET6 ? "IP6" : "IP4";
	fprintf(f, "v=0\r\no=- %" PRIu64 " %u IN %s %s\r\ns=-\r\n", out->id, out->version, type,
		ip);
	fprintf(f, "c=IN %s %s\r\nt=0 0\r\n", type, ip);
	if (out->proto == MD_PROTO_DTLS) {
		fprintf(f, "a=ice-lite\r\n");
	}
	if (out->bundle && out->mid && *out->mid) {
		fprintf(f, "a=group:BUNDLE %s\r\n", out->mid);
	}
	const struct md_sdp *offer = out->answer_to;
	for (unsigned i = 0; i < (offer ? offer->n_media : 1); i++) {
		if (!offer || i == offer->audio) {
			put_audio(f, out, ip);
		} else {
			put_refused(f, &offer->media[i]);
		}
	}
	/* the last byte is for the NUL that fclose adds when there is room */
	bool fits = ftell(f) >= 0 && (size_t)ftell(f) < size;
	return fclose(f) == 0 && fits;
}
