/* Turns one leg's speech into another's codec where Opus is on one side (between PCMU and PCMA a
 * table does, see codec.h). Opus runs at 8 kHz here: a telephone line has no more. */
#ifndef MD_XCODE_H
#define MD_XCODE_H
#include <stddef.h>
#include <stdint.h>
#include "services/call-controller/media/codec.h"
#include "services/call-controller/media/rtp.h"

struct md_xcode;
struct OpusEncoder;

/* A frame that is ready: payload has MD_RTP_HEADER bytes of room before and MD_SRTP_TAIL behind. ts
 * is in the target's clock, seq counts this transcoder's packets (a gap: lost). */
typedef void md_xcode_h(uint16_t seq, uint32_t ts, uint8_t *payload, size_t len, void *arg);

int md_xcode_create(struct md_xcode **ret, enum md_codec from, enum md_codec to);
struct md_xcode *md_xcode_destroy(struct md_xcode *x);
enum md_codec md_xcode_from(const struct md_xcode *x);
enum md_codec md_xcode_to(const struct md_xcode *x);

void md_xcode_push(struct md_xcode *x, const struct md_rtp *h, const uint8_t *payload,
	md_xcode_h *ready, void *arg);
/* An encoder with our settings, 8 kHz mono. */
int md_opus_encoder(struct OpusEncoder **ret);
#endif
