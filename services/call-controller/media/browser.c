/* Packets and handshake of a browser leg; its SDP is in browser_sdp.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/call-controller/media/browser.h"
#include "services/call-controller/media/call.h"
#include "services/call-controller/media/engine_int.h"

#define FLIGHT_KEEP_US 30000000 /* so long may the far side ask for our last flight */
#define FLIGHT_REPEATS 10

static void drop(struct md_leg *leg, enum md_drop why)
{
	leg->worker->drops[why]++;
}

/* --- ICE --- */

/* The selected path gets a connected socket: cheaper, and the kernel keeps others out of it. */
static void follow_path(struct md_leg *leg)
{
	struct md_addr local = leg->worker->engine->bind;
	leg->remote = leg->u.b.ice.selected;
	md_addr_set_port(&local, leg->port);
	md_sock_close(&leg->rtp, leg->worker);
	if (md_sock_open_connected(&leg->rtp, leg->worker, &leg->u.b.any, &local, &leg->remote) !=
		0) {
		leg->rtp.fd = -1; /* then the open one serves */
	}
}

static void send_to(struct md_leg *leg, const struct md_addr *to, const void *p, size_t len)
{
	bool selected = leg->rtp.fd >= 0 && md_addr_equal(to, &leg->remote);
	ssize_t n = selected ? send(leg->rtp.fd, p, len, MSG_NOSIGNAL)
			     : sendto(leg->u.b.any.fd, p, len, MSG_NOSIGNAL, &to->u.sa, to->len);
	if (n < 0) {
		drop(leg, MD_DROP_SEND);
	}
}

static void on_stun(struct md_leg *leg, struct mbuf *msg, const struct md_addr *src)
{
	struct mbuf *reply = leg->worker->stun;
	enum md_ice_result result = md_ice_input(&leg->u.b.ice, msg, src, reply);
	if (result == MD_ICE_DROP) {
		drop(leg, MD_DROP_STUN);
		return;
	}
	if (!leg->u.b.keys_wanted) {
		md_leg_heard(leg); /* before that, checks alone would keep a mute call for ever */
	}
	if (result == MD_ICE_SELECTED) {
		follow_path(leg);
	}
	send_to(leg, src, reply->buf, reply->end);
}

/* --- DTLS --- */

static void send_flight(const uint8_t *p, size_t len, void *arg)
{
	struct md_leg *leg = arg;
	send_to(leg, &leg->u.b.dtls_peer, p, len);
}

static void end_dtls(struct md_leg *leg)
{
	md_timer_stop(&leg->u.b.dtls_timer);
	leg->u.b.dtls = md_dtls_destroy(leg->u.b.dtls);
}

static void drop_flight(struct md_leg *leg)
{
	free(leg->u.b.flight);
	leg->u.b.flight = NULL;
}

/* The handshake's state is large and done with; its last words are kept in case they get lost. */
static void keep_flight(struct md_leg *leg)
{
	struct md_browser *b = &leg->u.b;
	drop_flight(leg);
	b->flight = malloc(sizeof(*b->flight));
	if (b->flight) {
		*b->flight = *md_dtls_flight(b->dtls);
		b->flight_end_us = leg->worker->now_us + FLIGHT_KEEP_US;
		b->flight_repeats = 0;
	}
}

/* The far side repeats its last flight: ours did not arrive. */
static void repeat_flight(struct md_leg *leg)
{
	struct md_browser *b = &leg->u.b;
	size_t at = 0;
	if (!b->flight || b->flight_repeats++ >= FLIGHT_REPEATS) {
		drop(leg, MD_DROP_DTLS);
		return;
	}
	for (unsigned i = 0; i < b->flight->n; at += b->flight->len[i++]) {
		send_to(leg, &b->dtls_peer, b->flight->data + at, b->flight->len[i]);
	}
}

static void take_keys(struct md_leg *leg)
{
	struct md_browser *b = &leg->u.b;
	struct md_dtls_keys keys;
	int err = md_dtls_get_keys(b->dtls, b->fingerprint, &keys);
	if (!err) {
		err = md_leg_set_keys(leg, keys.suite, keys.rx, keys.tx);
	}
	explicit_bzero(&keys, sizeof(keys));
	if (err) {
		vp_log(WARN, "dtls.refused", VP_KV_ERR(err));
		drop(leg, MD_DROP_DTLS);
		end_dtls(leg);
		return;
	}
	b->keys_wanted = false;
	keep_flight(leg);
	end_dtls(leg);
	md_leg_connected(leg);
}

