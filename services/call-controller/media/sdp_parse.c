/* Reads SDP that anyone may have written: fixed limits, no allocation, whole or nothing. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <openssl/evp.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/sdp.h"

#define MAX_PT 128

struct reader {
	struct md_sdp *sdp;
	struct md_sdp_media session; /* session level: what media lines inherit */
	struct md_addr addr;         /* c= of the session */
	struct md_sdp_media *media;  /* where attributes go now */
	bool in_media;
	bool mapped[MD_SDP_MAX_MEDIA][MAX_PT];
	uint8_t order[MD_SDP_MAX_MEDIA][MD_SDP_MAX_CODECS * 4]; /* payload types as listed */
	unsigned n_order[MD_SDP_MAX_MEDIA];
	struct {           /* rtpmap of each payload type */
		int codec; /* enum md_codec, -1 none, -2 telephone-event */
		uint32_t rate;
	} map[MD_SDP_MAX_MEDIA][MAX_PT];
};

typedef bool attr_h(struct reader *r, char *value);

/* The next word, cut off in place; NULL when there is none. */
static char *word(char **text)
{
	char *start = *text + strspn(*text, " ");
	if (!*start) {
		return NULL;
	}
	char *end = start + strcspn(start, " ");
	*text = *end ? end + 1 : end;
	*end = '\0';
	return start;
}

static bool number(const char *text, unsigned long max, unsigned long *ret)
{
	size_t n = text ? strspn(text, "0123456789") : 0;
	if (n == 0 || n > 10 || text[n]) {
		return false;
	}
	unsigned long v = strtoul(text, NULL, 10);
	if (v > max) {
		return false;
	}
	*ret = v;
	return true;
}

static bool is_token(const char *text, const char *extra)
{
	if (!*text) {
		return false;
	}
	for (; *text; text++) {
		if (!isalnum((unsigned char)*text) && !strchr(extra, *text)) {
			return false;
		}
	}
	return true;
}

/* "IN IP4 192.0.2.1" into address with port; names get no address (we ask no DNS for a peer). */
static bool connection(char *value, uint16_t port, struct md_addr *ret)
{
	const char *net = word(&value), *type = word(&value);
	char *host = word(&value);
	if (!net || !type || !host || strcmp(net, "IN") != 0 ||
		(strcmp(type, "IP4") != 0 && strcmp(type, "IP6") != 0)) {
		return false;
	}
	if (!md_addr_parse(ret, host, port)) {
		*ret = (struct md_addr){0};
		return is_token(host, ".-:/"); /* a name (mDNS) or multicast: no address for us */
	}
	return true;
}

static bool on_c(struct reader *r, char *value)
{
	struct md_addr addr;
	if (!connection(value, 0, &addr)) {
		return false;
	}
	if (!r->in_media) {
		r->addr = addr;
	} else {
		uint16_t port = md_addr_port(&r->media->rtp);
		r->media->rtp = addr;
		md_addr_set_port(&r->media->rtp, port);
	}
	return true;
}

static enum md_sdp_proto proto_of(const char *text, bool *ret_avpf)
{
	size_t len = strlen(text);
	*ret_avpf = len > 0 && text[len - 1] == 'F';
	if (strcmp(text, "RTP/AVP") == 0 || strcmp(text, "RTP/AVPF") == 0) {
		return MD_PROTO_AVP;
	}
	if (strcmp(text, "RTP/SAVP") == 0 || strcmp(text, "RTP/SAVPF") == 0) {
		return MD_PROTO_SAVP;
	}
	if (strcmp(text, "UDP/TLS/RTP/SAVPF") == 0 || strcmp(text, "UDP/TLS/RTP/SAVP") == 0) {
		return MD_PROTO_DTLS;
	}
	return MD_PROTO_OTHER;
}

static bool take_formats(struct reader *r, unsigned index, char *value)
{
	unsigned long pt;
	for (char *fmt = word(&value); fmt; fmt = word(&value)) {
		if (!number(fmt, MAX_PT - 1, &pt)) {
			return false;
		}
		if (r->n_order[index] < VP_ARRAY_LEN(r->order[index])) {
			r->order[index][r->n_order[index]++] = (uint8_t)pt;
		}
	}
	return r->n_order[index] > 0;
}

