/* A SIP provider's settings and its first trunk are one thing told twice: the driver's keys on one
 * side, columns of table trunks on the other. The trunk is what calls use, so it is the truth.
 * Pure.
 */
#ifndef VP_PROVIDER_SIP_TRUNK_H
#define VP_PROVIDER_SIP_TRUNK_H
#include <stdbool.h>

struct json_t;
struct vp_provider_config;
struct vp_provider_driver;

/* The trunk's columns of these settings, null where nothing is set; all but the password, which
 * is sealed apart. New reference; NULL: no memory. */
struct json_t *vp_sip_trunk_of(
	const struct vp_provider_driver *driver, const struct vp_provider_config *config);

/* The other way: what a trunk (its row as JSON) says goes over the settings. False: no memory. */
bool vp_sip_trunk_apply(const struct vp_provider_driver *driver, const struct json_t *trunk,
	struct vp_provider_config *config);

/* The key of the settings that a column comes from. */
const char *vp_sip_trunk_key(const char *column);
#endif
