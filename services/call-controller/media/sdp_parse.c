/* Reads SDP that anyone may have written: fixed limits, no growing allocation, whole or nothing */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/sdp_int.h"

static bool on_c(struct md_sdp_reader *r, char *value)
{
	struct md_addr addr;
	if (!md_sdp_connection(value, 0, &addr)) {
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

static bool take_formats(struct md_sdp_reader *r, unsigned index, char *value)
{
	unsigned long pt;
	for (char *fmt = md_sdp_word(&value); fmt; fmt = md_sdp_word(&value)) {
		if (!md_sdp_number(fmt, SDP_MAX_PT - 1, &pt)) {
			return false;
		}
		if (r->n_order[index] < VP_ARRAY_LEN(r->order[index])) {
			r->order[index][r->n_order[index]++] = (uint8_t)pt;
		}
	}
	return r->n_order[index] > 0;
}

/* m=audio 49170 RTP/AVP 0 8 101 */
static bool on_m(struct md_sdp_reader *r, char *value)
{
	unsigned long port;
	if (r->sdp->n_media == MD_SDP_MAX_MEDIA) {
		return false;
	}
	char *kind = md_sdp_word(&value), *port_text = md_sdp_word(&value),
	     *proto = md_sdp_word(&value);
	if (!kind || !port_text || !proto || !*value) {
		return false;
	}
	port_text[strcspn(port_text, "/")] = '\0';
	unsigned index = r->sdp->n_media++;
	struct md_sdp_media *m = &r->sdp->media[index];
	*m = r->session;
	r->media = m;
	r->in_media = true;
	for (int i = 0; i < SDP_MAX_PT; i++) {
		r->map[index][i].codec = SDP_MAP_NONE;
	}
	m->rtp = r->addr;
	if (!md_sdp_is_token(kind, "-") || !md_sdp_is_token(proto, "/-") ||
		!vp_strcopy(m->kind, sizeof(m->kind), kind) ||
		!vp_strcopy(m->proto_text, sizeof(m->proto_text), proto) ||
		!md_sdp_number(port_text, UINT16_MAX, &port)) {
		return false;
	}
	md_addr_set_port(&m->rtp, (uint16_t)port);
	m->proto = proto_of(proto, &m->avpf);
	value += strspn(value, " ");
	snprintf(m->format, sizeof(m->format), "%.*s", (int)strcspn(value, " "), value);
	if (!md_sdp_is_token(m->format, "-_.+/*")) {
		return false;
	}
	if (m->proto == MD_PROTO_OTHER || strcmp(kind, "audio") != 0) {
		return true;
	}
	return take_formats(r, index, value);
}

static bool on_line(struct md_sdp_reader *r, char *line, unsigned n)
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
	case 'a': return md_sdp_on_attribute(r, line + 2);
	case 'v': return false;
	default: return true;
	}
}

/* Static payload types need no rtpmap (RFC 3551 table 4). */
static int codec_of(const struct md_sdp_reader *r, unsigned index, uint8_t pt)
{
	if (r->mapped[index][pt]) {
		return r->map[index][pt].codec;
	}
	return pt == 0 ? MD_PCMU : pt == 8 ? MD_PCMA : SDP_MAP_NONE;
}

static void resolve_formats(const struct md_sdp_reader *r, unsigned index)
{
	struct md_sdp_media *m = &r->sdp->media[index];
	for (unsigned i = 0; i < r->n_order[index]; i++) {
		uint8_t pt = r->order[index][i];
		int codec = codec_of(r, index, pt);
		if (m->rtcp_mux && pt >= 64 && pt <= 95) {
			continue; /* RFC 5761 section 4: cannot be told from RTCP */
		}
		if (codec == SDP_MAP_EVENT) {
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

static bool pick_audio(struct md_sdp_reader *r)
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
static int read_lines(struct md_sdp_reader *r, char *text, size_t len, char *reason)
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
	struct md_sdp_reader *r = calloc(1, sizeof(*r));
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
