/* Files of recordings: from the CRM's storage folder to ours. The paths come from the dump, so they
 * may not lead out of the folder, by ".." or by a link. */
#ifndef VOIP_IMPORT_AUDIO_H
#define VOIP_IMPORT_AUDIO_H
#include <stddef.h>
#include <stdint.h>
#include "libcommon/crypto/crypto.h"

struct audio {
	int64_t bytes;
	uint8_t sha256[VP_SHA256_SIZE];
};

/* ENOENT: it is not there; EXDEV, ELOOP: it would lead out of the folder; EINVAL: no plain file, or
 * an empty one. Only looks. */
int audio_look(const char *folder, const char *path);
/* Copies to store/key (its folders are made, mode 0600) in one step, and says what was copied. */
int audio_copy(const char *folder, const char *path, const char *store, const char *key,
	struct audio *ret);
#endif
