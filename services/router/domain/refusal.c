#include "libcommon/base/base.h"
#include "libcommon/base/short_number.h"
#include "services/router/domain/refusal.h"

static const struct refusal_text texts[REFUSAL_MAX] = {
	[REFUSAL_NONE] = {200, "ok", ""},
	[REFUSAL_BAD_REQUEST] = {400, "bad_request",
		"The request to the router is damaged. Update all services to one version."},
	[REFUSAL_INVALID_NUMBER] = {422, "invalid_number",
		"This is not a number that can be called."},
	[REFUSAL_EMERGENCY] = {403, "emergency_number", VP_SHORT_EMERGENCY_SENTENCE},
	[REFUSAL_SHORT_NUMBER] = {422, "short_number",
		"Short service numbers cannot be called from here. Use the full number with area "
		"code."},
	[REFUSAL_FORBIDDEN] = {403, "destination_forbidden",
		"Calls to this destination are not allowed. An administrator can allow it: "
		"Settings > "
		"VoIP > Dialing."},
	[REFUSAL_PREMIUM] = {403, "destination_forbidden",
		"Calls to premium-rate, satellite and high-risk numbers are not allowed. An "
		"administrator "
		"can allow single prefixes: Settings > VoIP > Dialing."},
	[REFUSAL_ORG_INACTIVE] = {403, "org_inactive",
		"Calls of this organisation are suspended. Ask who runs this installation."},
	[REFUSAL_NO_PROVIDER] = {409, "no_active_provider",
		"No active VoIP provider configured. An administrator sets one up (voip setup), or "
		"activates "
		"one that is there (voip provider activate); both also under Settings > VoIP > "
		"Providers."},
	[REFUSAL_NOT_SUPPORTED] = {501, "not_supported",
		"Calls by this provider are not supported yet. Activate another one: "
		"voip provider activate, or Settings > VoIP > Providers."},
	[REFUSAL_NO_TRUNK] = {409, "no_trunk",
		"The active provider has no active trunk with a host. Add one: voip provider add "
		"--help, "
		"or Settings > VoIP > Trunks."},
	[REFUSAL_NO_CALLER_ID] = {409, "no_caller_id",
		"The provider has no number that a call could show. Give it a from_number, or add "
		"one of its numbers: Settings > VoIP > Providers."},
	[REFUSAL_TRUNK_DOWN] = {503, "trunk_down",
		"The telephone line is down. Try again in a moment; administrators see why under "
		"Settings "
		"> VoIP > Trunks."},
	[REFUSAL_RATE_USER] = {429, "rate_limited",
		"You have started too many calls in the last minute. Wait a minute and call "
		"again."},
	[REFUSAL_RATE_ORG] = {429, "rate_limited",
		"Your organisation has started too many calls in the last minute. Wait a minute "
		"and call "
		"again."},
	[REFUSAL_RATE_USER_DAY] = {429, "daily_limit",
		"You have started as many calls as one user may in a day. Who runs this "
		"installation can raise the limit: VOIP_CALLS_PER_USER_PER_DAY."},
	[REFUSAL_RATE_ORG_DAY] = {429, "daily_limit",
		"Your organisation has started as many calls as it may in a day. Who runs this "
		"installation can raise the limit: VOIP_CALLS_PER_ORG_PER_DAY."},
	[REFUSAL_NO_ROUTE] = {404, "no_route",
		"This number leads nowhere. Give it to a user or add a route: Settings > VoIP > "
		"Routes."},
	[REFUSAL_NO_USER] = {404, "no_user",
		"The route of this number names a user who is not active. Change it: Settings > "
		"VoIP > "
		"Routes."},
	[REFUSAL_NO_LOGIN] = {403, "no_login",
		"The login of this phone is no longer good. Load the page again and sign in."},
	[REFUSAL_NO_PERMISSION] = {403, "no_permission",
		"You may not place calls. An administrator can allow it: Settings > VoIP > "
		"Users."},
	[REFUSAL_UNAVAILABLE] = {503, "unavailable",
		"The database does not answer. Try again in a moment."},
};

const struct refusal_text *refusal_text(enum refusal refusal)
{
	vp_assert(refusal >= 0 && refusal < REFUSAL_MAX);
	return &texts[refusal];
}
