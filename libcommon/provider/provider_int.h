/* Shared by the drivers' tables and provider.c, config.c, check.c. */
#ifndef VP_PROVIDER_INT_H
#define VP_PROVIDER_INT_H
#include "libcommon/provider/provider.h"

extern const struct vp_provider_driver vp_driver_twilio, vp_driver_telnyx, vp_driver_sip;

/* The operator's api_base: https, or loopback. */
const char *vp_field_api_base(const char *value);
/* Where its phone in a browser connects to: wss, or loopback. */
const char *vp_field_phone_base(const char *value);
#endif
