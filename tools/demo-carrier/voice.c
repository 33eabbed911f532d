#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <rem/rem_g711.h>
#include "libcommon/base/base.h"
#include "tools/demo-carrier/ear.h"
#include "tools/demo-carrier/keys.h"
#include "tools/demo-carrier/libre.h"
#include "tools/demo-carrier/voice.h"

enum {
	FRAME = PROMPT_RATE * VOICE_TICK_MS / 1000,
	PACKET_MAX = 1500,
	READS_PER_WAKE = 32,
	PT_PCMU = 0,
	PT_PCMA = 8,
	PORT_TRIES = 64,
	TONE_AMPLITUDE = 10000, /* -10 dBFS, about what a trunk plays */
	DIGITS_KEPT = 128,
};

struct voice {
	int fd;
	uint16_t port;
	struct voice_cfg cfg;
	char *wav_path;

	struct sa peer;
	bool has_peer, sending, marked;
	int payload_type, event_type, event_type_here;
	uint32_t ssrc, out_ts;
	uint16_t out_seq;
	uint64_t sent;
	size_t speech_at;
	double tone_phase;
	struct keys_out keys;

	struct ear *ear;
	struct keys_in heard_keys;
	char digits[DIGITS_KEPT];
	uint64_t received, lost, foreign;
	uint16_t in_seq;
	int64_t last_us, max_gap_us;
	uint32_t in_ssrc;
};

