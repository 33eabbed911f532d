/* The settings of call-controller. */
#ifndef CC_SETTINGS_H
#define CC_SETTINGS_H
#include "libcommon/config/config.h"

extern const struct vp_conf_field cc_settings[];
extern const size_t cc_n_settings;
#endif
