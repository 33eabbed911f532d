/* Telnyx: its token for this user's credential, from memory while it is young. */
#include "libcommon/base/base.h"
#include "libcommon/provider/provider.h"
#include "services/token-issuer/request.h"
#include "services/token-issuer/telnyx_job.h"
#include "services/token-issuer/telnyx_tokens.h"
#include "services/token-issuer/token_issuer.h"

static bool from_memory(struct token_request *request)
{
	const struct telnyx_token *token =
		telnyx_tokens_find(request->issuer->telnyx_tokens, request, vp_time_us() / 1000000);

	if (token) {
		token_send(request, &(struct token_answer){.token = token->text,
					    .identity = token->sip_username,
					    .connection_id = token->connection_id,
					    .phone_base = token->phone_base,
					    .expires_at = token->expires_s});
	}
	return token != NULL;
}

/* Several may have waited for the settings, and one may be done meanwhile. */
static void on_settings(struct token_request *request, const struct vp_provider_config *config)
{
	if (!from_memory(request) && !telnyx_job_join(request)) {
		telnyx_job_start(request, config);
	}
}

void issue_telnyx(struct token_request *request, const char *sealed)
{
	if (!from_memory(request) && !telnyx_job_join(request)) {
		settings_open(request, sealed, on_settings);
	}
}
