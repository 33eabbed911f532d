/* TrunkOffer, RemoteSdp as answer and as offer: the three ways SDP comes to or from a trunk. */
#include <errno.h>
#include <string.h>
#include "services/call-controller/media/request.h"
#include "services/call-controller/media/trunk.h"

/* "" is none; false: no address literal. */
static bool advertised(
	struct md_request *req, const char *text, struct md_addr *addr, const struct md_addr **ret)
{
	*ret = NULL;
	if (text[0]) {
		if (!md_addr_parse(addr, text, 0)) {
			md_request_fail(req, EINVAL, "advertise is no address");
			return false;
		}
		*ret = addr;
	}
	return true;
}

struct speaker {
	struct md_addr peer;
	struct vp_nets networks;
};

/* Whose SDP it is. */
static bool read_speaker(
	struct md_request *req, const Ringmain__V1__RemoteSdp *op, struct speaker *ret)
{
	*ret = (struct speaker){0};
	if ((op->peer[0] && !md_addr_parse(&ret->peer, op->peer, 0)) ||
		!vp_nets_parse(&ret->networks, op->networks)) {
		md_request_fail(req, EINVAL, "peer is no address, or networks are none");
		return false;
	}
	return true;
}

static void done(struct md_request *req, int err, bool was_new)
{
	if (err) {
		md_request_fail(req, err, req->reason);
		md_request_undo_leg(req, was_new);
		return;
	}
	if (req->sdp[0]) {
		req->reply.sdp = req->sdp;
	}
	if (req->leg->agreed.done) {
		req->reply.codec = (char *)md_codec_name(req->leg->agreed.codec);
	}
}

void on_trunk_offer(struct md_request *req)
{
	const Ringmain__V1__TrunkOffer *op = req->msg->trunk_offer;
	enum md_codec codecs[MD_CODEC_MAX];
	unsigned n = md_request_codecs(op->codecs, op->n_codecs, codecs);
	struct md_addr addr;
	const struct md_addr *advertise;
	bool was_new = req->leg == NULL;
	if (n == 0) {
		md_request_fail(req, ENOTSUP, "no codec that we have");
		return;
	}
	if (!advertised(req, op->advertise, &addr, &advertise) ||
		!md_request_leg(req, MD_LEG_TRUNK)) {
		return;
	}
	done(req, md_trunk_offer(req->leg, codecs, n, op->srtp, advertise, req->sdp), was_new);
}

void on_trunk_answer(struct md_request *req)
{
	const Ringmain__V1__RemoteSdp *op = req->msg->trunk_answer;
	struct md_sdp answer;
	struct speaker speaker;
	if (req->leg->kind != MD_LEG_TRUNK) {
		md_request_fail(req, EINVAL, "the leg is of another kind");
		return;
	}
	if (!read_speaker(req, op, &speaker)) {
		return;
	}
	md_trunk_set_peer(req->leg, &speaker.peer, &speaker.networks);
	int err = md_sdp_parse(&answer, op->sdp, strlen(op->sdp), req->reason);
	done(req, err ? err : md_trunk_answer(req->leg, &answer, req->reason), false);
}

void on_trunk_remote_offer(struct md_request *req)
{
	const Ringmain__V1__RemoteSdp *op = req->msg->trunk_remote_offer;
	enum md_codec codecs[MD_CODEC_MAX];
	unsigned n = md_request_codecs(op->codecs, op->n_codecs, codecs);
	struct md_sdp offer;
	struct md_addr addr;
	struct speaker speaker;
	const struct md_addr *advertise;
	bool was_new = req->leg == NULL;
	int err = md_sdp_parse(&offer, op->sdp, strlen(op->sdp), req->reason);
	if (err) {
		md_request_fail(req, err, req->reason);
		return;
	}
	if (!advertised(req, op->advertise, &addr, &advertise) ||
		!read_speaker(req, op, &speaker) || !md_request_leg(req, MD_LEG_TRUNK)) {
		return;
	}
	md_trunk_set_peer(req->leg, &speaker.peer, &speaker.networks);
	done(req,
		md_trunk_remote_offer(
			req->leg, &offer, codecs, n, op->srtp, advertise, req->sdp, req->reason),
		was_new);
}
