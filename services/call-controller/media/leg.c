/* A leg's life and control; its packets are in leg_packets.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <opus/opus.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/browser.h"
#include "services/call-controller/media/call.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/trunk.h"
#include "services/call-controller/media/xcode.h"

static int open_sockets(struct md_leg *leg)
{
	if (leg->kind == MD_LEG_BROWSER) {
		leg->u.b.any.ready = md_browser_ready;
		leg->rtp.ready = md_browser_ready;
		return md_sock_open_pair(&leg->u.b.any, NULL, leg->worker, &leg->port);
	}
	return md_trunk_open(leg);
}

static void on_dtmf_timer(struct md_timer *timer, int64_t now_us)
{
	struct md_leg *leg = MD_CONTAINER(timer, struct md_leg, dtmf_timer);
	leg->worker->now_us = now_us;
	md_leg_dtmf_timeout(leg);
}

int md_leg_create(struct md_leg **ret, struct md_call *call, uint32_t id, enum md_leg_kind kind)
{
	if (call->n_legs == MD_MAX_LEGS) {
		return EDQUOT;
	}
	struct md_leg *leg = calloc(1, sizeof(*leg));
	if (!leg) {
		return ENOMEM;
	}
	leg->call = call;
	leg->worker = call->worker;
	leg->id = id;
	leg->kind = kind;
	leg->rtp.fd = -1;
	leg->rtp.leg = leg;
	struct md_sock *other = kind == MD_LEG_BROWSER ? &leg->u.b.any : &leg->u.t.rtcp;
	other->fd = -1;
	other->leg = leg;
	leg->dtmf_timer.fire = on_dtmf_timer;
	int err = open_sockets(leg);
	if (err) {
		free(leg);
		return err;
	}
	md_tx_init(&leg->tx);
	md_rtcp_init(&leg->rtcp);
	vp_random(&leg->sdp_id, sizeof(leg->sdp_id));
	leg->sdp_id >>= 2; /* fits the signed numbers that some parsers use */
	leg->heard_us = leg->worker->now_us;
	leg->rtcp_us = leg->worker->now_us + leg->worker->engine->cfg.rtcp_us / 2;
	leg->next = call->legs;
	call->legs = leg;
	call->n_legs++;
	*ret = leg;
	return 0;
}

static void unlink_leg(struct md_leg *leg)
{
	struct md_leg **at = &leg->call->legs;
	while (*at != leg) {
		at = &(*at)->next;
	}
	*at = leg->next;
	leg->call->n_legs--;
}

void md_leg_drop(struct md_leg *leg)
{
	struct md_worker *w = leg->worker;
	md_leg_unbridge(leg);
	md_player_stop(leg);
	md_timer_stop(&leg->dtmf_timer);
	if (leg->kind == MD_LEG_BROWSER) {
		md_browser_close(leg);
	} else {
		md_trunk_close(leg);
	}
	leg->srtp_rx = md_srtp_destroy(leg->srtp_rx);
	leg->srtp_tx = md_srtp_destroy(leg->srtp_tx);
	leg->xcode = md_xcode_destroy(leg->xcode);
	if (leg->opus) {
		opus_encoder_destroy(VP_TAKE(leg->opus));
	}
	unlink_leg(leg);
	md_worker_bury(w, leg);
}

void md_leg_free(struct md_leg *leg)
{
	explicit_bzero(leg, sizeof(*leg)); /* keys of SDES and ICE */
	free(leg);
}

/* Whatever fed this leg before, something else does from now on. */
static void new_source(struct md_leg *leg)
{
	md_tx_new_source(&leg->tx);
	leg->xcode = md_xcode_destroy(leg->xcode);
}

void md_leg_unbridge(struct md_leg *leg)
{
	struct md_leg *peer = VP_TAKE(leg->peer);
	if (peer) {
		peer->peer = NULL;
		new_source(peer);
		new_source(leg);
	}
}

void md_leg_bridge(struct md_leg *a, struct md_leg *b)
{
	if (a->peer == b) {
		return;
	}
	md_leg_unbridge(a);
	md_leg_unbridge(b);
	a->peer = b;
	b->peer = a;
	if (!a->held) {
		md_player_tone(a, MD_TONE_NONE);
	}
	if (!b->held) {
		md_player_tone(b, MD_TONE_NONE);
	}
	a->silent = b->silent = false;
	a->heard_us = a->kind == MD_LEG_TRUNK ? a->worker->now_us : a->heard_us;
	b->heard_us = b->kind == MD_LEG_TRUNK ? b->worker->now_us : b->heard_us;
	a->call->stats_us = a->worker->now_us + a->worker->engine->cfg.stats_us;
}

