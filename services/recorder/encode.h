/* The long work on one spool or sound file, in a worker: sound file, peaks, checksum, into the
 * store. Doing it again from the start gives the same object, so it may be killed at any point. */
#ifndef RECORDER_ENCODE_H
#define RECORDER_ENCODE_H
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include "libcommon/crypto/crypto.h"
#include "services/recorder/render.h"
#include "services/recorder/sound_file.h"

struct store;

struct encode_cfg {
	struct store *store;
	enum sound_format format;
	render_h *render;
	const char *path; /* for render */
	bool swap;        /* likewise */
	uint32_t sample_rate;
	uint32_t min_ms, max_ms; /* how long it must be; max_ms 0: any length */
	const char *name;        /* of the file under way, unique to the recording */
	const char *key;         /* of the finished object */
};

struct encoded {
	struct render_result render;
	uint64_t bytes;
	uint32_t duration_ms;
	uint8_t sha256[VP_SHA256_SIZE];
	uint8_t *peaks; /* free() */
	size_t peaks_len;
};

/* ENODATA: nothing could be decoded. ERANGE: it is shorter or longer than it must be; nothing is
 * stored, ret->duration_ms says how long it is. ECANCELED: stop turned true. */
int encode_run(const struct encode_cfg *cfg, const atomic_bool *stop, struct encoded *ret);
#endif
