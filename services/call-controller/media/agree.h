/* Offer and answer (RFC 3264): which codec and numbers two lists agree on. */
#ifndef MD_AGREE_H
#define MD_AGREE_H
#include "services/call-controller/media/leg.h"

/* We answer: the first of our codecs that the offer has, with the offer's numbers. */
bool md_agree_on_offer(struct md_agreed *ret, const struct md_sdp_media *offer,
	const enum md_codec *codecs, unsigned n_codecs);
/* They answered: the first of their formats that we offered; the others may come too. */
bool md_agree_on_answer(struct md_agreed *ret, const struct md_sdp_media *answer,
	const struct md_sdp_format *offered, unsigned n_offered);
/* The m= line of an answer that agreed says. */
void md_agree_formats(
	const struct md_agreed *agreed, struct md_sdp_format *format, struct md_sdp_out *out);
/* Telephone-event numbers of our own offers. */
#define MD_TE_PT_8000 101
#define MD_TE_PT_48000 102
#endif
