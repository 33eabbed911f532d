#include <errno.h>
#include <opus/opus.h>
#include <re_types.h>
#include <rem/rem_fir.h>
#include <rem/rem_auresamp.h>
#include <rem/rem_g711.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/spool/spool.h"
#include "services/recorder/decode.h"

enum { G711_RATE = 8000, OPUS_CLOCK = 48000 };

struct decoder {
	uint32_t rate;
	struct auresamp up; /* G.711 to 16 kHz */
	OpusDecoder *opus;  /* made when the first Opus frame comes */
};

int decoder_create(struct decoder **ret, uint32_t sample_rate)
{
	struct decoder *d = calloc(1, sizeof(*d));

	if (!d) {
		return ENOMEM;
	}
	d->rate = sample_rate;
	auresamp_init(&d->up);
	int err = auresamp_setup(&d->up, G711_RATE, 1, sample_rate, 1);
	if (err) {
		decoder_destroy(d);
		return err;
	}
	*ret = d;
	return 0;
}

struct decoder *decoder_destroy(struct decoder *d)
{
	if (d) {
		if (d->opus) {
			opus_decoder_destroy(d->opus);
		}
		free(d);
	}
	return NULL;
}

uint32_t decoder_clock(uint8_t kind)
{
	return kind == VP_SPOOL_OPUS ? OPUS_CLOCK : G711_RATE;
}

static size_t run_opus(struct decoder *d, const uint8_t *payload, size_t len, int16_t *samples)
{
	int err;

	if (!d->opus) {
		d->opus = opus_decoder_create((opus_int32)d->rate, 1, &err);
	}
	int n = d->opus ? opus_decode(d->opus, payload, (opus_int32)len, samples, DECODE_MAX, 0)
			: 0;
	return n > 0 ? (size_t)n : 0;
}

static size_t run_g711(
	struct decoder *d, uint8_t kind, const uint8_t *payload, size_t len, int16_t *samples)
{
	int16_t narrow[VP_SPOOL_MAX_PAYLOAD];
	size_t n = DECODE_MAX;

	for (size_t i = 0; i < len; i++) {
		narrow[i] = kind == VP_SPOOL_PCMA ? g711_alaw2pcm(payload[i])
						  : g711_ulaw2pcm(payload[i]);
	}
	if (d->rate == G711_RATE) {
		memcpy(samples, narrow, len * sizeof(*samples));
		return len;
	}
	return auresamp(&d->up, samples, &n, narrow, len) == 0 ? n : 0;
}

size_t decoder_run(struct decoder *d, uint8_t kind, const uint8_t *payload, size_t len,
	int16_t ret_samples[DECODE_MAX])
{
	if (len == 0 || len > VP_SPOOL_MAX_PAYLOAD) {
		return 0;
	}
	return kind == VP_SPOOL_OPUS ? run_opus(d, payload, len, ret_samples)
				     : run_g711(d, kind, payload, len, ret_samples);
}
