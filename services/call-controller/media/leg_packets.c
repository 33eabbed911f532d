/* The packet path of a leg: what came is opened, counted, understood and passed to the peer in one
 * go, in the buffer where it was received. */
#include <errno.h>
#include <sys/socket.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/call.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/xcode.h"

/* Packets a leg may send between two ticks (a second): Opus in frames of 2.5 ms makes 400. */
#define MAX_BURST 1000

static void drop(struct md_leg *leg, enum md_drop why)
{
	leg->worker->drops[why]++;
}

/* --- out --- */

bool md_leg_can_send(const struct md_leg *leg)
{
	return leg->agreed.done && leg->remote.len && !leg->muted && (leg->srtp_tx || !leg->secure);
}

void md_leg_send_raw(struct md_leg *leg, const uint8_t *p, size_t len, bool rtcp)
{
	const struct md_addr *to = &leg->remote;
	bool locked =
		leg->kind == MD_LEG_BROWSER ? leg->rtp.fd >= 0 : leg->u.t.latch == MD_LATCH_LOCKED;
	int fd = leg->kind == MD_LEG_BROWSER && !locked ? leg->u.b.any.fd : leg->rtp.fd;
	ssize_t n;
	if (rtcp && leg->kind == MD_LEG_TRUNK) {
		to = &leg->u.t.said_rtcp;
		if (!to->len) {
			return; /* its own will tell where to */
		}
		fd = leg->u.t.rtcp.fd;
		locked = false;
	}
	if (locked) { /* connected: cheaper by an eighth */
		n = send(fd, p, len, MSG_NOSIGNAL);
	} else {
		n = to->len ? sendto(fd, p, len, MSG_NOSIGNAL, &to->u.sa, to->len) : -1;
	}
	if (n < 0) {
		drop(leg, MD_DROP_SEND);
		return;
	}
	leg->worker->flows[leg->kind == MD_LEG_BROWSER ? MD_BROWSER_OUT : MD_TRUNK_OUT]++;
}

void md_leg_send(struct md_leg *leg, const struct md_rtp *h, uint8_t *payload)
{
	uint8_t *p = payload - MD_RTP_HEADER;
	size_t len = MD_RTP_HEADER + h->payload_len;
	md_rtp_write(p, h);
	if (leg->srtp_tx && md_srtp_protect(leg->srtp_tx, p, &len) != 0) {
		drop(leg, MD_DROP_SEND);
		return;
	}
	md_leg_send_raw(leg, p, len, false);
}

void md_leg_send_rtcp(struct md_leg *leg)
{
	uint8_t p[MD_RTCP_MAX + MD_SRTP_TAIL];
	if (!md_leg_can_send(leg) || (!leg->tx.started && !leg->rx.started)) {
		return;
	}
	size_t len = md_rtcp_write(&leg->rtcp, &leg->tx, &leg->rx, md_codec_rate(leg->agreed.codec),
		leg->worker->now_us, vp_time_us(), p);
	if (leg->srtp_tx && md_srtcp_protect(leg->srtp_tx, p, &len) != 0) {
		drop(leg, MD_DROP_SEND);
		return;
	}
	md_leg_send_raw(leg, p, len, true);
}

/* --- speech to the peer --- */

static void on_xcoded(uint16_t seq, uint32_t ts, uint8_t *payload, size_t len, void *arg)
{
	struct md_leg *to = arg;
	struct md_rtp h = {.pt = to->agreed.pt_tx,
		.seq = seq,
		.ts = ts,
		.ssrc = to->peer->rx.ssrc,
		.payload_len = len};
	if (md_tx_map(&to->tx, &h, to->worker->now_us, md_codec_rate(to->agreed.codec))) {
		md_leg_send(to, &h, payload);
	}
}

