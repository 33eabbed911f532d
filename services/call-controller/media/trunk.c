/* Packets of a trunk leg; its SDP is in trunk_sdp.c. */
#include <errno.h>
#include <sys/socket.h>
#include <re.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/call.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/pair.h"
#include "services/call-controller/media/trunk.h"

#define LOCK_AFTER 10 /* packets (200 ms) in which the SDP's own address may still take over */

static void drop(struct md_leg *leg, enum md_drop why)
{
	leg->worker->drops[why]++;
}

/* False: the kernel keeps it to the one address. */
static bool unlock(struct md_leg *leg)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	bool ok =
		leg->u.t.latch != MD_LATCH_LOCKED || connect(leg->rtp.fd, &none, sizeof(none)) == 0;
	leg->u.t.latch = MD_LATCH_OPEN;
	leg->u.t.latch_packets = 0;
	return ok;
}

/* From here on the kernel drops what others send. */
static void lock(struct md_leg *leg, const struct md_addr *src)
{
	leg->remote = *src;
	if (connect(leg->rtp.fd, &src->u.sa, src->len) == 0) {
		leg->u.t.latch = MD_LATCH_LOCKED;
	}
}

void md_trunk_set_peer(
	struct md_leg *leg, const struct md_addr *peer, const struct vp_nets *networks)
{
	leg->u.t.peer = *peer;
	leg->u.t.nets = *networks;
}

/* Who is outside must not have us send into our own machine or network. */
static bool may_be_at(const struct md_trunk *t, const struct md_addr *addr)
{
	return !t->peer.len || vp_address_may_name(&t->peer.u.sa, &addr->u.sa) ||
	       vp_nets_hold(&t->nets, &addr->u.sa);
}

void md_trunk_set_remote(struct md_leg *leg, const struct md_sdp_media *m)
{
	struct md_trunk *t = &leg->u.t;
	bool nowhere = !m->rtp.len || md_addr_is_any(&m->rtp);
	if (!nowhere && !md_addr_equal(&t->said, &m->rtp)) {
		(void)unlock(leg);
		t->said = m->rtp;
		/* a NAT that it does not know of: its packets will tell */
		leg->remote = may_be_at(t, &m->rtp) ? m->rtp : (struct md_addr){0};
	}
	if (!nowhere) {
		t->said_rtcp = may_be_at(t, &m->rtcp) ? m->rtcp : (struct md_addr){0};
	}
	t->said_dir = m->dir;
	if (nowhere) { /* RFC 3264 section 8.4, the old way to hold */
		t->said_dir = m->dir == MD_SENDRECV   ? MD_SENDONLY
			      : m->dir == MD_RECVONLY ? MD_INACTIVE
						      : m->dir;
	}
	leg->muted = t->said_dir == MD_SENDONLY || t->said_dir == MD_INACTIVE;
}

/* May src speak? Before the far side said where it is, nobody may; and a forged source must not
 * lead us inside. */
static bool may_speak(const struct md_leg *leg, const struct md_addr *src)
{
	const struct md_trunk *t = &leg->u.t;
	switch (t->latch) {
	case MD_LATCH_OPEN: return t->said.len > 0 && may_be_at(t, src);
	case MD_LATCH_FIRST:
		return md_addr_equal(src, &leg->remote) ||
		       (md_addr_equal(src, &t->said) && may_be_at(t, src));
	case MD_LATCH_LOCKED: return md_addr_equal(src, &leg->remote);
	}
	return false;
}

/* After a packet that was good (with SRTP: authentic). */
static void latch(struct md_leg *leg, const struct md_addr *src)
{
	struct md_trunk *t = &leg->u.t;
	if (t->latch == MD_LATCH_LOCKED) {
		return;
	}
	if (md_addr_equal(src, &t->said)) {
		lock(leg, src);
		return;
	}
	if (t->latch == MD_LATCH_OPEN) {
		t->latch = MD_LATCH_FIRST;
		leg->remote = *src;
	}
	if (++t->latch_packets >= LOCK_AFTER) {
		lock(leg, src);
	}
}

static ssize_t receive(struct md_sock *sock, struct md_worker *worker, struct md_addr *src)
{
	struct mbuf *mb = worker->rx;
	src->len =
		sizeof(src->u); /* also when locked: others' packets may have waited since before */
	ssize_t n = recvfrom(sock->fd, mb->buf, MD_PACKET_MAX + 1, 0, &src->u.sa, &src->len);
	if (n <= 0) {
		return 0;
	}
	worker->now_us = vp_mono_us();
	worker->flows[MD_TRUNK_IN]++;
	if (n > MD_PACKET_MAX || mb->buf[0] >> 6 != 2) {
		drop(sock->leg, MD_DROP_MALFORMED);
		return 0;
	}
	return n;
}

void md_trunk_ready(struct md_sock *sock, struct md_worker *worker)
{
	struct md_leg *leg = sock->leg;
	struct md_addr src;
	ssize_t n = receive(sock, worker, &src);
	if (n == 0) {
		return;
	}
	if (!may_speak(leg, &src)) {
		drop(leg, MD_DROP_SOURCE);
		return;
	}
	if (md_leg_input(leg, worker->rx->buf, (size_t)n)) {
		latch(leg, &src);
		md_leg_heard(leg);
		if (!leg->connected) {
			md_leg_connected(leg);
		}
	}
}

/* RTCP comes from the host that speaks, from whatever port its NAT gave it. */
void md_trunk_rtcp_ready(struct md_sock *sock, struct md_worker *worker)
{
	struct md_leg *leg = sock->leg;
	struct md_addr src;
	ssize_t n = receive(sock, worker, &src);
	if (n == 0) {
		return;
	}
	if (!md_addr_same_host(&src, &leg->remote) || n < 8 || !md_rtcp_is(worker->rx->buf[1])) {
		drop(leg, MD_DROP_SOURCE);
	} else if (md_leg_input(leg, worker->rx->buf, (size_t)n)) {
		leg->u.t.said_rtcp = src;
		md_leg_heard(leg);
	}
}

int md_trunk_open(struct md_leg *leg)
{
	struct md_trunk *t = &leg->u.t;
	leg->rtp.ready = md_trunk_ready;
	t->rtcp.ready = md_trunk_rtcp_ready;
	int err = md_pair_open(&t->pair, leg->worker, &leg->rtp, &t->rtcp);
	if (!err) {
		leg->port = t->pair->even;
	}
	return err;
}

void md_trunk_close(struct md_leg *leg)
{
	struct md_trunk *t = &leg->u.t;
	bool open = unlock(leg);
	md_pair_leave(VP_TAKE(t->pair), leg->worker, &leg->rtp, &t->rtcp, open);
}
