/* A sound file of a carrier (WAV or MP3, one or two channels) becomes stereo sound as our own
 * recordings are. One pass, little memory for a file of any length; the file is hostile. */
#ifndef RECORDER_RENDER_SOUND_H
#define RECORDER_RENDER_SOUND_H
#include "services/recorder/render.h"

#define RENDER_SOUND_MAX_S (12 * 3600)

struct sound_look {
	unsigned channels;
	uint32_t sample_rate; /* to render it with: 8000 when it has no more, else 16000 */
};
/* EBADMSG: no sound file, or one that telephones do not make. */
int sound_look(const char *path, struct sound_look *ret);

/* A render_h. EBADMSG as above; EOVERFLOW: longer than RENDER_SOUND_MAX_S. */
int render_sound(const struct render_cfg *cfg, struct render_result *ret);
#endif