static void transcode(
	struct md_leg *to, const struct md_rtp *h, enum md_codec from, const uint8_t *payload)
{
	enum md_codec codec = to->agreed.codec;
	if (to->xcode && (md_xcode_from(to->xcode) != from || md_xcode_to(to->xcode) != codec)) {
		to->xcode = md_xcode_destroy(to->xcode);
	}
	if (!to->xcode) {
		if (md_xcode_create(&to->xcode, from, codec) != 0) {
			return;
		}
		md_tx_new_source(&to->tx);
	}
	md_xcode_push(to->xcode, h, payload, on_xcoded, to);
}

static void relay(struct md_leg *to, struct md_rtp *h, enum md_codec from, uint8_t *payload)
{
	enum md_codec codec = to->agreed.codec;
	if (from != codec && (from == MD_OPUS || codec == MD_OPUS)) {
		transcode(to, h, from, payload);
		return;
	}
	if (from != codec) {
		md_g711_swap(from, payload, h->payload_len);
	}
	h->pt = to->agreed.pt_tx;
	if (!md_tx_map(&to->tx, h, to->worker->now_us, md_codec_rate(codec))) {
		drop(to, MD_DROP_ORDER);
		return;
	}
	md_leg_send(to, h, payload);
}

/* Whom does this leg speak to now? */
static struct md_leg *listener(struct md_leg *leg)
{
	struct md_leg *to = leg->peer;
	if (!to || leg->held || to->held || !md_leg_can_send(to) || md_player_busy(to)) {
		return NULL;
	}
	return to;
}

static void on_speech(struct md_leg *leg, struct md_rtp *h, enum md_codec codec, uint8_t *p)
{
	uint8_t *payload = p + h->payload_at;
	if (leg->call->tap && !leg->held) {
		md_call_tap(leg->call, leg, codec, h->ts, payload, h->payload_len);
	}
	struct md_leg *to = listener(leg);
	if (!to) {
		drop(leg, MD_DROP_NO_PEER);
		return;
	}
	relay(to, h, codec, payload);
}

/* --- keys --- */

/* Events pass as they are where both sides count them alike; else they are pressed anew. */
static bool events_pass(const struct md_leg *from, const struct md_leg *to)
{
	return to->agreed.te_tx != MD_PT_NONE && to->agreed.te_rate == from->agreed.te_rate &&
	       to->agreed.codec == from->agreed.codec && !to->xcode;
}

static void tell_key(struct md_leg *leg, const struct md_dtmf_key *key)
{
	char digit[2] = {md_dtmf_digit(key->event), '\0'};
	Ringmain__V1__DtmfReceived dtmf = RINGMAIN__V1__DTMF_RECEIVED__INIT;
	Ringmain__V1__MediaEvent ev = RINGMAIN__V1__MEDIA_EVENT__INIT;
	dtmf.digit = digit;
	dtmf.duration_ms = key->duration_ms;
	ev.ev_case = RINGMAIN__V1__MEDIA_EVENT__EV_DTMF;
	ev.dtmf = &dtmf;
	md_leg_tell(leg, &ev);
	struct md_leg *to = leg->peer;
	if (to && !leg->held && !to->held && !events_pass(leg, to)) {
		md_player_event(to, key->event, key->duration_ms);
	}
}

void md_leg_dtmf_timeout(struct md_leg *leg)
{
	struct md_dtmf_key key;
	if (md_dtmf_timeout(&leg->dtmf, leg->agreed.te_rate, leg->worker->now_us, &key)) {
		tell_key(leg, &key);
	} else if (leg->dtmf.active) {
		md_timer_start(
			&leg->worker->wheel, &leg->dtmf_timer, leg->dtmf.seen_us + MD_DTMF_GAP_US);
	}
}

