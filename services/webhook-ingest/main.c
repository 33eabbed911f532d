/* voip-webhook-ingest: what carriers tell us. Settings and one call. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/config/config.h"
#include "services/webhook-ingest/ingest.h"

#define AT(member) offsetof(struct ingest_cfg, member)

static const struct vp_conf_field fields[] = {
	{"VOIP_WEBHOOK_LISTEN", VP_CONF_LISTEN, AT(listen), .def = "127.0.0.1:8090",
		.help = "address of plain HTTP, behind a proxy that speaks TLS"},
	{"VOIP_WEBHOOK_LISTEN_TLS", VP_CONF_LISTEN, AT(listen_tls), .def = "",
		.help = "address of HTTPS, such as 0.0.0.0:8493; needs certificate and key"},
	{"VOIP_TLS_CERT", VP_CONF_PATH, AT(tls_cert), .def = "",
		.help = "PEM file of the certificate chain"},
	{"VOIP_TLS_KEY", VP_CONF_PATH, AT(tls_key), .def = "",
		.help = "PEM file of the private key"},
	{"VOIP_WEBHOOK_URL", VP_CONF_STR, AT(webhook_url), .max = 2048,
		.help = "how carriers reach us, without the path: https://crm.example; what they "
			"sign begins with it. Several by comma, the first is told to carriers"},
	{"VOIP_TRUSTED_PROXIES", VP_CONF_STR, AT(trusted_proxies), .def = "",
		.form = &vp_conf_networks,
		.help = "proxies before us, whose X-Forwarded-For is believed: 10.0.0.5, "
			"10.1.0.0/16"},
	{"VOIP_KEK_FILE", VP_CONF_PATH, AT(kek_file),
		.help = "key file that opens the providers' secrets"},
	{"VOIP_WEBHOOK_SPOOL_DIR", VP_CONF_STR, AT(spool_dir), .def = "/var/spool/voip/webhooks",
		.help = "folder for webhooks while the database is away; up to 16 processes share "
			"it"},
	{"VOIP_WEBHOOK_SPOOL_MIB", VP_CONF_INT, AT(spool_mib), .def = "256", .min = 1, .max = 65536,
		.help = "how large it may get; then webhooks are answered 503"},
	{"VOIP_WEBHOOK_VOICE_TIMEOUT_MS", VP_CONF_INT, AT(voice_timeout_ms), .def = "3000",
		.min = 100, .max = 10000,
		.help = "how long router may think about a call before the caller hears the "
			"apology"},
	{"VOIP_WEBHOOK_APOLOGY", VP_CONF_STR, AT(apology),
		.def = "We are sorry, your call cannot be connected right now. Please try again "
		       "later.",
		.max = 1000, .help = "what a caller hears when nobody says where the call goes"},
	{"VOIP_WEBHOOK_BAD_PER_MINUTE", VP_CONF_INT, AT(bad_per_minute), .def = "60", .min = 0,
		.max = 100000,
		.help = "wrong signatures from one public address before it gets 429; 0: no limit"},
	{"VOIP_WEBHOOK_MAX_CONNECTIONS", VP_CONF_INT, AT(max_conns), .def = "2048", .min = 1,
		.max = 100000, .help = "connections at a time"},
};

static bool is_base(const char *text, size_t len)
{
	bool scheme = strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
	return scheme && len > 8 && len <= 512 && strcspn(text, "?#") >= len;
}

static int check(const void *cfg, FILE *err)
{
	const struct ingest_cfg *ingest = cfg;
	const char *at = ingest->webhook_url;
	size_t n = 0;
	while (*(at += strspn(at, ", ")) != '\0') {
		size_t len = strcspn(at, ", ");
		if (!is_base(at, len) || ++n > INGEST_BASES_MAX) {
			fprintf(err,
				"VOIP_WEBHOOK_URL: has '%.*s', wants at most %d addresses like "
				"https://crm.example, without path parameters\n",
				(int)len, at, INGEST_BASES_MAX);
			return EINVAL;
		}
		at += len;
	}
	if (n == 0) {
		fputs("VOIP_WEBHOOK_URL: is empty, wants the address that carriers call, like "
		      "https://crm.example\n",
			err);
	}
	if (ingest->listen_tls && (!ingest->tls_cert || !ingest->tls_key)) {
		fputs("VOIP_WEBHOOK_LISTEN_TLS: needs VOIP_TLS_CERT and VOIP_TLS_KEY\n", err);
		return EINVAL;
	}
	return n == 0 ? EINVAL : 0;
}

int main(int argc, char **argv)
{
	static const struct vp_app_def def = {
		.name = "webhook-ingest",
		.fields = fields,
		.n_fields = VP_ARRAY_LEN(fields),
		.cfg_size = sizeof(struct ingest_cfg),
		.needs = VP_APP_DB | VP_APP_BUS,
		.check = check,
		.run = ingest_run,
	};
	return vp_app_main(&def, argc, argv);
}
