/* See agree.h. */
#include <string.h>
#include "services/call-controller/media/agree.h"

static void clear(struct md_agreed *a)
{
	*a = (struct md_agreed){.te_rx = MD_PT_NONE, .te_tx = MD_PT_NONE, .te_rate = 8000};
	memset(a->pt_rx, MD_PT_NONE, sizeof(a->pt_rx));
}

/* Events run on the codec's clock (RFC 4733 section 2.1); some peers list 8000 Hz only. */
static void take_events(struct md_agreed *a, const struct md_sdp_media *theirs)
{
	if (a->codec == MD_OPUS && theirs->te_pt_48000 != MD_PT_NONE) {
		a->te_tx = theirs->te_pt_48000;
		a->te_rate = 48000;
	} else {
		a->te_tx = theirs->te_pt_8000;
	}
	a->te_rx = a->te_tx;
}

static const struct md_sdp_format *find(
	const struct md_sdp_format *formats, unsigned n, enum md_codec codec)
{
	for (unsigned i = 0; i < n; i++) {
		if (formats[i].codec == codec) {
			return &formats[i];
		}
	}
	return NULL;
}

bool md_agree_on_offer(struct md_agreed *ret, const struct md_sdp_media *offer,
	const enum md_codec *codecs, unsigned n_codecs)
{
	for (unsigned i = 0; i < n_codecs; i++) {
		const struct md_sdp_format *f = find(offer->formats, offer->n_formats, codecs[i]);
		if (f) {
			clear(ret);
			ret->done = true;
			ret->codec = f->codec;
			ret->pt_tx = f->pt;
			ret->pt_rx[f->codec] = f->pt;
			take_events(ret, offer);
			return true;
		}
	}
	return false;
}

bool md_agree_on_answer(struct md_agreed *ret, const struct md_sdp_media *answer,
	const struct md_sdp_format *offered, unsigned n_offered)
{
	struct md_agreed a;
	clear(&a);
	for (unsigned i = 0; i < answer->n_formats; i++) {
		const struct md_sdp_format *ours =
			find(offered, n_offered, answer->formats[i].codec);
		if (!ours) {
			continue;
		}
		if (!a.done) {
			a.done = true;
			a.codec = ours->codec;
			a.pt_tx = answer->formats[i].pt;
		}
		a.pt_rx[ours->codec] = ours->pt;
	}
	if (!a.done) {
		return false;
	}
	take_events(&a, answer);
	if (a.te_tx != MD_PT_NONE) { /* they send what our offer said */
		a.te_rx = a.te_rate == 48000 ? MD_TE_PT_48000 : MD_TE_PT_8000;
	}
	*ret = a;
	return true;
}

void md_agree_formats(
	const struct md_agreed *agreed, struct md_sdp_format *format, struct md_sdp_out *out)
{
	*format =
		(struct md_sdp_format){.codec = agreed->codec, .pt = agreed->pt_rx[agreed->codec]};
	out->formats = format;
	out->n_formats = 1;
	out->te_pt_8000 = agreed->te_rate == 8000 ? agreed->te_rx : MD_PT_NONE;
	out->te_pt_48000 = agreed->te_rate == 48000 ? agreed->te_rx : MD_PT_NONE;
}