/* m=audio 49170 RTP/AVP 0 8 101 */
static bool on_m(struct reader *r, char *value)
{
	unsigned long port;
	if (r->sdp->n_media == MD_SDP_MAX_MEDIA) {
		return false;
	}
	char *kind = word(&value), *port_text = word(&value), *proto = word(&value);
	if (!kind || !port_text || !proto || !*value) {
		return false;
	}
	port_text[strcspn(port_text, "/")] = '\0';
	unsigned index = r->sdp->n_media++;
	struct md_sdp_media *m = &r->sdp->media[index];
	*m = r->session;
	r->media = m;
	r->in_media = true;
	for (int i = 0; i < MAX_PT; i++) {
		r->map[index][i].codec = -1;
	}
	m->rtp = r->addr;
	if (!is_token(kind, "-") || !is_token(proto, "/-") ||
		!vp_strcopy(m->kind, sizeof(m->kind), kind) ||
		!vp_strcopy(m->proto_text, sizeof(m->proto_text), proto) ||
		!number(port_text, UINT16_MAX, &port)) {
		return false;
	}
	md_addr_set_port(&m->rtp, (uint16_t)port);
	m->proto = proto_of(proto, &m->avpf);
	value += strspn(value, " ");
	snprintf(m->format, sizeof(m->format), "%.*s", (int)strcspn(value, " "), value);
	if (!is_token(m->format, "-_.+/*")) {
		return false;
	}
	if (m->proto == MD_PROTO_OTHER || strcmp(kind, "audio") != 0) {
		return true;
	}
	return take_formats(r, index, value);
}

/* rtpmap:111 opus/48000/2 */
static bool on_rtpmap(struct reader *r, char *value)
{
	unsigned long pt, rate;
	if (!r->in_media) {
		return true;
	}
	char *pt_text = word(&value), *name = word(&value);
	if (!name || !number(pt_text, MAX_PT - 1, &pt)) {
		return r->media->proto == MD_PROTO_OTHER;
	}
	char *rate_text = strchr(name, '/');
	if (!rate_text) {
		return false;
	}
	*rate_text++ = '\0';
	rate_text[strcspn(rate_text, "/")] = '\0';
	if (!number(rate_text, 1000000, &rate)) {
		return false;
	}
	unsigned index = r->sdp->n_media - 1;
	enum md_codec codec;
	r->mapped[index][pt] = true;
	r->map[index][pt].rate = (uint32_t)rate;
	if (strcasecmp(name, "telephone-event") == 0) {
		r->map[index][pt].codec = -2;
	} else if (md_codec_parse(name, &codec) && md_codec_rate(codec) == rate) {
		r->map[index][pt].codec = (int)codec;
	}
	return true;
}

/* rtcp:53020 [IN IP4 126.16.64.4] */
static bool on_rtcp(struct reader *r, char *value)
{
	unsigned long port;
	if (!r->in_media || !number(word(&value), UINT16_MAX, &port)) {
		return false;
	}
	struct md_addr *rtcp = &r->media->rtcp;
	if (*value) {
		return connection(value, (uint16_t)port, rtcp);
	}
	*rtcp = r->media->rtp;
	md_addr_set_port(rtcp, (uint16_t)port);
	return true;
}

static bool on_mid(struct reader *r, char *value)
{
	return r->in_media && is_token(value, "-_.+!#$%&'*^`{|}~") &&
	       vp_strcopy(r->media->mid, sizeof(r->media->mid), value);
}

static bool ice_text(char *dst, const char *value, size_t least)
{
	return strlen(value) >= least && is_token(value, "+/") &&
	       vp_strcopy(dst, MD_ICE_TEXT_SIZE, value);
}

static bool on_ufrag(struct reader *r, char *value)
{
	return ice_text(r->media->ufrag, value, 4);
}

