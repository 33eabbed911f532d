/* A provider's settings, opened by the vault. */
#include <stdlib.h>

#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "libcommon/provider/provider.h"
#include "libcommon/settings/settings.h"
#include "services/token-issuer/request.h"
#include "services/token-issuer/token_issuer.h"

struct opening {
	struct token_request *request;
	settings_h *h;
};

static enum token_verdict verdict_of(enum vp_settings_state state)
{
	switch (state) {
	case VP_SETTINGS_NO_KEY_FILE: return TOKEN_NO_KEY_FILE;
	case VP_SETTINGS_SHUT: return TOKEN_SEALED;
	default: return TOKEN_UNAVAILABLE;
	}
}

static void on_settings(const struct vp_settings *settings, void *arg)
{
	struct opening opening = *(struct opening *)arg;

	free(arg);
	if (settings->state != VP_SETTINGS_OPEN) {
		vp_log(WARN, "settings.shut", VP_KV_STR("org", opening.request->claims.org),
			VP_KV_ERR(settings->err));
		token_refuse(opening.request, verdict_of(settings->state), NULL);
		return;
	}
	opening.h(opening.request, settings->config);
	vp_provider_config_destroy(settings->config);
}

void settings_open(struct token_request *request, const char *sealed, settings_h *h)
{
	struct vp_vault *vault = request->issuer->vault;
	const bool empty = vault && sealed[0] == '\0';
	struct opening *opening = empty ? NULL : malloc(sizeof(*opening));

	if (!opening) {
		token_refuse(request, empty ? TOKEN_INCOMPLETE : TOKEN_UNAVAILABLE, NULL);
		return;
	}
	*opening = (struct opening){request, h};
	vp_settings_open(
		&(struct vp_settings_of){
			.vault = vault, .org = request->org, .provider = request->provider},
		sealed, on_settings, opening, NULL);
}
