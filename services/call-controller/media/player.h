/* What a leg plays to its far side on its own: a tone, or digits (RFC 4733 events, or their sound
 * where the far side takes no events). Paced at 20 ms; the peer's speech waits meanwhile. */
#ifndef MD_PLAYER_H
#define MD_PLAYER_H
#include <stdbool.h>
#include <stdint.h>
#include "services/call-controller/media/tone.h"
#include "services/call-controller/media/wheel.h"

struct md_leg;

#define MD_MAX_DIGITS 64
#define MD_DIGIT_MS 160 /* when the request names none */
#define MD_DIGIT_MIN_MS 40
#define MD_DIGIT_MAX_MS 1200 /* a 16-bit duration at 48 kHz ends at 1365 */

struct md_player {
	struct md_timer timer;
	int64_t next_us;
	enum md_tone tone;
	uint32_t tone_at;              /* samples played */
	bool tone_runs;                /* the tone was the last to play: its clock runs on */
	uint8_t digits[MD_MAX_DIGITS]; /* events; the first is at work */
	uint16_t digit_ms[MD_MAX_DIGITS];
	unsigned n_digits;
	enum { MD_KEY_IDLE, MD_KEY_DOWN, MD_KEY_UP, MD_KEY_GAP } key;
	uint32_t key_ms;   /* since it went down (or, in the gap, up) */
	unsigned key_ends; /* end packets still to send */
	uint32_t key_ts;
};

void md_player_tone(struct md_leg *leg, enum md_tone tone); /* MD_TONE_NONE: stop */
/* EINVAL: no digits or others than 0-9*#A-D; ENOSPC: too many wait already. */
int md_player_digits(struct md_leg *leg, const char *digits, unsigned duration_ms);
void md_player_event(struct md_leg *leg, uint8_t event, unsigned duration_ms);
bool md_player_busy(const struct md_leg *leg);
void md_player_stop(struct md_leg *leg);
#endif
