/* Whose call it is: of all who are rung, until one of them takes it; then only his. */
#include "libcommon/base/base.h"
#include "services/call-controller/call.h"

bool call_rang(const struct call *call, struct vp_uuid user)
{
	for (size_t i = 0; i < call->n_rung; i++) {
		if (vp_uuid_equal(call->rung[i], user)) {
			return true;
		}
	}
	return false;
}

bool call_is_his(const struct call *call, struct vp_uuid user)
{
	const bool rings = call_fsm(call->state, CALL_EV_AGENT_ANSWER).taken;

	return vp_uuid_equal(call->user, user) || (rings && call_rang(call, user));
}

void call_name_user(struct call *call)
{
	for (size_t i = 0; i < call->n_rung; i++) {
		if (vp_uuid_equal(call->rung[i], call->user) && call->rung_name[i][0]) {
			(void)vp_strcopy(
				call->user_name, sizeof(call->user_name), call->rung_name[i]);
		}
	}
}
