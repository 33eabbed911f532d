/* See tone.h. */
#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include "services/call-controller/media/tone.h"

#define RATE 8000
#define LEVEL 3600 /* a sine, about -16 dBm0 */

struct tone {
	unsigned hz[2];
	unsigned on_ms, off_ms;
	int level;
};

static const struct tone tones[2][MD_TONE_HOLD + 1] =
	{
		[MD_REGION_EU] =
			{
				[MD_TONE_RINGBACK] = {{425, 0}, 1000, 4000, LEVEL},
				[MD_TONE_BUSY] = {{425, 0}, 500, 500, LEVEL},
				[MD_TONE_CONGESTION] = {{425, 0}, 250, 250, LEVEL},
				[MD_TONE_HOLD] = {{425, 0}, 200, 4800, LEVEL / 4},
			},
		[MD_REGION_US] =
			{
				[MD_TONE_RINGBACK] = {{440, 480}, 2000, 4000, LEVEL},
				[MD_TONE_BUSY] = {{480, 620}, 500, 500, LEVEL},
				[MD_TONE_CONGESTION] = {{480, 620}, 250, 250, LEVEL},
				[MD_TONE_HOLD] = {{440, 0}, 200, 4800, LEVEL / 4},
			},
};

static const char keys[] = "0123456789*#ABCD";
static int16_t sine[RATE]; /* one second of 1 Hz: every whole frequency is a step through it */
static pthread_once_t sine_once = PTHREAD_ONCE_INIT;

static void make_sine(void)
{
	for (int i = 0; i < RATE; i++) {
		sine[i] = (int16_t)lrint(32767 * sin(2 * M_PI * i / RATE));
	}
}

static int16_t sample(const unsigned hz[2], int level, uint32_t at)
{
	int sum = sine[(uint64_t)at * hz[0] % RATE];
	if (hz[1]) {
		sum += sine[(uint64_t)at * hz[1] % RATE];
	}
	return (int16_t)(sum * level / 32767);
}

void md_tone_frame(enum md_region region, enum md_tone tone, uint32_t at, int16_t pcm[MD_FRAME])
{
	pthread_once(&sine_once, make_sine);
	const struct tone *t = &tones[region][tone];
	uint32_t on = t->on_ms * (RATE / 1000), turn = on + t->off_ms * (RATE / 1000);
	for (uint32_t i = 0; i < MD_FRAME; i++) {
		uint32_t n = turn ? (at + i) % turn : 0;
		pcm[i] = turn && n < on ? sample(t->hz, t->level, n) : 0;
	}
}

void md_dtmf_frame(unsigned event, uint32_t at, int16_t pcm[MD_FRAME])
{
	static const unsigned rows[] = {697, 770, 852, 941}, cols[] = {1209, 1336, 1477, 1633};
	static const char pad[] = "123A456B789C*0#D";
	pthread_once(&sine_once, make_sine);
	size_t place = (size_t)(strchr(pad, keys[event & 15]) - pad);
	unsigned hz[2] = {rows[place / 4], cols[place % 4]};
	for (uint32_t i = 0; i < MD_FRAME; i++) {
		pcm[i] = sample(hz, LEVEL, at + i);
	}
}

int md_dtmf_event(char digit)
{
	const char *at = digit ? strchr(keys, toupper((unsigned char)digit)) : NULL;
	return at ? (int)(at - keys) : -1;
}

char md_dtmf_digit(unsigned event)
{
	return event < sizeof(keys) - 1 ? keys[event] : 0;
}
