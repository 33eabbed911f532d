/* How a check walks: a table of steps, each one request and a judgement. */
#ifndef VP_PROVIDER_CHECK_INT_H
#define VP_PROVIDER_CHECK_INT_H
#include "libcommon/provider/api.h"
#include "libcommon/provider/check/check.h"
#include "libcommon/provider/check/urls.h"
#include "libcommon/provider/provider.h"
#include "libcommon/provider/telnyx/api.h"
#include "libcommon/provider/twilio/api.h"

struct check_step {
	const char *name;
	/* Fills the request: 0 sends it. ECANCELED: the step is over (it has told what there is to
	 * tell) and the next one comes. Others end the step as failed. NULL: nothing is asked. */
	int (*build)(struct vp_check *check, struct vp_api_request *request);
	/* Of a good answer. A bad one is told with the carrier's own sentence. NULL: nothing more.
	 */
	void (*judge)(struct vp_check *check, const struct json_t *json);
	bool goes_on_after; /* what follows still makes sense when this one failed */
};

struct vp_check {
	struct vp_check_cfg cfg;
	struct vp_check **slot;
	char *base;                     /* what cfg.webhook_url points to */
	const struct check_step *steps; /* ends with a NULL name */
	size_t at;
	struct vp_check_report report;
	struct vp_api_request request;
	struct vp_httpc_op *op;
	struct vp_twilio_account twilio;
	struct vp_telnyx_account telnyx;
	bool is_twilio;
	bool plain; /* the request under way is no carrier's */
	bool stop;  /* the steps up to the webhook are skipped */
	/* what earlier steps found, for later ones */
	char app_sid[64], number_id[64], profile_id[64], connection_id[64];
};

const char *check_setting(const struct vp_check *check, const char *key);
void check_ok(struct vp_check *check, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void check_bad(struct vp_check *check, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void check_learn(struct vp_check *check, const char *key, const char *value);
/* Adds the step that tells whether the address where carriers reach us answers. */
int check_build_webhook(struct vp_check *check, struct vp_api_request *request);
/* One sentence for a webhook address that is not ours. */
void check_judge_url(struct vp_check *check, const char *url, enum vp_webhook which);

extern const struct check_step check_twilio[], check_telnyx[], provision_twilio[],
	provision_telnyx[];
#endif
