/* A provider's settings tried at its carrier, each step told as it is in the panel. */
#ifndef VOIP_TRY_PROVIDER_H
#define VOIP_TRY_PROVIDER_H
#include <stdbool.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"
#include "libcommon/provider/provider.h"

enum try_verdict {
	TRY_GOOD,
	TRY_BAD,    /* a step failed; it was told with its way out */
	TRY_UNTRIED /* a SIP trunk, and no call-controller to try it; that was told */
};

/* Of a carrier with an API. */
enum try_verdict try_provider(const struct vp_provider_driver *driver,
	const struct vp_provider_config *config, struct vp_uuid id);
/* A SIP trunk that is stored, in this version. */
enum try_verdict try_trunk(struct vp_uuid org, struct vp_uuid trunk, int64_t version);

/* Makes at the carrier what calls need (application, webhooks), each step told; what was learnt
 * goes into the settings, and *ret_learnt says so. */
enum try_verdict try_set_up(const struct vp_provider_driver *driver,
	struct vp_provider_config *config, struct vp_uuid id, bool *ret_learnt);

/* One step as all of these print it. */
void try_say(const char *name, bool ok, const char *message, const char *hint);
#endif
