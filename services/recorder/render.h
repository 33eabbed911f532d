/* A spool file becomes stereo sound: frames are read, put in their place, decoded and mixed side by
 * side (agent left, customer right). One pass, some megabytes of memory for a call of any length.
 */
#ifndef RECORDER_RENDER_H
#define RECORDER_RENDER_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"

#define RENDER_CHANNELS 2

/* What a look at the file's beginning and end tells, without decoding. */
struct spool_look {
	struct vp_uuid call_id;
	int64_t start_us;     /* wall clock of the first audio frame, or of the file */
	uint32_t sample_rate; /* 16000 when there is Opus in it, 8000 when there is only G.711 */
	bool has_audio;
	bool ended; /* the last frame is an end frame */
};
/* EBADMSG: it is no spool file. */
int spool_look(const char *path, struct spool_look *ret);

struct render_cfg {
	const char *path;
	uint32_t sample_rate;
	/* Interleaved frames; not 0 ends the work with that error. */
	int (*sink)(const int16_t *interleaved, size_t frames, void *arg);
	void *arg;
	const atomic_bool *stop; /* turned true: ends with ECANCELED */
	bool swap;               /* of a sound file: the first of its channels is the customer's */
};

struct render_result {
	uint64_t frames; /* of sound, each with both channels */
	uint64_t packets[RENDER_CHANNELS];
	uint64_t undecodable, out_of_place, duplicate, late, shifts;
	bool cut_off;     /* no end frame: the writer died */
	bool damaged;     /* bytes made no sense from some point on */
	bool one_channel; /* of a sound file: both sides are in one */
};
/* What makes the sound of a file; the spool's is render_run. */
typedef int render_h(const struct render_cfg *cfg, struct render_result *ret);
int render_run(const struct render_cfg *cfg, struct render_result *ret);
#endif
