/* See codec.h. The companding tables are librem's. */
#include <pthread.h>
#include <stdint.h>
#include <strings.h>
#include <rem/rem_g711.h>
#include "services/call-controller/media/codec.h"

static const struct {
	const char *name, *rtpmap;
	uint32_t rate;
	uint8_t pt;
} codecs[MD_CODEC_MAX] = {
	[MD_PCMU] = {"PCMU", "PCMU/8000", 8000, 0},
	[MD_PCMA] = {"PCMA", "PCMA/8000", 8000, 8},
	[MD_OPUS] = {"opus", "opus/48000/2", 48000, 111},
};

static uint8_t swap[2][256]; /* by the codec that comes in */
static pthread_once_t swap_once = PTHREAD_ONCE_INIT;

bool md_codec_parse(const char *name, enum md_codec *ret)
{
	for (int i = 0; i < MD_CODEC_MAX; i++) {
		if (strcasecmp(name, codecs[i].name) == 0) {
			*ret = (enum md_codec)i;
			return true;
		}
	}
	return false;
}

const char *md_codec_name(enum md_codec codec)
{
	return codecs[codec].name;
}

const char *md_codec_rtpmap(enum md_codec codec)
{
	return codecs[codec].rtpmap;
}

uint32_t md_codec_rate(enum md_codec codec)
{
	return codecs[codec].rate;
}

uint8_t md_codec_pt(enum md_codec codec)
{
	return codecs[codec].pt;
}

int16_t md_pcmu_decode(uint8_t byte)
{
	return g711_ulaw2pcm(byte);
}

int16_t md_pcma_decode(uint8_t byte)
{
	return g711_alaw2pcm(byte);
}

/* librem negates the sample, which -32768 does not survive. */
static int16_t clip(int16_t sample)
{
	return sample < -32767 ? -32767 : sample;
}

void md_g711_encode(enum md_codec codec, const int16_t *pcm, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++) {
		out[i] = codec == MD_PCMU ? g711_pcm2ulaw(clip(pcm[i]))
					  : g711_pcm2alaw(clip(pcm[i]));
	}
}

void md_g711_decode(enum md_codec codec, const uint8_t *in, size_t n, int16_t *pcm)
{
	const int16_t *table = codec == MD_PCMU ? g711_u2l : g711_A2l;
	for (size_t i = 0; i < n; i++) {
		pcm[i] = table[in[i]];
	}
}

static void make_swap(void)
{
	for (int i = 0; i < 256; i++) {
		swap[MD_PCMU][i] = g711_pcm2alaw(clip(g711_ulaw2pcm((uint8_t)i)));
		swap[MD_PCMA][i] = g711_pcm2ulaw(clip(g711_alaw2pcm((uint8_t)i)));
	}
}

void md_g711_swap(enum md_codec from, uint8_t *p, size_t n)
{
	pthread_once(&swap_once, make_swap);
	const uint8_t *table = swap[from];
	for (size_t i = 0; i < n; i++) {
		p[i] = table[p[i]];
	}
}
