/* The numbers that the demo carrier serves, and what happens when one is called. A behaviour is
 * data (struct plan), so that a call in and a call out run the same script. */
#ifndef DEMO_CARRIER_NUMBERS_H
#define DEMO_CARRIER_NUMBERS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/e164.h"

enum sound { SOUND_SILENCE, SOUND_TONE, SOUND_SPEECH, SOUND_ECHO };

#define RING_FOR_EVER UINT32_MAX
struct plan {
	uint16_t reject;    /* SIP status that refuses the call; 0: it is taken */
	const char *reason; /* its phrase */
	bool early_media;   /* 183 with SDP instead of 180 */
	uint32_t ring_ms;   /* from INVITE to 200 */
	enum sound sound;
	uint32_t tone_hz;
	uint32_t hangup_ms; /* BYE so long after the answer; 0: never */
	uint32_t hold_ms; /* hold so long after the answer, off again after the same time; 0: never
			   */
};

struct number {
	const char *kind; /* "echo" */
	char e164[VP_E164_SIZE];
	struct plan plan;
	const char *help;
};

#define NUMBERS_MAX 64
struct numbers {
	struct number entry[NUMBERS_MAX];
	size_t count;
};

/* The default table: one number of the fictional range +1 415 555 01xx for each kind. */
void numbers_init(struct numbers *numbers);

/* "KIND=+14155550123" or "KIND=+14155550123,SECONDS" replaces the number of a kind that still has
 * its default, or adds a second one. EINVAL: no such kind or no such number; ENOSPC. */
int numbers_add(struct numbers *numbers, const char *spec);

/* Finds by the user part of a request URI: with or without plus, 00, or country code. */
const struct number *numbers_find(const struct numbers *numbers, const char *user);
#endif
