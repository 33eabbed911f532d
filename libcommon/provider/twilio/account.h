/* Regions and edges of Twilio: a region is where calls are processed, an edge is where one enters.
 */
#ifndef VP_TWILIO_ACCOUNT_H
#define VP_TWILIO_ACCOUNT_H
#include <stdbool.h>

struct vp_provider_config;

/* "us1", "ie1": two letters and a digit. */
bool vp_twilio_is_region(const char *text);
/* "dublin", "sao-paulo", "ashburn-ix": letters and dashes. */
bool vp_twilio_is_edge(const char *text);

/* The region: NULL is us1. The old system wrote edges into voice_region; those are not taken for
 * one. */
const char *vp_twilio_region(const struct vp_provider_config *config);
/* The edge; NULL is roaming. */
const char *vp_twilio_edge(const struct vp_provider_config *config);
#endif