static bool on_pwd(struct reader *r, char *value)
{
	return ice_text(r->media->pwd, value, 22);
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, tolower(c)) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* fingerprint:sha-256 AB:CD:...; other hashes are passed over, there may be several lines */
static bool on_fingerprint(struct reader *r, char *value)
{
	const char *hash = word(&value), *hex = word(&value);
	if (!hash || !hex) {
		return false;
	}
	if (strcasecmp(hash, "sha-256") != 0) {
		return true;
	}
	uint8_t md[32];
	if (strlen(hex) != 3 * sizeof(md) - 1) {
		return false;
	}
	for (size_t i = 0; i < sizeof(md); i++) {
		int high = hex_digit(hex[3 * i]), low = hex_digit(hex[3 * i + 1]);
		if (high < 0 || low < 0 || (hex[3 * i + 2] != ':' && hex[3 * i + 2])) {
			return false;
		}
		md[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(r->media->fingerprint, md, sizeof(md));
	r->media->has_fingerprint = true;
	return true;
}

static bool on_setup(struct reader *r, char *value)
{
	static const char *const names[] = {"", "active", "passive", "actpass"};
	for (unsigned i = 1; i < VP_ARRAY_LEN(names); i++) {
		if (strcmp(value, names[i]) == 0) {
			r->media->setup = (enum md_sdp_setup)i;
			return true;
		}
	}
	return strcmp(value, "holdconn") == 0;
}

static bool on_rtcp_mux(struct reader *r, char *value)
{
	(void)value;
	r->media->rtcp_mux = true;
	return true;
}

static bool on_group(struct reader *r, char *value)
{
	const char *semantics = word(&value);
	if (semantics && strcmp(semantics, "BUNDLE") == 0) {
		r->sdp->bundle = true;
	}
	return semantics != NULL;
}

static bool sdes_key(const char *inline_key, uint8_t key[MD_SDES_KEY])
{
	uint8_t raw[48];
	char text[41];
	if (strlen(inline_key) != 40 || !is_token(inline_key, "+/")) {
		return false;
	}
	memcpy(text, inline_key, sizeof(text));
	if (EVP_DecodeBlock(raw, (const uint8_t *)text, 40) != MD_SDES_KEY) {
		return false;
	}
	memcpy(key, raw, MD_SDES_KEY);
	return true;
}

/* crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31 (RFC 4568). A line with another suite, an MKI or
 * session parameters is passed over: the peer may list several. */
static bool on_crypto(struct reader *r, char *value)
{
	unsigned long tag;
	const char *tag_text = word(&value), *suite = word(&value);
	char *key = word(&value);
	if (!r->in_media || !suite || !key || !number(tag_text, 999999999, &tag)) {
		return false;
	}
	if (r->media->has_crypto || strcmp(suite, "AES_CM_128_HMAC_SHA1_80") != 0 || word(&value) ||
		strncmp(key, "inline:", 7) != 0 || strchr(key, ':') != strrchr(key, ':')) {
		return true;
	}
	key += 7;
	key[strcspn(key, "|")] = '\0';
	if (!sdes_key(key, r->media->crypto_key)) {
		return false;
	}
	r->media->crypto_tag = (unsigned)tag;
	r->media->has_crypto = true;
	return true;
}

static bool on_sendrecv(struct reader *r, char *value)
{
	(void)value;
	r->media->dir = MD_SENDRECV;
	return true;
}

static bool on_sendonly(struct reader *r, char *value)
{
	(void)value;
	r->media->dir = MD_SENDONLY;
	return true;
}

static bool on_recvonly(struct reader *r, char *value)
{
	(void)value;
	r->media->dir = MD_RECVONLY;
	return true;
}

static bool on_inactive(struct reader *r, char *value)
{
	(void)value;
	r->media->dir = MD_INACTIVE;
	return true;
}

static const struct {
	const char *name;
	attr_h *h;
} attrs[] = {
	{"crypto", on_crypto},
	{"fingerprint", on_fingerprint},
	{"group", on_group},
	{"ice-pwd", on_pwd},
	{"ice-ufrag", on_ufrag},
	{"inactive", on_inactive},
	{"mid", on_mid},
	{"recvonly", on_recvonly},
	{"rtcp", on_rtcp},
	{"rtcp-mux", on_rtcp_mux},
	{"rtpmap", on_rtpmap},
	{"sendonly", on_sendonly},
	{"sendrecv", on_sendrecv},
	{"setup", on_setup},
};

static bool on_a(struct reader *r, char *value)
{
	static char nothing[1];
	char *colon = strchr(value, ':');
	if (colon) {
		*colon = '\0';
	}
	for (unsigned i = 0; i < VP_ARRAY_LEN(attrs); i++) {
		if (strcmp(value, attrs[i].name) == 0) {
			return attrs[i].h(r, colon ? colon + 1 : nothing);
		}
	}
	return true;
}

static bool on_line(struct reader *r, char *line, unsigned n)
{
	if (n == 0) {
		return strcmp(line, "v=0") == 0;
	}
	if (!islower((unsigned char)line[0]) || line[1] != '=') {
		return false;
	}
	switch (line[0]) {
	case 'c': return on_c(r, line + 2);
	case 'm': return on_m(r, line + 2);
	case 'a': return on_a(r, line + 2);
	case 'v': return false;
	default: return true;
	}
}

/* Static payload types need no rtpmap (RFC 3551 table 4). */
static int codec_of(const struct reader *r, unsigned index, uint8_t pt)
{
	if (r->mapped[index][pt]) {
		return r->map[index][pt].codec;
	}
	return pt == 0 ? MD_PCMU : pt == 8 ? MD_PCMA : -1;
}

static void resolve_formats(const struct reader *r, unsigned index)
{
	struct md_sdp_media *m = &r->sdp->media[index];
	for (unsigned i = 0; i < r->n_order[index]; i++) {
		uint8_t pt = r->order[index][i];
		int codec = codec_of(r, index, pt);
		if (m->rtcp_mux && pt >= 64 && pt <= 95) {
			continue; /* RFC 5761 section 4: cannot be told from RTCP */
		}
		if (codec == -2) {
			uint8_t *te =
				r->map[index][pt].rate == 8000 ? &m->te_pt_8000 : &m->te_pt_48000;
			if (*te == MD_PT_NONE && (r->map[index][pt].rate == 8000 ||
							 r->map[index][pt].rate == 48000)) {
				*te = pt;
			}
		} else if (codec >= 0 && m->n_formats < MD_SDP_MAX_CODECS) {
			m->formats[m->n_formats++] =
				(struct md_sdp_format){.codec = (enum md_codec)codec, .pt = pt};
		}
	}
}

static bool pick_audio(struct reader *r)
{
	for (unsigned i = 0; i < r->sdp->n_media; i++) {
		struct md_sdp_media *m = &r->sdp->media[i];
		resolve_formats(r, i);
		if (m->rtcp.len == 0 && m->rtp.len) {
			m->rtcp = m->rtp;
			md_addr_set_port(
				&m->rtcp, (uint16_t)(md_addr_port(&m->rtp) + !m->rtcp_mux));
		}
	}
	for (unsigned i = 0; i < r->sdp->n_media; i++) {
		struct md_sdp_media *m = &r->sdp->media[i];
		if (strcmp(m->kind, "audio") == 0 && m->proto != MD_PROTO_OTHER &&
			(md_addr_port(&m->rtp) || m->proto == MD_PROTO_DTLS)) {
			r->sdp->audio = i;
			return true;
		}
	}
	return false;
}

static bool has_control(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)line[i] < ' ' && line[i] != '\t') {
			return true;
		}
	}
	return false;
}

