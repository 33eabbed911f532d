/* The codecs we speak. */
#ifndef MD_CODEC_H
#define MD_CODEC_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum md_codec { MD_PCMU, MD_PCMA, MD_OPUS, MD_CODEC_MAX };

#define MD_PT_NONE 255

/* By its name in SDP, any case; false for others. */
bool md_codec_parse(const char *name, enum md_codec *ret);
const char *md_codec_name(enum md_codec codec);
const char *md_codec_rtpmap(enum md_codec codec); /* "PCMU/8000" */
uint32_t md_codec_rate(enum md_codec codec);      /* of its RTP clock */
uint8_t md_codec_pt(enum md_codec codec);         /* what our offers use */

/* G.711 (ITU-T G.711) by tables. */
int16_t md_pcmu_decode(uint8_t byte);
int16_t md_pcma_decode(uint8_t byte);
void md_g711_encode(enum md_codec codec, const int16_t *pcm, size_t n, uint8_t *out);
void md_g711_decode(enum md_codec codec, const uint8_t *in, size_t n, int16_t *pcm);
/* PCMU to PCMA or back, in place. */
void md_g711_swap(enum md_codec from, uint8_t *p, size_t n);
#endif
