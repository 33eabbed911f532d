/* The offer of a browser and our answer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/agree.h"
#include "services/call-controller/media/browser.h"
#include "services/call-controller/media/engine_int.h"

/* What Chromium and Firefox cannot do without, and neither can we. */
static const char *missing(const struct md_sdp_media *m)
{
	return m->proto != MD_PROTO_DTLS      ? "UDP/TLS/RTP/SAVPF"
	       : !m->has_fingerprint          ? "a sha-256 fingerprint"
	       : !m->ufrag[0] || !m->pwd[0]   ? "ice-ufrag and ice-pwd"
	       : !m->rtcp_mux                 ? "rtcp-mux"
	       : m->setup == MD_SETUP_PASSIVE ? "setup actpass or active"
					      : NULL;
}

/* A new page or a new network brings other credentials; the same ones mean nothing has changed. */
static void take_transport(struct md_leg *leg, const struct md_sdp_media *m)
{
	struct md_browser *b = &leg->u.b;
	bool first = !b->ice.now.ufrag[0];
	bool restart = strcmp(b->ice.now.remote_ufrag, m->ufrag) != 0;
	bool other = memcmp(b->fingerprint, m->fingerprint, sizeof(b->fingerprint)) != 0;
	if (first || restart) {
		md_ice_start(&b->ice, m->ufrag);
		leg->heard_us = leg->worker->now_us; /* it has the whole time to come */
		leg->silent = false;
	}
	if (first || restart || other) {
		b->keys_wanted = true;
	}
	memcpy(b->fingerprint, m->fingerprint, sizeof(b->fingerprint));
}

static enum md_sdp_dir answer_dir(enum md_sdp_dir offered)
{
	switch (offered) {
	case MD_SENDONLY: return MD_RECVONLY;
	case MD_RECVONLY: return MD_SENDONLY;
	default: return offered;
	}
}

static bool write_answer(struct md_leg *leg, const struct md_sdp *offer,
	const struct md_agreed *agreed, char answer[MD_SDP_ANSWER_SIZE])
{
	const struct md_sdp_media *m = &offer->media[offer->audio];
	struct md_addr addr = leg->worker->engine->advertise;
	struct md_sdp_format format;
	md_addr_set_port(&addr, leg->port);
	struct md_sdp_out out = {
		.id = leg->sdp_id,
		.version = leg->sdp_version,
		.addr = &addr,
		.proto = MD_PROTO_DTLS,
		.avpf = m->avpf,
		.dir = answer_dir(m->dir),
		.mid = leg->u.b.mid,
		.bundle = leg->u.b.bundle,
		.ufrag = leg->u.b.ice.now.ufrag,
		.pwd = leg->u.b.ice.now.pwd,
		.fingerprint = md_dtls_fingerprint(leg->worker->engine->dtls),
		.answer_to = offer,
	};
	md_agree_formats(agreed, &format, &out);
	return md_sdp_write(&out, answer, MD_SDP_ANSWER_SIZE);
}

int md_browser_offer(struct md_leg *leg, const struct md_sdp *offer, const enum md_codec *codecs,
	unsigned n_codecs, char answer[MD_SDP_ANSWER_SIZE], char reason[MD_SDP_REASON_SIZE])
{
	const struct md_sdp_media *m = &offer->media[offer->audio];
	const char *lacks = missing(m);
	struct md_agreed agreed;
	if (lacks) {
		snprintf(reason, MD_SDP_REASON_SIZE, "the offer lacks %s", lacks);
		return EBADMSG;
	}
	if (!md_agree_on_offer(&agreed, m, codecs, n_codecs)) {
		vp_strcopy(reason, MD_SDP_REASON_SIZE, "no codec in common");
		return ENOTSUP;
	}
	take_transport(leg, m);
	vp_strcopy(leg->u.b.mid, sizeof(leg->u.b.mid), m->mid);
	leg->u.b.bundle = offer->bundle;
	leg->secure = true;
	leg->muted = m->dir == MD_SENDONLY || m->dir == MD_INACTIVE;
	leg->sdp_version++;
	md_leg_set_agreed(leg, &agreed);
	if (!write_answer(leg, offer, &agreed, answer)) {
		vp_strcopy(reason, MD_SDP_REASON_SIZE, "the answer does not fit");
		return EBADMSG;
	}
	return 0;
}
