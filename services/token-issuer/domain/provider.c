#include <string.h>

#include "libcommon/base/base.h"
#include "services/token-issuer/domain/provider.h"

static const struct token_refusal refusals[TOKEN_VERDICT_MAX] = {
	[TOKEN_OK] = {200, "ok", ""},
	[TOKEN_BAD_REQUEST] = {400, "bad_request",
		"The request to the token issuer is damaged. Update all services to one version."},
	[TOKEN_ORG_INACTIVE] = {403, "org_inactive",
		"Calls of this organisation are suspended. Ask who runs this installation."},
	[TOKEN_USER_INACTIVE] = {403, "user_inactive",
		"This user is not active. An administrator can change that: Settings > Users."},
	[TOKEN_NO_PROVIDER] = {409, "no_active_provider",
		"No active VoIP provider configured. Create and activate one: voip provider add "
		"--help, or "
		"Settings > VoIP > Providers."},
	[TOKEN_NO_TWILIO_YET] = {501, "not_supported",
		"Browser calls by Twilio are not supported yet. Use Twilio as a SIP trunk for now: "
		"voip provider add --help, then activate it under Settings > VoIP > Providers."},
	[TOKEN_NO_TELNYX_YET] = {501, "not_supported",
		"Browser calls by Telnyx are not supported yet. Use Telnyx as a SIP trunk for now: "
		"voip provider add --help, then activate it under Settings > VoIP > Providers."},
	[TOKEN_UNAVAILABLE] = {503, "unavailable",
		"The database does not answer. Try again in a moment."},
	[TOKEN_FAILED] = {500, "failed",
		"The token could not be signed. The log of token-issuer says why."},
};

enum token_verdict token_check(const struct token_account *account)
{
	if (!account->org_active) {
		return TOKEN_ORG_INACTIVE;
	}
	if (!account->user_active) {
		return TOKEN_USER_INACTIVE;
	}
	if (strcmp(account->driver, "sip") == 0) {
		return TOKEN_OK;
	}
	if (strcmp(account->driver, "twilio") == 0) {
		return TOKEN_NO_TWILIO_YET;
	}
	return strcmp(account->driver, "telnyx") == 0 ? TOKEN_NO_TELNYX_YET : TOKEN_NO_PROVIDER;
}

const struct token_refusal *token_refusal(enum token_verdict verdict)
{
	vp_assert(verdict >= 0 && verdict < TOKEN_VERDICT_MAX);
	return &refusals[verdict];
}
