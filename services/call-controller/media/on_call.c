/* DropLeg, DropCall, Stats. */
#include <errno.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/request.h"

void on_drop_leg(struct md_request *req)
{
	md_leg_drop(VP_TAKE(req->leg));
}

void on_drop_call(struct md_request *req)
{
	md_call_drop(VP_TAKE(req->call));
	req->leg = NULL;
}

/* Of one leg (leg set) or all of the call. */
void on_stats(struct md_request *req)
{
	Ringmain__V1__LegStats stats[MD_MAX_LEGS], *list[MD_MAX_LEGS];
	size_t n = 0;
	if (req->msg->leg && !req->leg) {
		md_request_fail(req, ENOENT, "no such leg");
		return;
	}
	for (struct md_leg *leg = req->call->legs; leg; leg = leg->next) {
		if (req->leg && leg != req->leg) {
			continue;
		}
		ringmain__v1__leg_stats__init(&stats[n]);
		md_leg_stats(leg, &stats[n]);
		stats[n].call_id.data = req->call_id.b;
		stats[n].call_id.len = sizeof(req->call_id.b);
		list[n] = &stats[n];
		n++;
	}
	req->reply.n_stats = n;
	req->reply.stats = list;
	md_control_reply(req->worker->engine->control, &req->reply);
	req->later = true; /* sent: the list lives here */
}