/* RTP wants an even port (RFC 3550 section 11), and some peers insist. */
static int bind_even(struct voice *voice)
{
	for (unsigned i = 0; i < PORT_TRIES; i++) {
		struct sa address = *voice->cfg.address;
		sa_set_port(&address, 0);
		voice->fd = socket(sa_af(&address), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (voice->fd < 0 || bind(voice->fd, &address.u.sa, address.len) != 0) {
			return errno;
		}
		address.len = sizeof(address.u);
		if (getsockname(voice->fd, &address.u.sa, &address.len) != 0) {
			return errno;
		}
		voice->port = sa_port(&address);
		if (voice->port % 2 == 0) {
			return 0;
		}
		close(voice->fd);
		voice->fd = -1;
	}
	return EADDRINUSE;
}

static void send_rtp(struct voice *voice, int payload_type, bool marker, uint32_t ts,
	const uint8_t *payload, size_t len)
{
	uint8_t packet[RTP_HEADER_SIZE + FRAME];
	struct rtp_header header = {.ver = RTP_VERSION,
		.m = marker,
		.pt = (uint8_t)payload_type,
		.seq = voice->out_seq++,
		.ts = ts,
		.ssrc = voice->ssrc};
	struct mbuf mb = {.buf = packet, .size = sizeof(packet)};

	if (len > FRAME || rtp_hdr_encode(&mb, &header) != 0) {
		return;
	}
	memcpy(packet + RTP_HEADER_SIZE, payload, len);
	/* A full socket or a peer that is gone loses the packet, as a network would. */
	if (sendto(voice->fd, packet, RTP_HEADER_SIZE + len, 0, &voice->peer.u.sa,
		    voice->peer.len) > 0) {
		voice->sent++;
	}
}

static int16_t next_sample(struct voice *voice)
{
	const struct prompt *speech = voice->cfg.speech;

	switch (voice->cfg.sound) {
	case SOUND_TONE:
		voice->tone_phase = fmod(
			voice->tone_phase + 2 * M_PI * voice->cfg.tone_hz / PROMPT_RATE, 2 * M_PI);
		return (int16_t)lrint(TONE_AMPLITUDE * sin(voice->tone_phase));
	case SOUND_SPEECH:
		return speech && voice->speech_at < speech->count
			       ? speech->samples[voice->speech_at++]
			       : 0;
	case SOUND_SILENCE:
	case SOUND_ECHO: break;
	}
	return 0;
}

static void send_sound(struct voice *voice)
{
	uint8_t payload[FRAME];

	for (size_t i = 0; i < FRAME; i++) {
		int16_t sample = next_sample(voice);
		payload[i] = voice->payload_type == PT_PCMA ? g711_pcm2alaw(sample)
							    : g711_pcm2ulaw(sample);
	}
	send_rtp(voice, voice->payload_type, !voice->marked, voice->out_ts, payload, FRAME);
	voice->marked = true;
}

void voice_tick(struct voice *voice)
{
	struct keys_packet key;

	if (!voice->has_peer || !voice->sending) {
		return;
	}
	if (keys_out_next(&voice->keys, voice->out_ts, FRAME, &key)) {
		if (key.is_sent) {
			send_rtp(voice, voice->event_type, key.marker, key.ts, key.payload,
				sizeof(key.payload));
		}
	} else if (voice->cfg.sound != SOUND_ECHO) {
		send_sound(voice);
	}
	voice->out_ts += FRAME;
}

/* What was heard goes back as it is, in its own rhythm. */
static void echo(
	struct voice *voice, const struct rtp_header *header, const uint8_t *payload, size_t len)
{
	if (voice->cfg.sound == SOUND_ECHO && voice->has_peer && voice->sending && len <= FRAME &&
		!keys_out_busy(&voice->keys)) {
		send_rtp(voice, header->pt, !voice->marked, header->ts, payload, len);
		voice->marked = true;
	}
}

static void hear_audio(
	struct voice *voice, const struct rtp_header *header, const uint8_t *payload, size_t len)
{
	int16_t samples[PACKET_MAX];

	for (size_t i = 0; i < len; i++) {
		samples[i] = header->pt == PT_PCMA ? g711_alaw2pcm(payload[i])
						   : g711_ulaw2pcm(payload[i]);
	}
	if (!voice->ear && ear_create(&voice->ear, voice->wav_path) != 0) {
		return;
	}
	ear_put(voice->ear, header->ts, samples, len);
	echo(voice, header, payload, len);
}

static void count_packet(struct voice *voice, const struct rtp_header *header)
{
	int64_t now = vp_mono_us();
	int16_t step = (int16_t)(header->seq - voice->in_seq);

	if (voice->received == 0 || header->ssrc != voice->in_ssrc) {
		voice->in_ssrc = header->ssrc;
		voice->in_seq = header->seq;
		voice->heard_keys = (struct keys_in){0}; /* timestamps begin anew */
	} else if (step > 0) {
		voice->lost += (uint64_t)(step - 1);
		voice->in_seq = header->seq;
	} else if (step < 0 && voice->lost > 0) {
		voice->lost--; /* it was only late */
	}
	if (voice->last_us && now - voice->last_us > voice->max_gap_us) {
		voice->max_gap_us = now - voice->last_us;
	}
	voice->last_us = now;
	voice->received++;
}

static void hear(struct voice *voice, uint8_t *packet, size_t size)
{
	struct mbuf mb = {.buf = packet, .size = size, .end = size};
	struct rtp_header header;

	if (rtp_hdr_decode(&header, &mb) != 0 || header.ver != RTP_VERSION) {
		voice->foreign++;
		return;
	}
	const uint8_t *payload = packet + mb.pos;
	size_t len = mb.end - mb.pos;
	if (header.pad && len > 0) {
		len -= payload[len - 1] < len ? payload[len - 1] : len;
	}
	if (header.pt == PT_PCMU || header.pt == PT_PCMA) {
		count_packet(voice, &header);
		hear_audio(voice, &header, payload, len);
	} else if (header.pt == voice->event_type_here || header.pt == voice->event_type) {
		char digit;
		count_packet(voice, &header);
		if (keys_in_take(&voice->heard_keys, header.ts, payload, len, &digit)) {
			voice_note_digit(voice, digit);
		}
	} else {
		voice->foreign++;
	}
}

static void on_readable(int flags, void *arg)
{
	struct voice *voice = arg;
	uint8_t packet[PACKET_MAX];
	(void)flags;

	for (unsigned i = 0; i < READS_PER_WAKE; i++) {
		ssize_t n = recv(voice->fd, packet, sizeof(packet), 0);
		if (n < 0) {
			return;
		}
		hear(voice, packet, (size_t)n);
	}
}

int voice_create(struct voice **ret, const struct voice_cfg *cfg)
{
	struct voice *voice = calloc(1, sizeof(*voice));
	if (!voice) {
		return ENOMEM;
	}
	*voice = (struct voice){.fd = -1, .cfg = *cfg, .event_type = -1, .event_type_here = -1};
	vp_random(&voice->ssrc, sizeof(voice->ssrc));
	vp_random(&voice->out_seq, sizeof(voice->out_seq));
	vp_random(&voice->out_ts, sizeof(voice->out_ts));

	int err = ENOMEM;
	voice->wav_path = strdup(cfg->wav_path);
	if (voice->wav_path) {
		err = bind_even(voice);
	}
	if (!err) {
		err = fd_listen(voice->fd, FD_READ, on_readable, voice);
	}
	if (err) {
		voice_destroy(voice);
		return err;
	}
	voice->cfg.address = NULL; /* borrowed for the bind only */
	*ret = voice;
	return 0;
}

struct voice *voice_destroy(struct voice *voice)
{
	if (voice) {
		if (voice->fd >= 0) {
			fd_close(voice->fd);
			close(voice->fd);
		}
		ear_destroy(voice->ear);
		free(voice->wav_path);
		free(voice);
	}
	return NULL;
}

uint16_t voice_port(const struct voice *voice)
{
	return voice->port;
}

void voice_set_peer(struct voice *voice, const struct voice_peer *peer)
{
	/* 0.0.0.0 is the hold of RFC 2543 */
	voice->has_peer =
		peer->address && sa_isset(peer->address, SA_ALL) && !sa_is_any(peer->address);
	if (voice->has_peer) {
		voice->peer = *peer->address;
	}
	voice->payload_type = peer->payload_type;
	voice->event_type = peer->event_type;
	voice->event_type_here = peer->event_type_here;
	voice->sending = peer->send;
}

int voice_send_digits(struct voice *voice, const char *digits)
{
	return voice->event_type < 0 ? ENOTSUP : keys_out_add(&voice->keys, digits);
}

void voice_note_digit(struct voice *voice, char digit)
{
	size_t n = strlen(voice->digits);

	if (n + 1 < sizeof(voice->digits)) {
		voice->digits[n] = digit;
	}
}

void voice_flush(struct voice *voice)
{
	if (voice->ear) {
		ear_flush(voice->ear);
	}
}

void voice_report(const struct voice *voice, json_t *report)
{
	json_t *audio = voice->ear ? ear_report(voice->ear) : json_null();
	json_t *longest = json_array_get(json_object_get(audio, "tones"), 0);

	json_object_set_new(
		report, "codec", json_string(voice->payload_type == PT_PCMA ? "PCMA" : "PCMU"));
	json_object_set_new(report, "dtmf", json_string(voice->digits));
	json_object_set_new(report, "dominant_hz",
		json_integer(json_integer_value(json_object_get(longest, "hz"))));
	json_object_set_new(report, "audio", audio);
	json_object_set_new(report, "rtp",
		json_pack("{s:I, s:I, s:I, s:I, s:I}", "received", (json_int_t)voice->received,
			"lost", (json_int_t)voice->lost, "sent", (json_int_t)voice->sent, "foreign",
			(json_int_t)voice->foreign, "max_gap_ms",
			(json_int_t)(voice->max_gap_us / 1000)));
}
