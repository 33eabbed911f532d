/* A provider's settings, opened by the vault. */
#include <errno.h>
#include <stdlib.h>

#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "libcommon/provider/provider.h"
#include "libcommon/vault/vault.h"
#include "services/token-issuer/request.h"
#include "services/token-issuer/token_issuer.h"

struct opening {
	struct token_request *request;
	settings_h *h;
};

static enum token_verdict verdict_of(int err)
{
	switch (err) {
	case EBADMSG:
	case ENOKEY:
	case EACCES:
	case EINVAL: return TOKEN_SEALED;
	default: return TOKEN_UNAVAILABLE;
	}
}

static void on_opened(int err, const char *plain, size_t len, void *arg)
{
	struct opening opening = *(struct opening *)arg;
	struct vp_provider_config *config = NULL;

	free(arg);
	if (!err) {
		err = vp_provider_config_parse(&config, plain, len);
	}
	if (err) {
		vp_log(WARN, "settings.shut", VP_KV_STR("org", opening.request->claims.org),
			VP_KV_ERR(err));
		token_refuse(opening.request, verdict_of(err), NULL);
		return;
	}
	opening.h(opening.request, config);
	vp_provider_config_destroy(config);
}

void settings_open(struct token_request *request, const char *sealed, settings_h *h)
{
	struct vp_vault *vault = request->issuer->vault;
	struct opening *opening = vault ? malloc(sizeof(*opening)) : NULL;
	char id[VP_UUID_TEXT_SIZE];
	VP_CLEANUP(vp_freep) char *context = NULL;
	int err = ENOMEM;

	if (!vault || sealed[0] == '\0') {
		token_refuse(request, vault ? TOKEN_INCOMPLETE : TOKEN_NO_KEY_FILE, NULL);
		free(opening);
		return;
	}
	vp_uuid_text(request->provider, id);
	context = vp_strf("providers/config/%s", id);
	if (opening && context) {
		*opening = (struct opening){request, h};
		err = vp_vault_open(vault, request->org, context, sealed, on_opened, opening, NULL);
	}
	if (err) {
		free(opening);
		token_refuse(request, verdict_of(err), NULL);
	}
}
