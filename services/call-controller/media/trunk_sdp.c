/* Offers and answers of a trunk leg. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/agree.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/trunk.h"

#define OFFER_TAG 1

/* What differs between offers and answers comes in `say`. */
static bool write_sdp(struct md_leg *leg, const struct md_sdp_out *say, char sdp[MD_TRUNK_SDP_SIZE])
{
	struct md_trunk *t = &leg->u.t;
	struct md_addr addr = t->advertise.len ? t->advertise : leg->worker->engine->advertise;
	struct md_sdp_out out = *say;
	md_addr_set_port(&addr, leg->port);
	out.id = leg->sdp_id;
	out.version = ++leg->sdp_version;
	out.addr = &addr;
	out.proto = t->secure ? MD_PROTO_SAVP : MD_PROTO_AVP;
	out.crypto_key = t->secure ? t->key_tx : NULL;
	out.crypto_tag = t->crypto_tag;
	return md_sdp_write(&out, sdp, MD_TRUNK_SDP_SIZE);
}

static void make_secure(struct md_leg *leg)
{
	struct md_trunk *t = &leg->u.t;
	if (!t->secure) {
		vp_random(t->key_tx, sizeof(t->key_tx));
	}
	t->secure = true;
	leg->secure = true;
}

static void fill_offer(const struct md_leg *leg, struct md_sdp_out *out)
{
	const struct md_trunk *t = &leg->u.t;
	out->formats = t->formats;
	out->n_formats = t->n_formats;
	out->te_pt_8000 = out->te_pt_48000 = MD_PT_NONE;
	for (unsigned i = 0; i < t->n_formats; i++) {
		if (t->formats[i].codec == MD_OPUS) {
			out->te_pt_48000 = MD_TE_PT_48000;
		} else {
			out->te_pt_8000 = MD_TE_PT_8000;
		}
	}
	out->dir = leg->held ? MD_SENDONLY : MD_SENDRECV;
}

int md_trunk_offer(struct md_leg *leg, const enum md_codec *codecs, unsigned n_codecs, bool srtp,
	const struct md_addr *advertise, char sdp[MD_TRUNK_SDP_SIZE])
{
	struct md_trunk *t = &leg->u.t;
	struct md_sdp_out out = {0};
	t->n_formats = 0;
	for (unsigned i = 0; i < n_codecs && t->n_formats < MD_CODEC_MAX; i++) {
		t->formats[t->n_formats++] =
			(struct md_sdp_format){.codec = codecs[i], .pt = md_codec_pt(codecs[i])};
	}
	if (advertise) {
		t->advertise = *advertise;
	}
	if (srtp) {
		make_secure(leg);
		t->crypto_tag = OFFER_TAG;
	}
	t->offered = true;
	fill_offer(leg, &out);
	return write_sdp(leg, &out, sdp) ? 0 : EMSGSIZE;
}

int md_trunk_reoffer(struct md_leg *leg, char sdp[MD_TRUNK_SDP_SIZE])
{
	struct md_trunk *t = &leg->u.t;
	struct md_sdp_out out = {0};
	struct md_sdp_format format;
	t->offered = true;
	if (leg->agreed.done) { /* a hold changes nothing but the direction */
		md_agree_formats(&leg->agreed, &format, &out);
		t->formats[0] = format;
		t->n_formats = 1;
		out.dir = leg->held ? MD_SENDONLY : MD_SENDRECV;
	} else {
		fill_offer(leg, &out);
	}
	return write_sdp(leg, &out, sdp) ? 0 : EMSGSIZE;
}

/* Their key opens what comes, ours closes what goes; unchanged ones keep their counters. */
static int take_key(struct md_leg *leg, const struct md_sdp_media *m)
{
	struct md_trunk *t = &leg->u.t;
	if (!t->secure ||
		(leg->srtp_rx && memcmp(t->key_rx, m->crypto_key, sizeof(t->key_rx)) == 0)) {
		return 0;
	}
	memcpy(t->key_rx, m->crypto_key, sizeof(t->key_rx));
	if (!leg->srtp_tx) {
		return md_leg_set_keys(leg, MD_SRTP_CM_128_SHA1_80, t->key_rx, t->key_tx);
	}
	struct md_srtp *in;
	int err = md_srtp_create(&in, MD_SRTP_CM_128_SHA1_80, t->key_rx, false);
	if (!err) {
		md_srtp_destroy(leg->srtp_rx);
		leg->srtp_rx = in;
	}
	return err;
}