static void arm_dtls_timer(struct md_leg *leg)
{
	int wait = md_dtls_wait_ms(leg->u.b.dtls);
	if (wait >= 0) {
		md_timer_start(&leg->worker->wheel, &leg->u.b.dtls_timer,
			leg->worker->now_us + wait * MD_MS);
	} else {
		md_timer_stop(&leg->u.b.dtls_timer);
	}
}

static void on_dtls_state(struct md_leg *leg, enum md_dtls_state state)
{
	if (state == MD_DTLS_UP && leg->u.b.keys_wanted) {
		take_keys(leg);
	} else if (state == MD_DTLS_CLOSED || state == MD_DTLS_FAILED) {
		end_dtls(leg);
	}
	if (leg->u.b.dtls) {
		arm_dtls_timer(leg);
	}
}

static void on_dtls_timer(struct md_timer *timer, int64_t now_us)
{
	struct md_leg *leg = MD_CONTAINER(timer, struct md_leg, u.b.dtls_timer);
	leg->worker->now_us = now_us;
	on_dtls_state(leg, md_dtls_on_timer(leg->u.b.dtls));
}

/* Only from addresses that ICE proved: a stranger's ClientHello would cost us a signature (and was
 * a way to break others' servers, CVE-2023-49786). */
static void on_dtls(struct md_leg *leg, const uint8_t *p, size_t len, const struct md_addr *src)
{
	struct md_browser *b = &leg->u.b;
	if (!md_ice_is_valid(&b->ice, src)) {
		drop(leg, MD_DROP_SOURCE);
		return;
	}
	if (!b->keys_wanted) {
		repeat_flight(leg);
		return;
	}
	bool hello = md_dtls_is_hello(p, len);
	if (b->dtls && hello && !md_addr_equal(src, &b->dtls_peer)) {
		end_dtls(leg); /* another tab, while the one before is at it */
	}
	b->dtls_peer = *src;
	if (!b->dtls) {
		if (!hello ||
			md_dtls_create(&b->dtls, leg->worker->engine->dtls, send_flight, leg)) {
			drop(leg, MD_DROP_DTLS);
			return;
		}
		b->dtls_timer.fire = on_dtls_timer;
	}
	on_dtls_state(leg, md_dtls_input(b->dtls, p, len));
}

/* --- demultiplexing: RFC 7983 --- */

static void on_media(struct md_leg *leg, uint8_t *p, size_t len, const struct md_addr *src)
{
	if (!md_ice_is_valid(&leg->u.b.ice, src)) {
		drop(leg, MD_DROP_SOURCE);
	} else if (md_leg_input(leg, p, len)) {
		if (leg->u.b.keys_wanted) {
			md_leg_heard(leg); /* the tab before talks on while the new one is at it */
		} else {
			drop_flight(leg); /* it speaks with the new keys: has our last words */
		}
	}
}

static void demux(struct md_leg *leg, struct mbuf *mb, const struct md_addr *src)
{
	uint8_t first = mb->buf[0];
	leg->worker->flows[MD_BROWSER_IN]++;
	if (first <= 3) {
		on_stun(leg, mb, src);
	} else if (first >= 20 && first <= 63) {
		on_dtls(leg, mb->buf, mb->end, src);
	} else if (first >= 128 && first <= 191) {
		on_media(leg, mb->buf, mb->end, src);
	} else {
		drop(leg, MD_DROP_MALFORMED);
	}
}

void md_browser_ready(struct md_sock *sock, struct md_worker *worker)
{
	struct md_leg *leg = sock->leg;
	struct mbuf *mb = worker->rx;
	struct md_addr src = {.len = sizeof(src.u)};
	bool connected = sock == &leg->rtp;
	ssize_t n = recvfrom(sock->fd, mb->buf, MD_PACKET_MAX + 1, 0, connected ? NULL : &src.u.sa,
		connected ? NULL : &src.len);
	if (n <= 0) {
		return; /* an ICMP error that waited, or an empty datagram */
	}
	worker->now_us = vp_mono_us();
	if (n > MD_PACKET_MAX) {
		drop(leg, MD_DROP_MALFORMED);
		return;
	}
	mb->pos = 0;
	mb->end = (size_t)n;
	demux(leg, mb, connected ? &leg->remote : &src);
}

void md_browser_tick(struct md_leg *leg)
{
	struct md_browser *b = &leg->u.b;
	if (b->flight && leg->worker->now_us > b->flight_end_us) {
		drop_flight(leg);
	}
}

void md_browser_close(struct md_leg *leg)
{
	end_dtls(leg);
	drop_flight(leg);
	md_sock_close(&leg->rtp, leg->worker);
	md_sock_close(&leg->u.b.any, leg->worker);
	md_ports_give(leg->worker->engine->ports, leg->port);
}
