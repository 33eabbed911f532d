/* Twilio: signed here, under the API key of the provider's settings. Keys that were opened stay in
 * memory for as long as the settings are the same. */
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "libcommon/provider/provider.h"
#include "libcommon/provider/twilio/account.h"
#include "libcommon/provider/twilio/api.h"
#include "libcommon/provider/twilio/token.h"
#include "services/token-issuer/request.h"
#include "services/token-issuer/token_issuer.h"

#define SLOTS 256 /* providers whose keys are remembered; more of them make room for each other */
#define SID_SIZE 35
#define EDGE_SIZE 40
#define BASE_SIZE 513

struct slot {
	struct vp_uuid provider;
	uint8_t settings[VP_SHA256_SIZE];
	struct vp_twilio_signer *signer; /* NULL: free */
	char application_sid[SID_SIZE], edge[EDGE_SIZE], phone_base[BASE_SIZE];
};
struct twilio_keys {
	struct slot slots[SLOTS];
};

struct twilio_keys *twilio_keys_create(void)
{
	return calloc(1, sizeof(struct twilio_keys));
}

struct twilio_keys *twilio_keys_destroy(struct twilio_keys *keys)
{
	for (size_t i = 0; keys && i < SLOTS; i++) {
		vp_twilio_signer_destroy(keys->slots[i].signer);
	}
	free(keys);
	return NULL;
}

/* A UUIDv7 ends in random bytes. */
static struct slot *slot_of(struct token_request *request)
{
	return &request->issuer->twilio->slots[request->provider.b[15] % SLOTS];
}

static bool is_current(const struct slot *slot, const struct token_request *request)
{
	return slot->signer && memcmp(&slot->provider, &request->provider, 16) == 0 &&
	       memcmp(slot->settings, request->settings, VP_SHA256_SIZE) == 0;
}

static void sign(struct token_request *request, const struct slot *slot)
{
	char identity[TOKEN_IDENTITY_SIZE];
	VP_CLEANUP(vp_freep) char *text = NULL;
	const char *fault = NULL;
	const struct vp_twilio_token token = {
		.application_sid = slot->application_sid[0] ? slot->application_sid : NULL,
		.incoming = true,
		.identity = identity,
		.now_s = request->claims.iat,
		.ttl_s = request->issuer->cfg->ttl_s};

	token_identity(request->user, identity);
	if (vp_twilio_signer_token(slot->signer, &token, &text, &fault) != 0) {
		token_refuse(request, fault ? TOKEN_INCOMPLETE : TOKEN_FAILED, fault);
		return;
	}
	token_send(request, &(struct token_answer){.token = text,
				    .identity = identity,
				    .edge = slot->edge,
				    .phone_base = slot->phone_base,
				    .expires_at = request->claims.exp});
}

static void on_settings(struct token_request *request, const struct vp_provider_config *config)
{
	const char *application = vp_provider_get(config, NULL, "app_sid");
	const char *edge = vp_twilio_edge(config), *fault = NULL;
	const char *base = vp_provider_get(config, NULL, "phone_base");
	const struct vp_twilio_token key = {
		.account_sid = vp_provider_get(config, NULL, "account_sid"),
		.api_key_sid = vp_provider_get(config, NULL, "api_key_sid"),
		.api_key_secret = vp_provider_get(config, NULL, "api_key_secret"),
		.region = vp_twilio_region(config)};
	struct slot *slot = slot_of(request);
	struct vp_twilio_signer *signer;

	if (vp_twilio_signer_create(&signer, &key, &fault) != 0) {
		token_refuse(request, fault ? TOKEN_INCOMPLETE : TOKEN_FAILED, fault);
		return;
	}
	if (!application || !vp_twilio_is_sid(application, "AP")) {
		vp_twilio_signer_destroy(signer);
		token_refuse(request, TOKEN_INCOMPLETE,
			"Calls from browsers need a TwiML application. An administrator has it "
			"made "
			"under Settings > VoIP > Providers, or enters its SID (AP...).");
		return;
	}
	vp_twilio_signer_destroy(slot->signer);
	slot->signer = signer;
	slot->provider = request->provider;
	memcpy(slot->settings, request->settings, VP_SHA256_SIZE);
	vp_strcopy(slot->application_sid, SID_SIZE, application);
	vp_strcopy(slot->edge, EDGE_SIZE, edge ? edge : "roaming");
	vp_strcopy(slot->phone_base, BASE_SIZE, base ? base : "");
	sign(request, slot);
}

bool issue_twilio_again(struct token_request *request)
{
	const struct slot *slot = slot_of(request);
	bool current = is_current(slot, request);

	if (current) {
		sign(request, slot);
	}
	return current;
}

void issue_twilio(struct token_request *request, const char *sealed)
{
	if (!issue_twilio_again(request)) {
		settings_open(request, sealed, on_settings);
	}
}
