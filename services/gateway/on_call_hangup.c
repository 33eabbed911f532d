/* POST /api/voip/calls/{id}/hangup: ends a call of one's own; with voip.all_calls also another's */
#include <errno.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "proto/call.pb-c.h"
#include "services/gateway/adapters/ask.h"
#include "services/gateway/adapters/call_place.h"
#include "services/gateway/handlers.h"

struct hangup {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who; /* of the request */
	struct vp_uuid call;
};

static void hangup_end(struct hangup *hangup)
{
	vp_http_ref_drop(hangup->ref);
	free(hangup);
}

static void on_done(const struct vp_bus_reply *reply, void *arg)
{
	struct hangup *hangup = arg;
	struct vp_http_req *req = vp_http_ref_req(hangup->ref);
	if (req != NULL && reply->status >= 400) {
		answer_bus_error(req, reply);
	} else if (req != NULL) {
		answer_json(req, 200, json_pack("{s:b}", "success", 1));
	}
	hangup_end(hangup);
}

/* The controller looks whose call it is unless nobody is named: then we have looked. */
static int ask_controller(struct hangup *hangup, const char *node, bool own)
{
	char call[VP_UUID_TEXT_SIZE], user[VP_UUID_TEXT_SIZE];
	Ringmain__V1__CallRef message = RINGMAIN__V1__CALL_REF__INIT;
	vp_uuid_text(hangup->call, call);
	vp_uuid_text(hangup->who->user, user);
	message.call_id = call;
	message.user_id = own ? user : "";
	return ask_send(hangup->gw->bus,
		&(struct ask){.service = "call-controller",
			.node = node,
			.type = "call.hangup",
			.org = hangup->who->org,
			.subject = call,
			.message = &message.base},
		on_done, hangup, NULL);
}

static void on_place(int err, const struct call_place *place, void *arg)
{
	struct hangup *hangup = arg;
	struct vp_http_req *req = vp_http_ref_req(hangup->ref);
	if (req == NULL) {
		hangup_end(hangup);
		return;
	}
	bool own = err == 0 && vp_uuid_equal(place->user, hangup->who->user);
	if (err == ENOENT || (err == 0 && !own && !identity_may(hangup->who, "voip.all_calls"))) {
		vp_http_reply_error(req, 404, "not_found", "There is no such call.");
	} else if (err != 0) {
		answer_db_error(req, "hangup", err, NULL);
	} else if (place->ended) {
		vp_http_reply_error(req, 409, "wrong_state", "This call has ended.");
	} else if (ask_controller(hangup, place->node, own) == 0) {
		return;
	} else {
		answer_bus_error(
			req, &(struct vp_bus_reply){
				     .status = 503, .error = "unavailable", .message = ""});
	}
	hangup_end(hangup);
}

void on_call_hangup(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct vp_uuid call;
	if (!vp_uuid_parse(vp_http_param(req, "id"), &call)) {
		vp_http_reply_error(req, 404, "not_found", "There is no such call.");
		return;
	}
	struct hangup *hangup = malloc(sizeof(*hangup));
	if (hangup == NULL) {
		answer_db_error(req, "hangup", ENOMEM, NULL);
		return;
	}
	*hangup = (struct hangup){gw, vp_http_defer(req), who, call};
	int err = call_place_find(gw->db, who->org, call, on_place, hangup);
	if (err != 0) {
		answer_db_error(req, "hangup", err, NULL);
		hangup_end(hangup);
	}
}
