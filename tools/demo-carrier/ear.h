/* What a call heard: a WAV laid out by RTP timestamps, and which tones were in it for how long. */
#ifndef DEMO_CARRIER_EAR_H
#define DEMO_CARRIER_EAR_H
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct ear;

int ear_create(struct ear **ret, const char *wav_path);
/* Closes the file. */
struct ear *ear_destroy(struct ear *ear);

/* Samples of one packet at 8 kHz. Packets may come late, twice or not at all. */
void ear_put(struct ear *ear, uint32_t rtp_ts, const int16_t *samples, size_t count);

/* Brings the file up to date: what was held back for late packets is written. */
void ear_flush(struct ear *ear);

/* {"ms","dbfs","late","tones":[{"hz","ms","dbfs"}],"now":{"hz","dbfs"}}: tones that dominated for
 * at least 100 ms together, longest first; "now" is the newest window. New reference. */
json_t *ear_report(const struct ear *ear);
#endif
