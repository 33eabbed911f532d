/* token.forget: a provider is gone, and its users' credentials are to go at the carrier. The answer
 * comes at once; nobody waits for the rest. */
#include <stdlib.h>

#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/log/log.h"
#include "libcommon/provider/provider.h"
#include "libcommon/settings/settings.h"
#include "proto/token.pb-c.h"
#include "services/token-issuer/accounts.h"
#include "services/token-issuer/handlers.h"
#include "services/token-issuer/telnyx_forget.h"
#include "services/token-issuer/token_issuer.h"

struct farewell {
	struct token_issuer *issuer;
	struct vp_uuid org, provider;
	Ringmain__V1__TokenForget *body;
};

static void farewell_free(struct farewell *farewell)
{
	ringmain__v1__token_forget__free_unpacked(farewell->body, NULL);
	free(farewell);
}

static void on_settings(const struct vp_settings *settings, void *arg)
{
	struct farewell *farewell = arg;

	if (settings->state != VP_SETTINGS_OPEN) {
		vp_log(WARN, "telnyx.credentials_stay",
			VP_KV_STR("why", vp_settings_sentence(settings->state)),
			VP_KV_ERR(settings->err));
	} else {
		telnyx_forget(farewell->issuer, farewell->org, farewell->provider, settings->config,
			(const char *const *)farewell->body->credential_ids,
			farewell->body->n_credential_ids);
	}
	vp_provider_config_destroy(settings->config);
	farewell_free(farewell);
}

void on_token_forget(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	struct farewell *farewell = calloc(1, sizeof(*farewell));
	bool good;

	if (!farewell) {
		vp_bus_reply_error(
			call, 503, "no_memory", "The token issuer is out of memory. Try again.");
		return;
	}
	farewell->issuer = arg;
	farewell->org = msg->org;
	farewell->body = ringmain__v1__token_forget__unpack(NULL, msg->len, msg->data);
	good = farewell->body && !vp_uuid_is_nil(msg->org) &&
	       vp_uuid_parse(farewell->body->provider_id, &farewell->provider);
	if (!good) {
		vp_bus_reply_error(call, 400, "bad_request", "The request cannot be read.");
		if (farewell->body) {
			ringmain__v1__token_forget__free_unpacked(farewell->body, NULL);
		}
		free(farewell);
		return;
	}
	accounts_forget(farewell->issuer->accounts);
	vp_bus_reply_ok(call, NULL, 0);
	vp_settings_open(&(struct vp_settings_of){.vault = farewell->issuer->vault,
				 .org = farewell->org,
				 .provider = farewell->provider},
		farewell->body->config, on_settings, farewell, NULL);
}
