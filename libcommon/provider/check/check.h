/* Asks a carrier whether a provider's settings work, and sets up there what calls need. One request
 * after the other; each step says what it found and, when it failed, the way out. Twilio and
 * Telnyx: a SIP trunk is asked by call-controller (trunk.test). */
#ifndef VP_PROVIDER_CHECK_H
#define VP_PROVIDER_CHECK_H
#include <stdbool.h>
#include <stddef.h>

struct vp_check;
struct vp_httpc;
struct vp_provider_config;
struct vp_provider_driver;

#define VP_CHECK_STEPS_MAX 12
#define VP_CHECK_TEXT_MAX 400

struct vp_check_step {
	const char *name; /* account, api_key, application, credentials, number, public_key,
			     webhook */
	bool ok;
	char message[VP_CHECK_TEXT_MAX];
	char hint[VP_CHECK_TEXT_MAX]; /* "" when it is ok */
};

struct vp_check_report {
	struct vp_check_step steps[VP_CHECK_STEPS_MAX];
	size_t n;
	bool success; /* all are ok */
	/* Of provisioning: a setting that the provider is to have from now on, such as the id of
	 * what was made. NULL: none. Valid in the handler only. */
	const char *learned_key, *learned_value;
};

/* Exactly once, unless cancelled; from inside the start when there is nothing to ask. */
typedef void vp_check_h(const struct vp_check_report *report, void *arg);

struct vp_check_cfg {
	struct vp_httpc *http;
	const struct vp_provider_driver *driver;
	const struct vp_provider_config *config; /* lives until the report */
	const char *provider_id;
	const char *webhook_url; /* VOIP_WEBHOOK_URL: how carriers reach us, of several by comma the
				    first; NULL: not set */
	vp_check_h *h;
	void *arg;
};

/* *slot becomes NULL when it is over. ENOTSUP: a driver that is not asked by HTTP. */
int vp_check_start(struct vp_check **slot, const struct vp_check_cfg *cfg);
/* Does nothing that is so already; may be repeated. */
int vp_provision_start(struct vp_check **slot, const struct vp_check_cfg *cfg);
void vp_check_cancel(struct vp_check *check); /* NULL is no-op */
#endif
