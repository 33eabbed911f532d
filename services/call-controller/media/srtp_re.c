/* SRTP backend on libre's re_srtp (OpenSSL underneath).
 *
 * re_srtp 1.1.0 moves its rollover counter, remembers SSRCs and takes its first sequence number
 * before the tag is checked, so one forged packet could end a call's audio. Therefore each source
 * has its own context, and a packet that would make such a step is first tried on a copy, in a
 * throw-away context that is brought to the same counter; only authentic ones reach the real one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <re.h>
#include "services/call-controller/media/srtp.h"

#define MAX_SOURCES 8
#define MAX_ROLLOVERS 4096 /* 62 days of a call at 50 packets a second */

struct source {
	uint32_t ssrc;
	struct srtp *ctx;
	bool started; /* an authentic RTP packet came: seq and roc mean something */
	uint16_t seq; /* the highest */
	uint32_t roc;
	uint32_t rtcp_index; /* the highest of SRTCP, and bit n: rtcp_index - n came; under GCM */
	uint64_t rtcp_seen;  /* re_srtp 1.1.0 looks at neither */
};

struct md_srtp {
	enum md_srtp_suite suite;
	uint8_t key[MD_SRTP_KEY_MAX];
	unsigned n;
	struct source *src; /* one mostly; grows one by one */
};

static int new_ctx(struct srtp **ret, const struct md_srtp *s)
{
	enum srtp_suite suite =
		s->suite == MD_SRTP_GCM_128 ? SRTP_AES_128_GCM : SRTP_AES_CM_128_HMAC_SHA1_80;
	return srtp_alloc(ret, suite, s->key, md_srtp_key_len(s->suite), 0);
}

int md_srtp_create(struct md_srtp **ret, enum md_srtp_suite suite, const uint8_t *key, bool sender)
{
	(void)sender; /* re_srtp's contexts do both */
	if (suite == MD_SRTP_NONE) {
		return EINVAL;
	}
	struct md_srtp *s = calloc(1, sizeof(*s));
	if (!s) {
		return ENOMEM;
	}
	s->suite = suite;
	memcpy(s->key, key, md_srtp_key_len(suite));
	*ret = s;
	return 0;
}

struct md_srtp *md_srtp_destroy(struct md_srtp *srtp)
{
	if (srtp) {
		for (unsigned i = 0; i < srtp->n; i++) {
			mem_deref(srtp->src[i].ctx);
		}
		free(srtp->src);
		explicit_bzero(srtp, sizeof(*srtp));
		free(srtp);
	}
	return NULL;
}

static struct source *find(struct md_srtp *s, uint32_t ssrc)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (s->src[i].ssrc == ssrc) {
			return &s->src[i];
		}
	}
	return NULL;
}

static int add(struct source **ret, struct md_srtp *s, uint32_t ssrc, struct srtp *ctx)
{
	if (s->n == MAX_SOURCES) {
		return ENOSPC;
	}
	struct source *src = realloc(s->src, (s->n + 1) * sizeof(*src));
	if (!src) {
		return ENOMEM;
	}
	s->src = src;
	src[s->n] = (struct source){.ssrc = ssrc, .ctx = ctx};
	*ret = &src[s->n++];
	return 0;
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return ntohl(v);
}

static uint16_t get_seq(const uint8_t *p)
{
	return (uint16_t)(p[2] << 8 | p[3]);
}

/* Lends p to an mbuf; re_srtp resizes it only when its room ends, which MD_SRTP_TAIL prevents. */
static int run(int (*fn)(struct srtp *, struct mbuf *), struct srtp *ctx, uint8_t *p, size_t *len)
{
	struct mbuf mb = {.buf = p, .size = *len + MD_SRTP_TAIL, .pos = 0, .end = *len};
	int err = fn(ctx, &mb);
	if (!err) {
		*len = mb.end;
		return 0;
	}
	/* libre's EAUTH is no errno of the system's */
	return err == EALREADY || err == ETIMEDOUT ? EALREADY : err == EBADMSG ? EBADMSG : EACCES;
}

/* Encrypting advances a context's counter without any question asked, so two dummies a rollover
 * bring a fresh context to where the real one stands. */
static int advance(struct srtp *ctx, const struct source *src)
{
	uint8_t dummy[12 + MD_SRTP_TAIL] = {0x80};
	uint32_t ssrc = htonl(src->ssrc);
	memcpy(dummy + 8, &ssrc, 4);
	for (uint32_t i = 0; i < 2 * src->roc + 1; i++) {
		uint16_t seq = i == 2 * src->roc ? src->seq : i % 2 ? 0 : 0xffff;
		size_t len = 12;
		dummy[2] = (uint8_t)(seq >> 8);
		dummy[3] = (uint8_t)seq;
		int err = run(srtp_encrypt, ctx, dummy, &len);
		if (err) {
			return err;
		}
	}
	return 0;
}

