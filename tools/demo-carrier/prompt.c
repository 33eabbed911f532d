#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include "libcommon/base/base.h"
#include "tools/demo-carrier/prompt.h"

enum { PROMPT_MAX_S = 600, SINC_HALF = 16 };

extern char **environ;

static const char sentences[] = "Hello, this is the demo carrier. You have reached a test number. "
				"If you can hear this, your call has audio. Good bye.";

int prompt_speak(const char *path)
{
	char *argv[] = {"espeak-ng", "-v", "en-us", "-s", "150", "-w", (char *)path,
		(char *)sentences, NULL};
	pid_t pid;
	int status;
	int err = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);

	if (err) {
		return err;
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			return errno;
		}
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EIO;
}

/* One output sample by a Hann-windowed sinc around position at of the input; the cut-off is half of
 * the lower rate, so going down does not alias. */
static double sinc_at(const float *in, sf_count_t n, double at, double cutoff)
{
	long first = (long)ceil(at - SINC_HALF / cutoff),
	     last = (long)floor(at + SINC_HALF / cutoff);
	double sum = 0;

	for (long i = first < 0 ? 0 : first; i <= last && i < n; i++) {
		double x = ((double)i - at) * cutoff;
		double sinc = fabs(x) < 1e-9 ? 1 : sin(M_PI * x) / (M_PI * x);
		sum += in[i] * cutoff * sinc * (0.5 + 0.5 * cos(M_PI * x / SINC_HALF));
	}
	return sum;
}

static int resample(struct prompt *ret, const float *in, sf_count_t n, int rate)
{
	double step = (double)rate / PROMPT_RATE;
	double cutoff = rate > PROMPT_RATE ? 1 / step : 1;
	size_t count = (size_t)((double)n / step);
	int16_t *out = malloc((count + 1) * sizeof(*out));

	if (!out) {
		return ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		out[i] = (int16_t)lrint(
			fmax(-1, fmin(1, sinc_at(in, n, (double)i * step, cutoff))) * INT16_MAX);
	}
	*ret = (struct prompt){out, count};
	return 0;
}

/* The first channel alone. */
static int resample_first(struct prompt *ret, SNDFILE *file, const SF_INFO *info)
{
	size_t channels = (size_t)info->channels;
	float *samples = malloc((size_t)info->frames * channels * sizeof(float));

	if (!samples) {
		return ENOMEM;
	}
	sf_count_t n = sf_readf_float(file, samples, info->frames);
	for (sf_count_t i = 0; i < n; i++) {
		samples[i] = samples[(size_t)i * channels];
	}
	int err = resample(ret, samples, n, info->samplerate);
	free(samples);
	return err;
}

static void close_sound(SNDFILE **file)
{
	if (*file) {
		sf_close(*file);
	}
}

int prompt_load(struct prompt *ret, const char *path)
{
	SF_INFO info = {0};
	VP_CLEANUP(close_sound) SNDFILE *file = sf_open(path, SFM_READ, &info);

	if (!file) {
		return ENOENT;
	}
	if (info.frames <= 0 || info.channels < 1 || info.samplerate < PROMPT_RATE / 2 ||
		info.frames > (sf_count_t)info.samplerate * PROMPT_MAX_S) {
		return EINVAL;
	}

	return resample_first(ret, file, &info);
}

void prompt_free(struct prompt *prompt)
{
	free(prompt->samples);
	*prompt = (struct prompt){0};
}
