/* voip-gateway: HTTP, WebSocket and the web app's files. Settings and one call. */
#include <stddef.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/config/config.h"
#include "services/gateway/gateway.h"

#define AT(member) offsetof(struct gateway_cfg, member)

static const struct vp_conf_form hosts = {
	vp_http_are_sources, "hosts by spaces, such as wss://127.0.0.1:5091 wss://*.example.com"};

static const struct vp_conf_field fields[] = {
	{.key = "VOIP_HTTP_LISTEN",
		.type = VP_CONF_LISTEN,
		.offset = AT(http_listen),
		.def = "127.0.0.1:8080",
		.help = "address of plain HTTP, behind a proxy or on localhost"},
	{.key = "VOIP_HTTPS_LISTEN",
		.type = VP_CONF_LISTEN,
		.offset = AT(https_listen),
		.def = "",
		.help = "address of HTTPS, such as 0.0.0.0:8443; needs certificate and key"},
	{.key = "VOIP_TLS_CERT",
		.type = VP_CONF_PATH,
		.offset = AT(tls_cert),
		.def = "",
		.help = "PEM file of the certificate chain; read again when it changes"},
	{.key = "VOIP_TLS_KEY",
		.type = VP_CONF_PATH,
		.offset = AT(tls_key),
		.def = "",
		.help = "PEM file of the private key"},
	{.key = "VOIP_WEB_ROOT",
		.type = VP_CONF_PATH,
		.offset = AT(web_root),
		.def = "",
		.help = "folder of the built web app; without it only the API is served"},
	{.key = "VOIP_PUBLIC_URL",
		.type = VP_CONF_URL,
		.offset = AT(public_url),
		.def = "",
		.help = "how browsers reach us when a proxy is in front: https://crm.example"},
	{.key = "VOIP_TRUSTED_PROXIES",
		.type = VP_CONF_STR,
		.offset = AT(trusted_proxies),
		.def = "",
		.form = &vp_conf_networks,
		.help = "proxies before us, whose X-Forwarded-For is believed: 10.0.0.5, "
			"10.1.0.0/16"},
	{.key = "VOIP_JWT_KEY",
		.type = VP_CONF_STR,
		.offset = AT(jwt_key),
		.secret = true,
		.help = "key of client tokens, the same as token-issuer's (VOIP_JWT_KEY_FILE names "
			"its file)"},
	{.key = "VOIP_KEK_FILE",
		.type = VP_CONF_PATH,
		.offset = AT(kek_file),
		.def = "",
		.help = "key file that wraps the secrets of providers and trunks; without it none "
			"can be stored"},
	{.key = "VOIP_WEBHOOK_URL",
		.type = VP_CONF_STR,
		.offset = AT(webhook_url),
		.def = "",
		.help = "how carriers reach us: https://crm.example; their webhooks are set up and "
			"tested with it. Several by comma, as webhook-ingest has them: the first"},
	{.key = "VOIP_CARRIER_HOSTS",
		.type = VP_CONF_STR,
		.offset = AT(carrier_hosts),
		.def = "",
		.form = &hosts,
		.help = "where carriers' phones in our pages connect to besides the carriers' own "
			"hosts, by spaces: wss://127.0.0.1:5091, a simulator"},
	{.key = "VOIP_TRUNK_NETWORKS",
		.type = VP_CONF_STR,
		.offset = AT(trunk_networks),
		.def = "",
		.form = &vp_conf_networks,
		.help = "networks beside the public internet that SIP trunks may be in, as "
			"10.20.0.0/16 192.168.7.9; of call-controllers, too"},
	{.key = "VOIP_TOKEN_TTL",
		.type = VP_CONF_INT,
		.offset = AT(token_ttl_s),
		.def = "3600",
		.min = 60,
		.max = 86400,
		.help = "life of a client token in seconds"},
	{.key = "VOIP_RECORDING_DIR",
		.type = VP_CONF_STR,
		.offset = AT(recording_dir),
		.def = "",
		.help = "folder where recorder keeps recordings"},
	{.key = "VOIP_RECORDING_ENABLED",
		.type = VP_CONF_BOOL,
		.offset = AT(recording_enabled),
		.def = "true",
		.help = "shown to softphones; recorder and call-controller obey it"},
};

int main(int argc, char **argv)
{
	static const struct vp_app_def def = {
		.name = "gateway",
		.fields = fields,
		.n_fields = VP_ARRAY_LEN(fields),
		.cfg_size = sizeof(struct gateway_cfg),
		.needs = VP_APP_DB | VP_APP_BUS,
		.run = gateway_run,
	};
	return vp_app_main(&def, argc, argv);
}
