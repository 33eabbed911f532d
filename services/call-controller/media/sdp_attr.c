/* Attributes of an SDP: one handler each, in one table. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <openssl/evp.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/sdp_int.h"

typedef bool attr_h(struct md_sdp_reader *r, char *value);

char *md_sdp_word(char **text)
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

bool md_sdp_number(const char *text, unsigned long max, unsigned long *ret)
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

bool md_sdp_is_token(const char *text, const char *extra)
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

bool md_sdp_connection(char *value, uint16_t port, struct md_addr *ret)
{
	const char *net = md_sdp_word(&value), *type = md_sdp_word(&value);
	char *host = md_sdp_word(&value);
	if (!net || !type || !host || strcmp(net, "IN") != 0 ||
		(strcmp(type, "IP4") != 0 && strcmp(type, "IP6") != 0)) {
		return false;
	}
	if (!md_addr_parse(ret, host, port)) {
		*ret = (struct md_addr){0};
		return md_sdp_is_token(
			host, ".-:/"); /* a name (mDNS) or multicast: no address for us */
	}
	return true;
}

/* rtpmap:111 opus/48000/2 */
static bool on_rtpmap(struct md_sdp_reader *r, char *value)
{
	unsigned long pt, rate;
	if (!r->in_media) {
		return true;
	}
	char *pt_text = md_sdp_word(&value), *name = md_sdp_word(&value);
	if (!name || !md_sdp_number(pt_text, SDP_MAX_PT - 1, &pt)) {
		return r->media->proto == MD_PROTO_OTHER;
	}
	char *rate_text = strchr(name, '/');
	if (!rate_text) {
		return false;
	}
	*rate_text++ = '\0';
	rate_text[strcspn(rate_text, "/")] = '\0';
	if (!md_sdp_number(rate_text, 1000000, &rate)) {
		return false;
	}
	unsigned index = r->sdp->n_media - 1;
	enum md_codec codec;
	r->mapped[index][pt] = true;
	r->map[index][pt].rate = (uint32_t)rate;
	if (strcasecmp(name, "telephone-event") == 0) {
		r->map[index][pt].codec = SDP_MAP_EVENT;
	} else if (md_codec_parse(name, &codec) && md_codec_rate(codec) == rate) {
		r->map[index][pt].codec = (int)codec;
	}
	return true;
}

/* rtcp:53020 [IN IP4 126.16.64.4] */
static bool on_rtcp(struct md_sdp_reader *r, char *value)
{
	unsigned long port;
	if (!r->in_media || !md_sdp_number(md_sdp_word(&value), UINT16_MAX, &port)) {
		return false;
	}
	struct md_addr *rtcp = &r->media->rtcp;
	if (*value) {
		return md_sdp_connection(value, (uint16_t)port, rtcp);
	}
	*rtcp = r->media->rtp;
	md_addr_set_port(rtcp, (uint16_t)port);
	return true;
}

static bool on_mid(struct md_sdp_reader *r, char *value)
{
	return r->in_media && md_sdp_is_token(value, "-_.+!#$%&'*^`{|}~") &&
	       vp_strcopy(r->media->mid, sizeof(r->media->mid), value);
}

static bool ice_text(char *dst, const char *value, size_t least)
{
	return strlen(value) >= least && md_sdp_is_token(value, "+/") &&
	       vp_strcopy(dst, MD_ICE_TEXT_SIZE, value);
}

static bool on_ufrag(struct md_sdp_reader *r, char *value)
{
	return ice_text(r->media->ufrag, value, 4);
}

static bool on_pwd(struct md_sdp_reader *r, char *value)
{
	return ice_text(r->media->pwd, value, 22);
}

/* fingerprint:sha-256 AB:CD:...; other hashes are passed over, there may be several lines */
static bool on_fingerprint(struct md_sdp_reader *r, char *value)
{
	const char *hash = md_sdp_word(&value), *hex = md_sdp_word(&value);
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
		int high = vp_hex_digit(hex[3 * i]), low = vp_hex_digit(hex[3 * i + 1]);
		if (high < 0 || low < 0 || (hex[3 * i + 2] != ':' && hex[3 * i + 2])) {
			return false;
		}
		md[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(r->media->fingerprint, md, sizeof(md));
	r->media->has_fingerprint = true;
	return true;
}

static bool on_setup(struct md_sdp_reader *r, char *value)
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

static bool on_rtcp_mux(struct md_sdp_reader *r, char *value)
{
	(void)value;
	r->media->rtcp_mux = true;
	return true;
}

static bool on_group(struct md_sdp_reader *r, char *value)
{
	const char *semantics = md_sdp_word(&value);
	if (semantics && strcmp(semantics, "BUNDLE") == 0) {
		r->sdp->bundle = true;
	}
	return semantics != NULL;
}

static bool sdes_key(const char *inline_key, uint8_t key[MD_SDES_KEY])
{
	uint8_t raw[48];
	char text[41];
	if (strlen(inline_key) != 40 || !md_sdp_is_token(inline_key, "+/")) {
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
static bool on_crypto(struct md_sdp_reader *r, char *value)
{
	unsigned long tag;
	const char *tag_text = md_sdp_word(&value), *suite = md_sdp_word(&value);
	char *key = md_sdp_word(&value);
	if (!r->in_media || !suite || !key || !md_sdp_number(tag_text, 999999999, &tag)) {
		return false;
	}
	if (r->media->has_crypto || strcmp(suite, "AES_CM_128_HMAC_SHA1_80") != 0 ||
		md_sdp_word(&value) || strncmp(key, "inline:", 7) != 0 ||
		strchr(key, ':') != strrchr(key, ':')) {
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

static bool on_sendrecv(struct md_sdp_reader *r, char *value)
{
	(void)value;
	r->media->dir = MD_SENDRECV;
	return true;
}

static bool on_sendonly(struct md_sdp_reader *r, char *value)
{
	(void)value;
	r->media->dir = MD_SENDONLY;
	return true;
}

static bool on_recvonly(struct md_sdp_reader *r, char *value)
{
	(void)value;
	r->media->dir = MD_RECVONLY;
	return true;
}

static bool on_inactive(struct md_sdp_reader *r, char *value)
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

bool md_sdp_on_attribute(struct md_sdp_reader *r, char *value)
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
