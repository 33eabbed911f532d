/* Call progress tones (ITU-T E.180, ETSI TR 101 041, ANSI T1.401) and the sixteen DTMF pairs. */
#ifndef MD_TONE_H
#define MD_TONE_H
#include <stddef.h>
#include <stdint.h>

#define MD_FRAME 160 /* samples of 20 ms at 8 kHz */

enum md_tone { MD_TONE_NONE, MD_TONE_RINGBACK, MD_TONE_BUSY, MD_TONE_CONGESTION, MD_TONE_HOLD };
enum md_region { MD_REGION_EU, MD_REGION_US };

/* 20 ms of a tone that has played `at` samples so far, pauses of its cadence included. */
void md_tone_frame(enum md_region region, enum md_tone tone, uint32_t at, int16_t pcm[MD_FRAME]);
/* The same for a key, RFC 4733 event 0-15, without pauses. */
void md_dtmf_frame(unsigned event, uint32_t at, int16_t pcm[MD_FRAME]);

/* '0'-'9', '*', '#', 'A'-'D' and their event codes (RFC 4733 section 3.2); -1 or 0 for others. */
int md_dtmf_event(char digit);
char md_dtmf_digit(unsigned event);
#endif
