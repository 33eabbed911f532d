/* POST /api/voip/token: a short-lived token for a softphone. A trunk's password never leaves us, so
 * the guide's "password" is always null. */
#include <errno.h>
#include <stdlib.h>
#include "services/gateway/handlers.h"
#include "services/gateway/token_json.h"

struct issue {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who; /* of the request */
};

static void on_issued(const struct vp_bus_reply *reply, void *arg)
{
	struct issue *issue = arg;
	struct vp_http_req *req = vp_http_ref_req(issue->ref);
	if (req != NULL && reply->status >= 400) {
		answer_bus_error(req, reply);
	} else if (req != NULL) {
		answer_json(req, 200, token_json(issue->gw, req, issue->who, reply));
	}
	vp_http_ref_drop(issue->ref);
	free(issue);
}

void on_voip_token(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct issue *issue = malloc(sizeof(*issue));
	if (issue == NULL) {
		answer_db_error(req, "token", ENOMEM, NULL);
		return;
	}
	*issue = (struct issue){gw, vp_http_defer(req), who};
	if (!token_ask(gw, req, who, on_issued, issue)) {
		vp_http_ref_drop(issue->ref);
		free(issue);
	}
}
