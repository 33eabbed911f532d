/* The audio of one call: an RTP socket, what is played into it, what is heard from it, digits both
 * ways. G.711 and RFC 4733 at 8 kHz, a packet each 20 ms. */
#ifndef DEMO_CARRIER_VOICE_H
#define DEMO_CARRIER_VOICE_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "tools/demo-carrier/numbers.h"
#include "tools/demo-carrier/prompt.h"

#define VOICE_TICK_MS 20
#define VOICE_DIGITS_MAX 32

struct sa;
struct voice;

struct voice_cfg {
	const struct sa *address; /* local address; the port is chosen */
	const char *wav_path;     /* what is heard goes there once the first packet came */
	enum sound sound;
	uint32_t tone_hz;
	const struct prompt *speech; /* outlives the voice */
};

int voice_create(struct voice **ret, const struct voice_cfg *cfg);
struct voice *voice_destroy(struct voice *voice);
uint16_t voice_port(const struct voice *voice);

struct voice_peer {
	const struct sa *address; /* NULL: nowhere yet */
	int payload_type;         /* 0 PCMU, 8 PCMA */
	int event_type;      /* payload type of telephone-event toward the peer; -1: it has none */
	int event_type_here; /* the one that we announced */
	bool send;           /* false: held */
};
/* After each SDP exchange. */
void voice_set_peer(struct voice *voice, const struct voice_peer *peer);

/* Sends one packet, if there is anything to send; called each VOICE_TICK_MS. */
void voice_tick(struct voice *voice);

/* Queues digits 0-9 * # A-D. EINVAL: others or too many; ENOTSUP: the peer takes no
 * telephone-event. */
int voice_send_digits(struct voice *voice, const char *digits);

/* A digit that came another way (SIP INFO). */
void voice_note_digit(struct voice *voice, char digit);

/* Brings the WAV up to date. */
void voice_flush(struct voice *voice);

/* Adds codec, dtmf, dominant_hz, audio, rtp to a call's report. */
void voice_report(const struct voice *voice, json_t *report);
#endif
