/* See player.h. */
#include <errno.h>
#include <string.h>
#include <opus/opus.h>
#include "services/call-controller/media/call.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/xcode.h"

#define FRAME_MS 20
#define FRAME_US (FRAME_MS * MD_MS)
#define GAP_MS 80 /* between keys (ITU-T Q.24 wants 40 at least) */
#define END_PACKETS 3

static void on_timer(struct md_timer *timer, int64_t now_us);

bool md_player_busy(const struct md_leg *leg)
{
	return leg->player.tone != MD_TONE_NONE || leg->player.n_digits > 0;
}

static void start(struct md_leg *leg)
{
	struct md_player *p = &leg->player;
	if (!md_timer_is_set(&p->timer)) {
		p->timer.fire = on_timer;
		p->next_us = leg->worker->now_us + MD_MS;
		md_timer_start(&leg->worker->wheel, &p->timer, p->next_us);
	}
}

void md_player_stop(struct md_leg *leg)
{
	md_timer_stop(&leg->player.timer);
	leg->player.tone = MD_TONE_NONE;
	leg->player.n_digits = 0;
	leg->player.key = MD_KEY_IDLE;
}

void md_player_tone(struct md_leg *leg, enum md_tone tone)
{
	struct md_player *p = &leg->player;
	if (p->tone == tone) {
		return;
	}
	p->tone = tone;
	p->tone_at = 0;
	p->tone_runs = false;
	if (tone != MD_TONE_NONE) {
		start(leg);
	}
}

void md_player_event(struct md_leg *leg, uint8_t event, unsigned duration_ms)
{
	struct md_player *p = &leg->player;
	unsigned ms = duration_ms ? duration_ms : MD_DIGIT_MS;
	ms = ms < MD_DIGIT_MIN_MS ? MD_DIGIT_MIN_MS : ms > MD_DIGIT_MAX_MS ? MD_DIGIT_MAX_MS : ms;
	if (p->n_digits < MD_MAX_DIGITS) {
		p->digits[p->n_digits] = event;
		p->digit_ms[p->n_digits] = (uint16_t)ms;
		p->n_digits++;
		start(leg);
	}
}

int md_player_digits(struct md_leg *leg, const char *digits, unsigned duration_ms)
{
	size_t n = strlen(digits);
	if (n == 0) {
		return EINVAL;
	}
	if (n > MD_MAX_DIGITS - leg->player.n_digits) {
		return ENOSPC;
	}
	for (size_t i = 0; i < n; i++) {
		if (md_dtmf_event(digits[i]) < 0) {
			return EINVAL;
		}
	}
	for (size_t i = 0; i < n; i++) {
		md_player_event(leg, (uint8_t)md_dtmf_event(digits[i]), duration_ms);
	}
	return 0;
}

/* 20 ms of sound in the leg's codec. fresh: the first after something else. */
static void send_pcm(struct md_leg *leg, const int16_t *pcm, bool fresh)
{
	uint8_t *payload = leg->worker->out + MD_RTP_HEADER;
	uint32_t rate = md_codec_rate(leg->agreed.codec);
	int len = MD_FRAME;
	if (leg->agreed.codec == MD_OPUS) {
		if (!leg->opus && md_opus_encoder(&leg->opus) != 0) {
			return;
		}
		len = opus_encode(leg->opus, pcm, MD_FRAME, payload, MD_PACKET_MAX);
	} else {
		md_g711_encode(leg->agreed.codec, pcm, MD_FRAME, payload);
	}
	if (len <= 0) {
		return;
	}
	struct md_rtp h = {.pt = leg->agreed.pt_tx, .marker = fresh, .payload_len = (size_t)len};
	if (fresh) {
		md_tx_set_ts(&leg->tx, md_tx_ts_now(&leg->tx, leg->worker->now_us, rate),
			leg->worker->now_us);
	}
	md_tx_own(&leg->tx, &h, fresh ? 0 : rate / 50);
	leg->tx.ts_us = leg->worker->now_us;
	md_leg_send(leg, &h, payload);
}

