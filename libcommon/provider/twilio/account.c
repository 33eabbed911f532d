#include <string.h>

#include "libcommon/provider/provider.h"
#include "libcommon/provider/twilio/account.h"
#include "libcommon/provider/twilio/api.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define EDGE_MAX 32

bool vp_twilio_is_region(const char *text)
{
	return strspn(text, LETTERS) == 2 && text[2] >= '1' && text[2] <= '9' && text[3] == '\0';
}

bool vp_twilio_is_edge(const char *text)
{
	size_t len = strspn(text, LETTERS "-");

	return len >= 4 && len <= EDGE_MAX && text[len] == '\0' && text[0] != '-' &&
	       text[len - 1] != '-';
}

const char *vp_twilio_region(const struct vp_provider_config *config)
{
	const char *value = vp_provider_get(config, NULL, "voice_region");

	return value && vp_twilio_is_region(value) && strcmp(value, "us1") != 0 ? value : NULL;
}

const char *vp_twilio_edge(const struct vp_provider_config *config)
{
	const char *value = vp_provider_get(config, NULL, "edge");

	if (!value) {
		value = vp_provider_get(config, NULL, "voice_region");
	}
	return value && vp_twilio_is_edge(value) && strcmp(value, "roaming") != 0 ? value : NULL;
}

void vp_twilio_account_of(const struct vp_provider_config *config, struct vp_twilio_account *ret)
{
	*ret = (struct vp_twilio_account){
		.account_sid = vp_provider_get(config, NULL, "account_sid"),
		.auth_token = vp_provider_get(config, NULL, "auth_token"),
		.api_key_sid = vp_provider_get(config, NULL, "api_key_sid"),
		.api_key_secret = vp_provider_get(config, NULL, "api_key_secret"),
		.region = vp_twilio_region(config),
		.edge = vp_twilio_edge(config),
		.api_base = vp_provider_get(config, NULL, "api_base")};
}
