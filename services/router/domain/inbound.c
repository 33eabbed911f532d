#include "services/router/domain/inbound.h"

enum refusal inbound_read_did(const struct inbound_trunk *trunk, struct vp_uuid org,
	const char *did, char ret_e164[VP_E164_SIZE])
{
	if (!trunk->found || (!vp_uuid_is_nil(org) && !vp_uuid_equal(org, trunk->org))) {
		return REFUSAL_NO_ROUTE;
	}
	if (!trunk->org_active) {
		return REFUSAL_ORG_INACTIVE;
	}
	return number_format_in(trunk->format, did, trunk->region, ret_e164) == VP_E164_OK
		       ? REFUSAL_NONE
		       : REFUSAL_NO_ROUTE;
}

void inbound_read_from(
	const struct inbound_trunk *trunk, const char *from, char ret_e164[VP_E164_SIZE])
{
	if (number_format_in(trunk->format, from, trunk->region, ret_e164) != VP_E164_OK) {
		ret_e164[0] = '\0';
	}
}

enum refusal inbound_decide(const struct inbound_route *route)
{
	if (!route->number_found || !route->has_user) {
		return REFUSAL_NO_ROUTE;
	}
	return route->user_active ? REFUSAL_NONE : REFUSAL_NO_USER;
}
