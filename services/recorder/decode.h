/* Payloads of one side of a call become samples: G.711 by librem's tables, Opus by libopus. */
#ifndef RECORDER_DECODE_H
#define RECORDER_DECODE_H
#include <stddef.h>
#include <stdint.h>

#define DECODE_MAX 5760 /* samples: 120 ms of Opus at 48 kHz, or 1,500 bytes of G.711 at 16 kHz */

struct decoder;

/* sample_rate: 8000 or 16000. */
int decoder_create(struct decoder **ret, uint32_t sample_rate);
struct decoder *decoder_destroy(struct decoder *decoder);
/* kind is an audio kind of libcommon/spool. Gives the samples written, 0 when the bytes make no
 * sense. */
size_t decoder_run(struct decoder *decoder, uint8_t kind, const uint8_t *payload, size_t len,
	int16_t ret_samples[DECODE_MAX]);
/* The RTP clock of a kind. */
uint32_t decoder_clock(uint8_t kind);
#endif