/* Lines end with CRLF; a lone LF is taken too (RFC 8866 section 5). */
static int read_lines(struct reader *r, char *text, size_t len, char *reason)
{
	char *at = text, *end = text + len;
	for (unsigned n = 0; at < end; n++) {
		char *eol = memchr(at, '\n', (size_t)(end - at));
		char *next = eol ? eol + 1 : end;
		size_t size = (size_t)((eol ? eol : end) - at);
		size -= size > 0 && at[size - 1] == '\r';
		bool ok = n < MD_SDP_MAX_LINES && !has_control(at, size);
		if (ok && size > 0) {
			at[size] = '\0';
			ok = on_line(r, at, n);
		} else if (size == 0) {
			ok = next == end; /* an empty line may only be the last */
		}
		if (!ok) {
			snprintf(reason, MD_SDP_REASON_SIZE, "SDP line %u", n + 1);
			return EBADMSG;
		}
		at = next;
	}
	return 0;
}

int md_sdp_parse(struct md_sdp *ret, const char *text, size_t len, char reason[MD_SDP_REASON_SIZE])
{
	if (len == 0 || len > MD_SDP_MAX_BYTES) {
		snprintf(reason, MD_SDP_REASON_SIZE, "SDP of %zu bytes", len);
		return EBADMSG;
	}
	struct md_sdp *sdp = calloc(1, sizeof(*sdp));
	struct reader *r = calloc(1, sizeof(*r));
	char *copy = malloc(len + 1);
	int err = sdp && r && copy ? 0 : ENOMEM;
	if (!err) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		r->sdp = sdp;
		r->media = &r->session;
		r->session.te_pt_8000 = r->session.te_pt_48000 = MD_PT_NONE;
		err = read_lines(r, copy, len, reason);
	}
	if (!err && !pick_audio(r)) {
		snprintf(reason, MD_SDP_REASON_SIZE, "SDP without audio");
		err = EBADMSG;
	}
	if (!err) {
		*ret = *sdp;
	}
	free(copy);
	free(r);
	free(sdp);
	return err;
}