static void play_tone(struct md_leg *leg)
{
	struct md_player *p = &leg->player;
	int16_t pcm[MD_FRAME];
	md_tone_frame(leg->worker->engine->cfg.region, p->tone, p->tone_at, pcm);
	p->tone_at += MD_FRAME;
	send_pcm(leg, pcm, !p->tone_runs);
	p->tone_runs = true;
}

static void send_event(struct md_leg *leg, bool first, bool end)
{
	struct md_player *p = &leg->player;
	uint8_t *payload = leg->worker->out + MD_RTP_HEADER;
	uint32_t per_ms = leg->agreed.te_rate / 1000;
	md_dtmf_write(payload, p->digits[0], end, (uint16_t)(p->key_ms * per_ms));
	struct md_rtp h = {.pt = leg->agreed.te_tx, .marker = first, .payload_len = MD_EVENT_SIZE};
	md_tx_set_ts(&leg->tx, p->key_ts, leg->worker->now_us - (int64_t)p->key_ms * MD_MS);
	md_tx_own(&leg->tx, &h, 0);
	md_leg_send(leg, &h, payload);
}

static void press(struct md_leg *leg)
{
	struct md_player *p = &leg->player;
	p->key = MD_KEY_DOWN;
	p->key_ms = FRAME_MS;
	p->key_ends = END_PACKETS;
	p->key_ts = md_tx_ts_now(&leg->tx, leg->worker->now_us, md_codec_rate(leg->agreed.codec));
	p->tone_runs = false;
}

static void release(struct md_player *p)
{
	p->n_digits--;
	memmove(p->digits, p->digits + 1, p->n_digits);
	memmove(p->digit_ms, p->digit_ms + 1, p->n_digits * sizeof(p->digit_ms[0]));
	p->key = MD_KEY_IDLE;
}

/* RFC 4733 section 2.5.1: a packet each 20 ms with growing duration, the last one three times. */
static void step_event(struct md_leg *leg, bool first)
{
	struct md_player *p = &leg->player;
	if (p->key == MD_KEY_DOWN && p->key_ms >= p->digit_ms[0]) {
		p->key = MD_KEY_UP;
		p->key_ms = p->digit_ms[0];
	}
	send_event(leg, first, p->key == MD_KEY_UP);
	if (p->key == MD_KEY_DOWN) {
		p->key_ms += FRAME_MS;
	} else if (--p->key_ends == 0) {
		p->key = MD_KEY_GAP;
		p->key_ms = 0;
	}
}

static void step_sound(struct md_leg *leg, bool first)
{
	struct md_player *p = &leg->player;
	int16_t pcm[MD_FRAME];
	md_dtmf_frame(p->digits[0], (p->key_ms / FRAME_MS - 1) * MD_FRAME, pcm);
	send_pcm(leg, pcm, first);
	p->key_ms += FRAME_MS;
	if (p->key_ms > p->digit_ms[0]) {
		p->key = MD_KEY_GAP;
		p->key_ms = 0;
	}
}

static void play_digit(struct md_leg *leg)
{
	struct md_player *p = &leg->player;
	bool first = p->key == MD_KEY_IDLE;
	if (p->key == MD_KEY_GAP) {
		p->key_ms += FRAME_MS;
		if (p->key_ms >= GAP_MS) {
			release(p);
		}
		return;
	}
	if (first) {
		press(leg);
	}
	if (leg->agreed.te_tx != MD_PT_NONE) {
		step_event(leg, first);
	} else {
		step_sound(leg, first);
	}
}

static void on_timer(struct md_timer *timer, int64_t now_us)
{
	struct md_leg *leg = MD_CONTAINER(timer, struct md_leg, player.timer);
	struct md_player *p = &leg->player;
	leg->worker->now_us = now_us;
	if (md_leg_can_send(leg)) {
		if (p->n_digits > 0) {
			play_digit(leg);
		} else if (p->tone != MD_TONE_NONE) {
			play_tone(leg);
		}
	}
	if (!md_player_busy(leg)) {
		return;
	}
	p->next_us += FRAME_US;
	if (p->next_us < now_us - 5 * FRAME_US) { /* the machine slept: do not catch up */
		p->next_us = now_us + FRAME_US;
	}
	md_timer_start(&leg->worker->wheel, timer, p->next_us);
}