void md_leg_hold(struct md_leg *leg, bool on)
{
	leg->held = on;
	md_player_tone(leg, on ? MD_TONE_HOLD : MD_TONE_NONE);
	leg->heard_us = leg->kind == MD_LEG_TRUNK ? leg->worker->now_us : leg->heard_us;
}

void md_leg_set_agreed(struct md_leg *leg, const struct md_agreed *agreed)
{
	if (leg->agreed.done && leg->agreed.codec != agreed->codec) {
		new_source(leg); /* another clock */
		leg->player.tone_runs = false;
	}
	leg->agreed = *agreed;
}

int md_leg_set_keys(
	struct md_leg *leg, enum md_srtp_suite suite, const uint8_t *rx, const uint8_t *tx)
{
	struct md_srtp *in, *out;
	int err = md_srtp_create(&in, suite, rx, false);
	if (err) {
		return err;
	}
	err = md_srtp_create(&out, suite, tx, true);
	if (err) {
		md_srtp_destroy(in);
		return err;
	}
	md_srtp_destroy(leg->srtp_rx);
	md_srtp_destroy(leg->srtp_tx);
	leg->srtp_rx = in;
	leg->srtp_tx = out;
	leg->suite = suite;
	return 0;
}

void md_leg_heard(struct md_leg *leg)
{
	leg->heard_us = leg->worker->now_us;
	leg->call->heard_us = leg->worker->now_us;
	leg->silent = false;
}

void md_leg_tell(struct md_leg *leg, Ringmain__V1__MediaEvent *event)
{
	event->call_id.data = leg->call->id.b;
	event->call_id.len = sizeof(leg->call->id.b);
	event->leg = leg->id;
	md_control_event(leg->worker->engine->control, event);
}

void md_leg_connected(struct md_leg *leg)
{
	Ringmain__V1__Connected connected = RINGMAIN__V1__CONNECTED__INIT;
	Ringmain__V1__MediaEvent ev = RINGMAIN__V1__MEDIA_EVENT__INIT;
	leg->connected = true;
	connected.srtp_profile = (char *)md_srtp_name(leg->suite);
	ev.ev_case = RINGMAIN__V1__MEDIA_EVENT__EV_CONNECTED;
	ev.connected = &connected;
	md_leg_tell(leg, &ev);
}

static void check_silence(struct md_leg *leg)
{
	const struct md_engine_cfg *cfg = &leg->worker->engine->cfg;
	bool browser = leg->kind == MD_LEG_BROWSER;
	int64_t limit = browser ? cfg->browser_silent_us : cfg->trunk_silent_us;
	bool counts = browser ||
		      (leg->peer && !leg->held && !leg->peer->held && leg->agreed.done &&
			      leg->u.t.said_dir != MD_RECVONLY && leg->u.t.said_dir != MD_INACTIVE);
	if (!counts || leg->silent || leg->worker->now_us - leg->heard_us < limit) {
		return;
	}
	Ringmain__V1__Silent silent = RINGMAIN__V1__SILENT__INIT;
	Ringmain__V1__MediaEvent ev = RINGMAIN__V1__MEDIA_EVENT__INIT;
	leg->silent = true; /* told once, until something comes again */
	silent.seconds = (uint32_t)((leg->worker->now_us - leg->heard_us) / 1000000);
	ev.ev_case = RINGMAIN__V1__MEDIA_EVENT__EV_SILENT;
	ev.silent = &silent;
	md_leg_tell(leg, &ev);
}

void md_leg_tick(struct md_leg *leg)
{
	leg->burst = 0;
	check_silence(leg);
	if (leg->kind == MD_LEG_BROWSER) {
		md_browser_tick(leg);
	}
	if (leg->worker->now_us >= leg->rtcp_us) {
		int64_t every = leg->worker->engine->cfg.rtcp_us;
		leg->rtcp_us = leg->worker->now_us + every - every / 4 +
			       (leg->tx.ssrc & 1023) * every / 2048;
		md_leg_send_rtcp(leg);
	}
}

void md_leg_stats(const struct md_leg *leg, Ringmain__V1__LegStats *ret)
{
	uint32_t rate = leg->agreed.done ? md_codec_rate(leg->agreed.codec) : 8000;
	ret->leg = leg->id;
	ret->rx_packets = leg->rx.packets;
	ret->rx_bytes = leg->rx.bytes;
	ret->tx_packets = leg->tx.packets;
	ret->lost = md_rx_lost(&leg->rx);
	ret->jitter_us = md_rx_jitter_us(&leg->rx, rate);
	ret->rtt_us = leg->rtcp.rtt_us;
	ret->remote_lost_permille = leg->rtcp.fraction_lost * 1000U / 256;
	ret->srtp_auth_failures = leg->auth_failures;
}
