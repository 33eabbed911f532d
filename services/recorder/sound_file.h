/* Stereo sound files by libsndfile: Ogg Opus or WAV. */
#ifndef RECORDER_SOUND_FILE_H
#define RECORDER_SOUND_FILE_H
#include <stddef.h>
#include <stdint.h>

enum sound_format { SOUND_OGG, SOUND_WAV };

struct sound_file;

const char *sound_format_word(enum sound_format format); /* "ogg", "wav": suffix and column */

/* Makes the file new, mode 0600; EEXIST when it is there. */
int sound_file_create(
	struct sound_file **ret, const char *path, enum sound_format format, uint32_t sample_rate);
/* ENOSPC and other errors of writing; EIO when the library does not say. */
int sound_file_write(struct sound_file *file, const int16_t *interleaved, size_t frames);
/* Ends the file, brings it to the disk, and checks by reading that it has all its frames. Frees. */
int sound_file_finish(struct sound_file *file);
/* Closes what was not finished; the file stays, cut off. */
struct sound_file *sound_file_destroy(struct sound_file *file);
#endif
