/* See xcode.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <opus/opus.h>
#include "services/call-controller/media/reorder.h"
#include "services/call-controller/media/srtp.h"
#include "services/call-controller/media/tone.h"
#include "services/call-controller/media/xcode.h"

#define RATE 8000
#define MAX_PCM (RATE * 120 / 1000) /* the longest Opus packet: 120 ms */
#define OPUS_CLOCK 6                /* 48 kHz against 8 */
#define BITRATE 20000
#define COMPLEXITY 5

struct md_xcode {
	enum md_codec from, to;
	struct md_reorder order;
	OpusDecoder *dec;
	OpusEncoder *enc;
	int16_t pcm[MAX_PCM + MD_FRAME]; /* waits for a whole frame; n of them */
	size_t n;
	int last_frame; /* samples in the newest packet: how much a lost one held */
	bool clocked;
	uint32_t in_ts;  /* newest input timestamp, */
	uint64_t in_ext; /* and the same without wrap, so that scaling has none either */
	uint32_t pcm_ts; /* target clock of pcm[0] */
	uint16_t seq;
	uint8_t out[MD_RTP_HEADER + MD_REORDER_PAYLOAD + MD_SRTP_TAIL];
};

int md_opus_encoder(struct OpusEncoder **ret)
{
	int err;
	OpusEncoder *enc = opus_encoder_create(RATE, 1, OPUS_APPLICATION_VOIP, &err);
	if (!enc) {
		return ENOMEM;
	}
	opus_encoder_ctl(enc, OPUS_SET_BITRATE(BITRATE));
	opus_encoder_ctl(enc, OPUS_SET_COMPLEXITY(COMPLEXITY));
	opus_encoder_ctl(enc, OPUS_SET_INBAND_FEC(1));
	opus_encoder_ctl(enc, OPUS_SET_PACKET_LOSS_PERC(5));
	*ret = enc;
	return 0;
}

int md_xcode_create(struct md_xcode **ret, enum md_codec from, enum md_codec to)
{
	struct md_xcode *x = calloc(1, sizeof(*x));
	int err = x ? 0 : ENOMEM, opus;
	if (!err) {
		x->from = from;
		x->to = to;
		x->last_frame = MD_FRAME;
		x->in_ext = 1ULL << 40; /* room below for packets from before the first */
	}
	if (!err && from == MD_OPUS) {
		x->dec = opus_decoder_create(RATE, 1, &opus);
		err = x->dec ? 0 : ENOMEM;
	}
	if (!err && to == MD_OPUS) {
		err = md_opus_encoder(&x->enc);
	}
	if (err) {
		md_xcode_destroy(x);
		return err;
	}
	*ret = x;
	return 0;
}

struct md_xcode *md_xcode_destroy(struct md_xcode *x)
{
	if (x) {
		if (x->dec) {
			opus_decoder_destroy(x->dec);
		}
		if (x->enc) {
			opus_encoder_destroy(x->enc);
		}
		free(x);
	}
	return NULL;
}

enum md_codec md_xcode_from(const struct md_xcode *x)
{
	return x->from;
}

enum md_codec md_xcode_to(const struct md_xcode *x)
{
	return x->to;
}

/* Input clock to target clock. */
static uint32_t target_ts(struct md_xcode *x, uint32_t ts)
{
	if (!x->clocked) {
		x->clocked = true;
		x->in_ts = ts;
	}
	uint64_t ext = x->in_ext + (uint64_t)(int64_t)(int32_t)(ts - x->in_ts);
	if (ext > x->in_ext) {
		x->in_ext = ext;
		x->in_ts = ts;
	}
	bool down = x->from == MD_OPUS && x->to != MD_OPUS;
	bool up = x->from != MD_OPUS && x->to == MD_OPUS;
	return (uint32_t)(down ? ext / OPUS_CLOCK : up ? ext * OPUS_CLOCK : ext);
}

static uint32_t target_samples(const struct md_xcode *x, size_t pcm)
{
	return (uint32_t)(x->to == MD_OPUS ? pcm * OPUS_CLOCK : pcm);
}

/* Whole frames of 20 ms leave; the rest waits. */
static void emit(struct md_xcode *x, md_xcode_h *ready, void *arg)
{
	uint8_t *out = x->out + MD_RTP_HEADER;
	size_t done = 0;
	for (; x->n - done >= MD_FRAME; done += MD_FRAME) {
		opus_int32 len = MD_FRAME;
		if (x->to == MD_OPUS) {
			len = opus_encode(x->enc, x->pcm + done, MD_FRAME, out, MD_REORDER_PAYLOAD);
		} else {
			md_g711_encode(x->to, x->pcm + done, MD_FRAME, out);
		}
		if (len > 0) {
			ready(x->seq++, x->pcm_ts, out, (size_t)len, arg);
		}
		x->pcm_ts += target_samples(x, MD_FRAME);
	}
	x->n -= done;
	memmove(x->pcm, x->pcm + done, x->n * sizeof(x->pcm[0]));
}

/* What the decoder makes of a gap: the next packet's FEC for its last frame, invention before. */
static void conceal(struct md_xcode *x, const struct md_reorder_packet *next, unsigned lost,
	md_xcode_h *ready, void *arg)
{
	if (x->from != MD_OPUS) {
		x->n = 0;
		x->seq = (uint16_t)(x->seq + lost); /* the receiver's own concealment is better */
		return;
	}
	for (unsigned i = 0; i < lost; i++) {
		bool fec = i + 1 == lost;
		int n = opus_decode(x->dec, fec ? next->payload : NULL, fec ? next->len : 0,
			x->pcm + x->n, x->last_frame, fec);
		if (n > 0) {
			x->n += (size_t)n;
		}
		emit(x, ready, arg);
	}
}

static void decode(struct md_xcode *x, const struct md_reorder_packet *p)
{
	uint32_t ts = target_ts(x, p->ts);
	int n;
	if (x->from == MD_OPUS) {
		n = opus_decode(x->dec, p->payload, p->len, x->pcm + x->n, MAX_PCM, 0);
	} else {
		n = p->len < MAX_PCM ? p->len : MAX_PCM;
		md_g711_decode(x->from, p->payload, (size_t)n, x->pcm + x->n);
	}
	if (n <= 0) {
		return;
	}
	x->last_frame = n;
	/* the packet's own clock rules: what waits before it ends where it begins */
	x->pcm_ts = ts - target_samples(x, x->n);
	x->n += (size_t)n;
}

void md_xcode_push(struct md_xcode *x, const struct md_rtp *h, const uint8_t *payload,
	md_xcode_h *ready, void *arg)
{
	const struct md_reorder_packet *p;
	enum md_reorder_result got;
	unsigned lost;
	md_reorder_push(&x->order, h->seq, h->ts, payload, h->payload_len);
	while ((got = md_reorder_pop(&x->order, &p, &lost)) != MD_REORDER_NONE) {
		if (got == MD_REORDER_LOST) {
			conceal(x, p, lost, ready, arg);
			continue;
		}
		decode(x, p);
		emit(x, ready, arg);
	}
}