static void on_event(struct md_leg *leg, struct md_rtp *h, uint8_t *p)
{
	struct md_dtmf_key key;
	uint8_t *payload = p + h->payload_at;
	if (h->payload_len < MD_EVENT_SIZE) {
		drop(leg, MD_DROP_MALFORMED);
		return;
	}
	if (md_dtmf_input(&leg->dtmf, payload, h->payload_len, h->ts, leg->agreed.te_rate,
		    leg->worker->now_us, &key)) {
		tell_key(leg, &key);
	}
	if (leg->dtmf.active && !md_timer_is_set(&leg->dtmf_timer)) {
		md_timer_start(&leg->worker->wheel, &leg->dtmf_timer,
			leg->worker->now_us + MD_DTMF_GAP_US);
	}
	struct md_leg *to = listener(leg);
	if (to && events_pass(leg, to)) {
		h->pt = to->agreed.te_tx;
		h->payload_len = MD_EVENT_SIZE;
		bool marker = h->marker;
		if (md_tx_map(&to->tx, h, to->worker->now_us, md_codec_rate(to->agreed.codec))) {
			h->marker = marker;
			md_leg_send(to, h, payload);
		}
	}
}

/* --- in --- */

static bool on_srtp_error(struct md_leg *leg, int err)
{
	if (err == EALREADY) {
		drop(leg, MD_DROP_REPLAY);
	} else if (err == EACCES) {
		leg->auth_failures++;
		vp_metric_add(leg->worker->engine->m_auth, 1);
		drop(leg, MD_DROP_AUTH);
	} else {
		drop(leg, MD_DROP_MALFORMED);
	}
	return false;
}

static bool input_rtcp(struct md_leg *leg, uint8_t *p, size_t len)
{
	int err = leg->srtp_rx ? md_srtcp_unprotect(leg->srtp_rx, p, &len) : 0;
	if (err) {
		return on_srtp_error(leg, err);
	}
	if (!md_rtcp_read(&leg->rtcp, p, len, leg->tx.ssrc, leg->worker->now_us, vp_time_us())) {
		drop(leg, MD_DROP_MALFORMED);
		return false;
	}
	return true;
}

/* Which agreed codec has this number? MD_CODEC_MAX: none. */
static enum md_codec codec_of(const struct md_agreed *agreed, uint8_t pt)
{
	for (unsigned i = 0; i < MD_CODEC_MAX; i++) {
		if (agreed->pt_rx[i] == pt) {
			return (enum md_codec)i;
		}
	}
	return MD_CODEC_MAX;
}

static bool on_rtp(struct md_leg *leg, struct md_rtp *h, uint8_t *p)
{
	if (++leg->burst > MAX_BURST) {
		drop(leg, MD_DROP_FLOOD);
		return false;
	}
	bool event = h->pt == leg->agreed.te_rx;
	enum md_codec codec = event ? leg->agreed.codec : codec_of(&leg->agreed, h->pt);
	if (codec == MD_CODEC_MAX) {
		drop(leg, MD_DROP_PAYLOAD);
		return false;
	}
	md_rx_update(&leg->rx, h, leg->worker->now_us, md_codec_rate(codec));
	if (event) {
		on_event(leg, h, p);
	} else {
		on_speech(leg, h, codec, p);
	}
	return true;
}

bool md_leg_input(struct md_leg *leg, uint8_t *p, size_t len)
{
	struct md_rtp h;
	if (len >= 8 && md_rtcp_is(p[1])) {
		if (leg->secure && !leg->srtp_rx) {
			drop(leg, MD_DROP_NO_KEYS);
			return false;
		}
		return input_rtcp(leg, p, len);
	}
	if (!leg->agreed.done || (leg->secure && !leg->srtp_rx)) {
		drop(leg, MD_DROP_NO_KEYS);
		return false;
	}
	int err = leg->srtp_rx ? md_srtp_unprotect(leg->srtp_rx, p, &len) : 0;
	if (err) {
		return on_srtp_error(leg, err);
	}
	if (!md_rtp_parse(p, len, &h)) {
		drop(leg, MD_DROP_MALFORMED);
		return false;
	}
	return on_rtp(leg, &h, p);
}
