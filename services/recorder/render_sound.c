#include <errno.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/recorder/domain/resample.h"
#include "services/recorder/render_sound.h"

enum {
	BLOCK = 4096, /* frames */
	NARROW_RATE = 8000,
	WIDE_RATE = 16000,
};

static bool is_known_kind(int format)
{
	switch (format & SF_FORMAT_TYPEMASK) {
	case SF_FORMAT_WAV:
	case SF_FORMAT_WAVEX:
	case SF_FORMAT_RF64:
	case SF_FORMAT_MPEG: return true;
	default: return false; /* the library knows many more, which no carrier sends */
	}
}

static int open_sound(SNDFILE **ret, const char *path, SF_INFO *info)
{
	*info = (SF_INFO){0};
	*ret = sf_open(path, SFM_READ, info);
	if (*ret && is_known_kind(info->format) && info->channels >= 1 &&
		info->channels <= RENDER_CHANNELS && info->samplerate > 0 &&
		resample_knows((uint32_t)info->samplerate)) {
		return 0;
	}
	if (*ret) {
		sf_close(*ret);
		*ret = NULL;
	}
	return EBADMSG;
}

int sound_look(const char *path, struct sound_look *ret)
{
	SF_INFO info;
	SNDFILE *sound;
	int err = open_sound(&sound, path, &info);

	if (!err) {
		sf_close(sound);
		ret->channels = (unsigned)info.channels;
		ret->sample_rate = info.samplerate > NARROW_RATE ? WIDE_RATE : NARROW_RATE;
	}
	return err;
}

struct sound {
	const struct render_cfg *cfg;
	SNDFILE *file;
	SF_INFO info;
	struct resample *resample; /* NULL: the rate is right already */
	uint64_t frames;
	int16_t in[BLOCK * RENDER_CHANNELS], out[BLOCK * RENDER_CHANNELS];
};

static int on_resampled(const int16_t *interleaved, size_t frames, void *arg)
{
	struct sound *s = arg;

	s->frames += frames;
	return s->cfg->sink(interleaved, frames, s->cfg->arg);
}

/* Agent left, customer right; one voice alone is heard on both sides. */
static void place(struct sound *s, size_t frames)
{
	const bool mono = s->info.channels == 1;
	const unsigned left = !mono && s->cfg->swap ? 1 : 0;
	const unsigned right = mono || s->cfg->swap ? 0 : 1;

	for (size_t i = 0; i < frames; i++) {
		const int16_t *in = &s->in[i * (size_t)s->info.channels];
		s->out[i * RENDER_CHANNELS] = in[left];
		s->out[i * RENDER_CHANNELS + 1] = in[right];
	}
}

static int run(struct sound *s)
{
	const uint64_t most = (uint64_t)s->info.samplerate * RENDER_SOUND_MAX_S;
	uint64_t read = 0;
	sf_count_t n;
	int err = 0;

	while (!err && (n = sf_readf_short(s->file, s->in, BLOCK)) > 0) {
		read += (uint64_t)n;
		if (atomic_load_explicit(s->cfg->stop, memory_order_relaxed)) {
			return ECANCELED;
		}
		if (read > most) {
			return EOVERFLOW;
		}
		place(s, (size_t)n);
		err = s->resample ? resample_put(s->resample, s->out, (size_t)n)
				  : on_resampled(s->out, (size_t)n, s);
	}
	return err || !s->resample ? err : resample_finish(s->resample);
}

int render_sound(const struct render_cfg *cfg, struct render_result *ret)
{
	struct sound *s = calloc(1, sizeof(*s));
	int err = s ? open_sound(&s->file, cfg->path, &s->info) : ENOMEM;

	if (!err) {
		s->cfg = cfg;
		err = cfg->sample_rate == (uint32_t)s->info.samplerate
			      ? 0
			      : resample_create(&s->resample, (uint32_t)s->info.samplerate,
					cfg->sample_rate, on_resampled, s);
	}
	if (!err) {
		err = run(s);
	}
	if (!err) {
		*ret = (struct render_result){
			.frames = s->frames, .one_channel = s->info.channels == 1};
	}
	if (s && s->file) {
		sf_close(s->file);
	}
	if (s) {
		resample_destroy(s->resample);
		free(s);
	}
	return err;
}
