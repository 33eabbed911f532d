#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/provider_int.h"
#include "libcommon/provider/telnyx/signature.h"

#define ID_MAX 64

static bool is_id(const char *value)
{
	size_t len = strspn(value, "0123456789abcdefABCDEF-");

	return len > 0 && len <= ID_MAX && value[len] == '\0';
}

static const char *check_api_key(const char *value)
{
	size_t len = strlen(value);

	return len >= 16 && strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					  "0123456789_-") == len
		       ? NULL
		       : "The API key is one word, mostly KEY... Copy it from the Telnyx portal: "
			 "API "
			 "Keys.";
}

static const char *check_connection(const char *value)
{
	return is_id(value)
		       ? NULL
		       : "The connection is named by its ID, a long number. Telnyx portal: Voice "
			 "> Programmable Voice > the application.";
}

static const char *check_credential_connection(const char *value)
{
	return is_id(value) ? NULL
			    : "The credential connection is named by its ID, a long number. Telnyx "
			      "portal: Voice > SIP Trunking > the connection.";
}

static const char *check_public_key(const char *value)
{
	uint8_t key[VP_TELNYX_KEY_SIZE];

	return vp_telnyx_key_parse(value, key) == 0
		       ? NULL
		       : "The public key is 44 characters that end in =. Telnyx portal: Account > "
			 "Keys & Credentials > Public Key.";
}

static const char *check_together(const struct vp_provider_config *config, const char **ret_key)
{
	const char *credential = vp_provider_get(config, NULL, "credential_connection_id");
	const char *connection = vp_provider_get(config, NULL, "connection_id");

	if (credential && connection && strcmp(credential, connection) == 0) {
		*ret_key = "credential_connection_id";
		return "That is the Call Control application's ID again. Browsers log in to a "
		       "connection of another kind: Telnyx portal: Voice > SIP Trunking, type "
		       "Credentials.";
	}
	return NULL;
}

static const struct vp_provider_field fields[] = {
	{.key = "api_key",
		.label = "API key",
		.help = "KEY..., Telnyx portal: API Keys.",
		.required = true,
		.secret = true,
		.check = check_api_key},
	{.key = "connection_id",
		.label = "Call Control application",
		.help = "Its ID; Telnyx portal: Voice > Programmable Voice.",
		.required = true,
		.check = check_connection},
	{.key = "credential_connection_id",
		.label = "Credential connection",
		.help = "Its ID; Telnyx portal: Voice > SIP Trunking; browser calls need it.",
		.check = check_credential_connection},
	{.key = "public_key",
		.label = "Public key",
		.help = "Telnyx portal: Account > Keys & Credentials; webhooks are checked with "
			"it.",
		.check = check_public_key},
	{.key = "from_number",
		.label = "Caller number",
		.help = "A number of the account, like +14155551234; shown to whom you call.",
		.kind = VP_FIELD_PHONE,
		.required = true},
	{.key = "api_base",
		.label = "API address",
		.help = "In place of https://api.telnyx.com/v2, for a simulator.",
		.operator_only = true,
		.check = vp_field_api_base},
	{.key = "phone_base",
		.label = "Phone address",
		.help = "In place of Telnyx's own, which browsers connect to, for a simulator: "
			"wss://127.0.0.1:5091.",
		.operator_only = true,
		.check = vp_field_phone_base},
};

const struct vp_provider_driver vp_driver_telnyx = {
	.name = "telnyx",
	.label = "Telnyx",
	.fields = fields,
	.n_fields = VP_ARRAY_LEN(fields),
	.capabilities = VP_CAN_DIAL | VP_CAN_RECEIVE | VP_CAN_HOLD | VP_CAN_DTMF | VP_CAN_RECORD |
			VP_HAS_PHONE,
	.connect = "wss://*.telnyx.com", /* rtc.telnyx.com */
	.check = check_together,
};
