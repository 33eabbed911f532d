/* A SIP provider's settings and its first trunk are one thing told twice: the driver's keys on one
 * side, columns of table trunks on the other. The trunk is what calls use, so it is the truth.
 * Pure.
 */
#ifndef GATEWAY_SIP_TRUNK_H
#define GATEWAY_SIP_TRUNK_H
#include <jansson.h>
#include <stdbool.h>
#include "libcommon/provider/provider.h"

/* The trunk's columns of these settings, as trunk_input_read takes them; all but the password,
 * which is sealed apart. New reference; NULL: no memory. */
json_t *sip_trunk_of(
	const struct vp_provider_driver *driver, const struct vp_provider_config *config);

/* The other way: what a trunk (its row as JSON) says goes over the settings. False: no memory. */
bool sip_trunk_apply(const struct vp_provider_driver *driver, const json_t *trunk,
	struct vp_provider_config *config);

/* The key of the settings that a column comes from. */
const char *sip_trunk_key(const char *column);
#endif