static int say(char reason[MD_SDP_REASON_SIZE], const char *what, int err)
{
	vp_strcopy(reason, MD_SDP_REASON_SIZE, what);
	return err;
}

int md_trunk_answer(
	struct md_leg *leg, const struct md_sdp *answer, char reason[MD_SDP_REASON_SIZE])
{
	struct md_trunk *t = &leg->u.t;
	const struct md_sdp_media *m = &answer->media[answer->audio];
	struct md_agreed agreed;
	if (!t->offered) {
		return say(reason, "an answer without offer", EBADMSG);
	}
	if (m->proto != (t->secure ? MD_PROTO_SAVP : MD_PROTO_AVP)) {
		return say(reason, "the answer has another protocol", EBADMSG);
	}
	if (t->secure && (!m->has_crypto || m->crypto_tag != t->crypto_tag)) {
		return say(reason, "the answer lacks our crypto suite", EBADMSG);
	}
	if (!md_agree_on_answer(&agreed, m, t->formats, t->n_formats)) {
		return say(reason, "no codec in common", ENOTSUP);
	}
	int err = take_key(leg, m);
	if (err) {
		return err;
	}
	md_leg_set_agreed(leg, &agreed);
	md_trunk_set_remote(leg, m);
	return 0;
}

/* What they want, turned round, as far as our hold allows. */
static enum md_sdp_dir answer_dir(const struct md_leg *leg)
{
	enum md_sdp_dir said = leg->u.t.said_dir;
	bool send = said == MD_SENDRECV || said == MD_RECVONLY;
	bool receive = (said == MD_SENDRECV || said == MD_SENDONLY) && !leg->held;
	return send && receive ? MD_SENDRECV
	       : send          ? MD_SENDONLY
	       : receive       ? MD_RECVONLY
			       : MD_INACTIVE;
}

static const char *unfit(const struct md_leg *leg, const struct md_sdp_media *m, bool srtp)
{
	if (m->proto == MD_PROTO_DTLS) {
		return "DTLS is not for trunks";
	}
	if (m->proto == MD_PROTO_SAVP && !m->has_crypto) {
		return "SRTP without AES_CM_128_HMAC_SHA1_80";
	}
	if (m->proto == MD_PROTO_AVP && (srtp || leg->u.t.secure)) {
		return "plain RTP where SRTP is required";
	}
	return NULL;
}

int md_trunk_remote_offer(struct md_leg *leg, const struct md_sdp *offer,
	const enum md_codec *codecs, unsigned n_codecs, bool srtp, const struct md_addr *advertise,
	char sdp[MD_TRUNK_SDP_SIZE], char reason[MD_SDP_REASON_SIZE])
{
	struct md_trunk *t = &leg->u.t;
	const struct md_sdp_media *m = &offer->media[offer->audio];
	const char *why = unfit(leg, m, srtp);
	struct md_agreed agreed;
	struct md_sdp_format format;
	if (why) {
		return say(reason, why, EBADMSG);
	}
	if (!md_agree_on_offer(&agreed, m, codecs, n_codecs)) {
		return say(reason, "no codec in common", ENOTSUP);
	}
	if (m->proto == MD_PROTO_SAVP) {
		make_secure(leg);
		t->crypto_tag = m->crypto_tag;
	}
	int err = take_key(leg, m);
	if (err) {
		return err;
	}
	if (advertise) {
		t->advertise = *advertise;
	}
	t->offered = false;
	md_leg_set_agreed(leg, &agreed);
	md_trunk_set_remote(leg, m);
	struct md_sdp_out out = {.dir = answer_dir(leg), .answer_to = offer, .avpf = m->avpf};
	md_agree_formats(&agreed, &format, &out);
	return write_sdp(leg, &out, sdp) ? 0 : EMSGSIZE;
}
