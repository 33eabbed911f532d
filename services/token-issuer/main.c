#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/config/config.h"
#include "services/token-issuer/token_issuer.h"

#define AT(member) offsetof(struct token_issuer_cfg, member)

static const struct vp_conf_field fields[] = {
	{.key = "VOIP_JWT_KEY",
		.type = VP_CONF_STR,
		.offset = AT(jwt_key),
		.min = 32,
		.secret = true,
		.help = "signs client tokens; VOIP_JWT_KEY_FILE names its file, made by voip "
			"init-secrets"},
	{.key = "VOIP_TOKEN_TTL",
		.type = VP_CONF_INT,
		.offset = AT(ttl_s),
		.def = "3600",
		.min = 60,
		.max = 86400,
		.help = "seconds that a client token is good for"},
	{.key = "VOIP_ICE_URLS",
		.type = VP_CONF_STR,
		.offset = AT(ice_urls),
		.def = "",
		.help = "STUN servers for browsers, e.g. stun:stun.example.org:3478"},
	{.key = "VOIP_TURN_URLS",
		.type = VP_CONF_STR,
		.offset = AT(turn_urls),
		.def = "",
		.help = "TURN servers, e.g. turn:turn.example.org:3478?transport=udp"},
	{.key = "VOIP_TURN_SECRET",
		.type = VP_CONF_STR,
		.offset = AT(turn_secret),
		.def = "",
		.secret = true,
		.help = "coturn's static-auth-secret; VOIP_TURN_SECRET_FILE names its file"},
	{.key = "VOIP_KEK_FILE",
		.type = VP_CONF_PATH,
		.offset = AT(kek_file),
		.def = "",
		.help = "key file that opens providers' settings, made by voip init-secrets; "
			"empty: "
			"no tokens of Twilio and Telnyx"},
};

static const struct vp_app_def app = {
	.name = "token-issuer",
	.fields = fields,
	.n_fields = VP_ARRAY_LEN(fields),
	.cfg_size = sizeof(struct token_issuer_cfg),
	.needs = VP_APP_DB | VP_APP_BUS,
	.check = token_issuer_check,
	.run = token_issuer_run,
};

int main(int argc, char **argv)
{
	return vp_app_main(&app, argc, argv);
}