/* Is this packet what the far side sent? Tried on a copy, leaving no trace. */
static int try_copy(struct md_srtp *s, const struct source *src, const uint8_t *p, size_t len,
	int (*fn)(struct srtp *, struct mbuf *))
{
	uint8_t copy[MD_SRTP_PACKET_MAX + MD_SRTP_TAIL];
	struct srtp *ctx;
	if (len > MD_SRTP_PACKET_MAX || src->roc > MAX_ROLLOVERS) {
		return EBADMSG;
	}
	int err = new_ctx(&ctx, s);
	if (err) {
		return err;
	}
	memcpy(copy, p, len);
	if (src->started) {
		err = advance(ctx, src);
	}
	if (!err) {
		err = run(fn, ctx, copy, &len);
	}
	mem_deref(ctx);
	return err;
}

static void note_seq(struct source *src, uint16_t seq)
{
	if (src->started && (int)seq - (int)src->seq <= -32768) {
		src->roc++;
		src->seq = seq;
	} else if (!src->started || seq > src->seq) {
		src->seq = seq;
	}
	src->started = true;
}

/* The first packet of an SSRC: its context stays only when the packet is authentic. */
static int unprotect_new(struct md_srtp *s, uint32_t ssrc, uint8_t *p, size_t *len,
	int (*fn)(struct srtp *, struct mbuf *), struct source **ret)
{
	struct srtp *ctx;
	int err = s->n < MAX_SOURCES ? new_ctx(&ctx, s) : ENOSPC;
	if (err) {
		return err;
	}
	err = run(fn, ctx, p, len);
	if (!err) {
		err = add(ret, s, ssrc, ctx);
	}
	if (err) {
		mem_deref(ctx);
	}
	return err;
}

int md_srtp_unprotect(struct md_srtp *srtp, uint8_t *p, size_t *len)
{
	if (*len < 12) {
		return EBADMSG;
	}
	uint32_t ssrc = get32(p + 8);
	uint16_t seq = get_seq(p);
	struct source *src = find(srtp, ssrc);
	int err;
	if (!src) {
		err = unprotect_new(srtp, ssrc, p, len, srtp_decrypt, &src);
	} else if (!src->started || (int)seq - (int)src->seq <= -32768) {
		err = try_copy(srtp, src, p, *len, srtp_decrypt);
		if (!err) {
			err = run(srtp_decrypt, src->ctx, p, len);
		}
	} else {
		err = run(srtp_decrypt, src->ctx, p, len);
	}
	if (!err) {
		note_seq(src, seq);
	}
	return err;
}

static int note_rtcp_index(struct source *src, uint32_t index)
{
	if (index > src->rtcp_index || !src->rtcp_seen) {
		uint32_t step = index - src->rtcp_index;
		src->rtcp_seen = step < 64 ? src->rtcp_seen << step | 1 : 1;
		src->rtcp_index = index;
		return 0;
	}
	uint32_t back = src->rtcp_index - index;
	if (back >= 64 || src->rtcp_seen & 1ULL << back) {
		return EALREADY;
	}
	src->rtcp_seen |= 1ULL << back;
	return 0;
}

int md_srtcp_unprotect(struct md_srtp *srtp, uint8_t *p, size_t *len)
{
	if (!md_srtcp_is_encrypted(srtp->suite, p, *len)) {
		return EBADMSG;
	}
	size_t from_end = srtp->suite == MD_SRTP_GCM_128 ? 4 : 14;
	uint32_t index = get32(p + *len - from_end) & 0x7fffffff;
	uint32_t ssrc = get32(p + 4);
	struct source *src = find(srtp, ssrc);
	int err = src ? run(srtcp_decrypt, src->ctx, p, len)
		      : unprotect_new(srtp, ssrc, p, len, srtcp_decrypt, &src);
	return err ? err : note_rtcp_index(src, index);
}

static int sender_of(struct md_srtp *s, uint32_t ssrc, struct source **ret)
{
	struct srtp *ctx;
	*ret = find(s, ssrc);
	if (*ret) {
		return 0;
	}
	int err = new_ctx(&ctx, s);
	if (err) {
		return err;
	}
	err = add(ret, s, ssrc, ctx);
	if (err) {
		mem_deref(ctx);
	}
	return err;
}

int md_srtp_protect(struct md_srtp *srtp, uint8_t *p, size_t *len)
{
	struct source *src;
	int err = *len < 12 ? EBADMSG : sender_of(srtp, get32(p + 8), &src);
	return err ? err : run(srtp_encrypt, src->ctx, p, len);
}

int md_srtcp_protect(struct md_srtp *srtp, uint8_t *p, size_t *len)
{
	struct source *src;
	int err = *len < 8 ? EBADMSG : sender_of(srtp, get32(p + 4), &src);
	return err ? err : run(srtcp_encrypt, src->ctx, p, len);
}
