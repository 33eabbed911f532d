/* The answer of a test or a set-up: what each step found. */
#ifndef GATEWAY_PROVIDER_REPORT_H
#define GATEWAY_PROVIDER_REPORT_H
#include "libcommon/provider/check/check.h"
#include "services/gateway/gateway.h"

json_t *report_step(const char *name, bool ok, const char *message, const char *hint);
json_t *report_steps(const struct vp_check_report *report);
bool report_success(const json_t *steps);
/* {success, message, steps}; takes steps over. good: the message when all went well. */
json_t *report_json(json_t *steps, const char *good);

/* Opens the settings of the provider in row 0 and asks its carrier: whether they work, or to set up
 * what calls need. h: while the client is there; all else is answered. */
typedef void report_h(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, const struct vp_check_report *report);
void report_ask(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, bool provision, report_h *h);

/* Tests and set-ups ask others for somebody: so many a minute and user. False: answered 429. */
bool report_allowed(struct gateway *gw, struct vp_http_req *req, const struct identity *who);
#endif
