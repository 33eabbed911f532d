/* Stereo sound from one sampling rate to another by libspeexdsp, so that nothing above half of
 * the lower rate folds back. Pure. */
#ifndef RECORDER_RESAMPLE_H
#define RECORDER_RESAMPLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESAMPLE_CHANNELS 2

struct resample;

/* frames interleaved frames; not 0 ends the work. */
typedef int resample_emit_h(const int16_t *interleaved, size_t frames, void *arg);

/* The rates that sound files have: 8000 to 48000. */
bool resample_knows(uint32_t rate);
/* EINVAL: a rate that is not known. */
int resample_create(
	struct resample **ret, uint32_t from, uint32_t to, resample_emit_h *h, void *arg);
struct resample *resample_destroy(struct resample *resample);
/* 0, ENOMEM, or what the handler gave. */
int resample_put(struct resample *resample, const int16_t *interleaved, size_t frames);
/* What is still in the filter; the whole is then as long as what came in. */
int resample_finish(struct resample *resample);
#endif
