/* When a step on a carrier's recording is taken again, and what its file must be like. Pure. */
#ifndef RECORDER_PATIENCE_H
#define RECORDER_PATIENCE_H
#include <stdbool.h>
#include <stdint.h>

enum patience {
	PATIENCE_PASSING,  /* it goes by: a network, a carrier, a disk, a key that somebody corrects
			    */
	PATIENCE_STUBBORN, /* it will hardly change: a few tries */
	PATIENCE_ABSENT,   /* the carrier does not list it yet; two hours, and there is none */
	PATIENCE_FINAL,
};

#define PATIENCE_LONGEST_S 600
#define PATIENCE_PASSING_MAX 300 /* tries: two days */
#define PATIENCE_STUBBORN_MAX 5
#define PATIENCE_ABSENT_MAX 16

/* Seconds until the next try; -1: none any more. attempts counts the one that failed. asked_s: what
 * the carrier wants at least. */
int64_t patience_wait_s(enum patience kind, unsigned attempts, unsigned asked_s);

/* How long the sound may be when the carrier says so long (whole seconds, mostly rounded); -1: it
 * does not say, and both are 0. */
void patience_length(int64_t said_ms, uint32_t *ret_min_ms, uint32_t *ret_max_ms);
/* What a carrier or its store calls audio; also nothing, and plain bytes. */
bool patience_is_audio(const char *content_type);
#endif
