/* The trunk's side of a leg: offers and answers, SDES, and the lock on the source of its packets */
#ifndef MD_TRUNK_H
#define MD_TRUNK_H
#include "services/call-controller/media/leg.h"

#define MD_TRUNK_SDP_SIZE 2048

/* Our offer: for a new INVITE, or (formats agreed) a re-INVITE that tells of a hold. */
int md_trunk_offer(struct md_leg *leg, const enum md_codec *codecs, unsigned n_codecs, bool srtp,
	const struct md_addr *advertise, char sdp[MD_TRUNK_SDP_SIZE]);
int md_trunk_reoffer(struct md_leg *leg, char sdp[MD_TRUNK_SDP_SIZE]);
/* The answer to it (183 or 200; a later one may differ). */
int md_trunk_answer(
	struct md_leg *leg, const struct md_sdp *answer, char reason[MD_SDP_REASON_SIZE]);
/* Their offer and our answer. srtp: refuse plain RTP. EBADMSG, ENOTSUP: no codec in common. */
int md_trunk_remote_offer(struct md_leg *leg, const struct md_sdp *offer,
	const enum md_codec *codecs, unsigned n_codecs, bool srtp, const struct md_addr *advertise,
	char sdp[MD_TRUNK_SDP_SIZE], char reason[MD_SDP_REASON_SIZE]);

/* Whose word its SDP is: networks are those of the operator. */
void md_trunk_set_peer(
	struct md_leg *leg, const struct md_addr *peer, const struct vp_nets *networks);

/* Its two sockets. */
int md_trunk_open(struct md_leg *leg);
void md_trunk_close(struct md_leg *leg);
void md_trunk_ready(struct md_sock *sock, struct md_worker *worker);
void md_trunk_rtcp_ready(struct md_sock *sock, struct md_worker *worker);
/* The far side said where it is; another place than before opens the lock. */
void md_trunk_set_remote(struct md_leg *leg, const struct md_sdp_media *m);
#endif
