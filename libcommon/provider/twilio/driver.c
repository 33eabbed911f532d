#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/provider_int.h"
#include "libcommon/provider/twilio/account.h"
#include "libcommon/provider/twilio/api.h"

static const char *check_account(const char *value)
{
	return vp_twilio_is_sid(value, "AC")
		       ? NULL
		       : "The account SID is AC and 32 hexadecimal digits. Copy it from the first "
			 "page of the Twilio console.";
}

static const char *check_auth_token(const char *value)
{
	return strspn(value, "0123456789abcdefABCDEF") == 32 && strlen(value) == 32
		       ? NULL
		       : "The auth token is 32 hexadecimal digits. Copy the primary one from the "
			 "first page of the Twilio console.";
}

static const char *check_key(const char *value)
{
	return vp_twilio_is_sid(value, "SK")
		       ? NULL
		       : "The API key SID is SK and 32 hexadecimal digits (not AP: that is the "
			 "application). Twilio console: Account > API keys.";
}

static const char *check_application(const char *value)
{
	return vp_twilio_is_sid(value, "AP")
		       ? NULL
		       : "The application SID is AP and 32 hexadecimal digits. Twilio console: "
			 "Voice "
			 "> TwiML Apps, or leave it empty and let it be made.";
}

static const char *check_region(const char *value)
{
	return vp_twilio_is_region(value) || vp_twilio_is_edge(value)
		       ? NULL
		       : "The region is a word like us1, ie1 or au1.";
}

static const char *check_edge(const char *value)
{
	return vp_twilio_is_edge(value) ? NULL
					: "The edge is a word like roaming, dublin or ashburn.";
}

static const char *check_together(const struct vp_provider_config *config, const char **ret_key)
{
	const char *key = vp_provider_get(config, NULL, "api_key_sid");
	const char *secret = vp_provider_get(config, NULL, "api_key_secret");

	if (key && !secret) {
		*ret_key = "api_key_secret";
		return "The API key needs its secret. Twilio shows it once, when the key is made: "
		       "make a new key if it is lost.";
	}
	if (secret && !key) {
		*ret_key = "api_key_sid";
		return "The API key's secret needs the key's SID (SK...). Twilio console: Account "
		       "> "
		       "API keys.";
	}
	return NULL;
}

static const struct vp_provider_field fields[] = {
	{.key = "account_sid",
		.label = "Account SID",
		.help = "AC..., on the first page of the Twilio console.",
		.required = true,
		.check = check_account},
	{.key = "auth_token",
		.label = "Auth token",
		.help = "On the first page of the Twilio console; webhooks are checked with it.",
		.required = true,
		.secret = true,
		.check = check_auth_token},
	{.key = "api_key_sid",
		.label = "API key SID",
		.help = "SK..., Twilio console: Account > API keys; browser calls need it.",
		.check = check_key},
	{.key = "api_key_secret",
		.label = "API key secret",
		.help = "Shown once, when the key is made.",
		.secret = true},
	{.key = "app_sid",
		.label = "TwiML application SID",
		.help = "AP..., Twilio console: Voice > TwiML Apps; browser calls go out by it.",
		.check = check_application},
	{.key = "from_number",
		.label = "Caller number",
		.help = "A number of the account, like +14155551234; shown to whom you call.",
		.kind = VP_FIELD_PHONE,
		.required = true},
	{.key = "voice_region",
		.label = "Region",
		.help = "Where Twilio processes calls: us1 unless the account was set up "
			"elsewhere.",
		.check = check_region},
	{.key = "edge",
		.label = "Edge",
		.help = "Where browsers enter Twilio's network: roaming is the nearest.",
		.check = check_edge},
	{.key = "api_base",
		.label = "API address",
		.help = "In place of https://api.twilio.com, for a simulator.",
		.operator_only = true,
		.check = vp_field_api_base},
	{.key = "phone_base",
		.label = "Phone address",
		.help = "In place of Twilio's own, which browsers connect to, for a simulator: "
			"wss://127.0.0.1:5091.",
		.operator_only = true,
		.check = vp_field_phone_base},
};

const struct vp_provider_driver vp_driver_twilio = {
	.name = "twilio",
	.label = "Twilio",
	.fields = fields,
	.n_fields = VP_ARRAY_LEN(fields),
	.capabilities = VP_CAN_DIAL | VP_CAN_RECEIVE | VP_CAN_HOLD | VP_CAN_DTMF | VP_CAN_RECORD |
			VP_HAS_PHONE,
	.connect = "wss://*.twilio.com", /* voice-js.<edge>.twilio.com */
	.check = check_together,
};
