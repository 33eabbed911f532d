/* Sounds that are played: mono, 8 kHz, 16 bit, whole in memory. */
#ifndef DEMO_CARRIER_PROMPT_H
#define DEMO_CARRIER_PROMPT_H
#include <stddef.h>
#include <stdint.h>

#define PROMPT_RATE 8000

struct prompt {
	int16_t *samples;
	size_t count;
};

/* Reads a WAV (any rate, first channel). */
int prompt_load(struct prompt *ret, const char *path);

/* Lets espeak-ng write the demo sentences into path. ENOENT: it is not installed; EIO: it failed */
int prompt_speak(const char *path);

void prompt_free(struct prompt *prompt);
#endif
