/* A provider's settings tried at its carrier, each step told as it is in the panel. */
#ifndef VOIP_TRY_PROVIDER_H
#define VOIP_TRY_PROVIDER_H
#include "libcommon/base/uuid.h"
#include "libcommon/provider/provider.h"

enum try_verdict {
	TRY_GOOD,
	TRY_BAD,    /* a step failed; it was told with its way out */
	TRY_UNTRIED /* a SIP trunk: only the running system can try it; that was told */
};

enum try_verdict try_provider(const struct vp_provider_driver *driver,
	const struct vp_provider_config *config, struct vp_uuid id);

/* Makes there what calls need (application, webhooks), each step told; what was learnt goes into
 * the settings. */
enum try_verdict try_set_up(const struct vp_provider_driver *driver,
	struct vp_provider_config *config, struct vp_uuid id);
#endif
