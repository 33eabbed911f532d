/* The browser's side of a leg: ICE-lite, DTLS, the offer and its answer. */
#ifndef MD_BROWSER_H
#define MD_BROWSER_H
#include "services/call-controller/media/leg.h"

#define MD_SDP_ANSWER_SIZE 4096

/* Takes an offer (first, re-attach or ICE restart) and writes the answer. codecs: in our order.
 * EBADMSG, ENOTSUP (no common codec). Nothing changes on failure. */
int md_browser_offer(struct md_leg *leg, const struct md_sdp *offer, const enum md_codec *codecs,
	unsigned n_codecs, char answer[MD_SDP_ANSWER_SIZE], char reason[MD_SDP_REASON_SIZE]);
void md_browser_ready(struct md_sock *sock, struct md_worker *worker);
void md_browser_tick(struct md_leg *leg);
void md_browser_close(struct md_leg *leg);
#endif
