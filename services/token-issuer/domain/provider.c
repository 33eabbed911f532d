#include "libcommon/base/base.h"
#include "libcommon/provider/provider.h"
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
		"No active VoIP provider configured. An administrator sets one up (voip setup), or "
		"activates "
		"one that is there (voip provider activate); both also under Settings > VoIP > "
		"Providers."},
	[TOKEN_PROVIDER_GONE] = {409, "provider_gone",
		"This provider is not there any more. Load the page again: it signs in to those "
		"that are."},
	[TOKEN_INCOMPLETE] = {409, "provider_incomplete",
		"The active provider lacks what browser calls need. An administrator completes it: "
		"Settings > VoIP > Providers."},
	[TOKEN_REFUSED] = {409, "provider_refused",
		"The provider refuses to let your phone in. An administrator can test it: Settings "
		"> VoIP > Providers."},
	[TOKEN_AWAY] = {503, "provider_unavailable",
		"The provider does not answer. Try again in a moment; administrators can test it: "
		"Settings > VoIP > Providers."},
	[TOKEN_NO_KEY_FILE] = {503, "not_configured",
		"The provider's settings stay shut: VOIP_KEK_FILE is not set for token-issuer. Ask "
		"who runs this installation."},
	[TOKEN_SEALED] = {500, "secret_unreadable",
		"The provider's settings cannot be opened with this key file. Enter them anew: "
		"Settings > VoIP > Providers, or give the token issuer the right VOIP_KEK_FILE."},
	[TOKEN_UNAVAILABLE] = {503, "unavailable",
		"The database does not answer. Try again in a moment."},
	[TOKEN_FAILED] = {500, "failed",
		"Your phone could not be signed in. Try again; the log of token-issuer says why."},
};

enum token_verdict token_check(const struct token_account *account)
{
	if (!account->org_active) {
		return TOKEN_ORG_INACTIVE;
	}
	if (!account->user_active) {
		return TOKEN_USER_INACTIVE;
	}
	if (vp_provider_find(account->driver)) {
		return TOKEN_OK;
	}
	return account->named ? TOKEN_PROVIDER_GONE : TOKEN_NO_PROVIDER;
}

const struct token_refusal *token_refusal(enum token_verdict verdict)
{
	vp_assert(verdict >= 0 && verdict < TOKEN_VERDICT_MAX);
	return &refusals[verdict];
}
