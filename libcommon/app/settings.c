/* Common settings beside a service's own: one report of all faults. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/app/settings.h"
#include "libcommon/base/base.h"
#include "libcommon/config/config.h"

#define ENV_FILE_DEFAULT ".env"
#define NODE_MAX 32
#define AT(member) offsetof(struct app_settings, member)

enum { FIELD_DB, FIELD_BUS };
static const struct vp_conf_field fields[] = {
	[FIELD_DB] = {.key = "VOIP_DB_URL",
		.type = VP_CONF_URL,
		.offset = AT(common.db_url),
		.def = "",
		.secret = true,
		.help = "database, e.g. postgresql://voip_router@db1,db2/voip"},
	[FIELD_BUS] = {.key = "VOIP_BUS",
		.type = VP_CONF_STR,
		.offset = AT(common.bus),
		.def = "",
		.help = "forwarders, publish+subscribe port each, e.g. 127.0.0.1:5561+5562"},
	{.key = "VOIP_DB_PASSWORD",
		.type = VP_CONF_STR,
		.offset = AT(common.db_password),
		.def = "",
		.secret = true,
		.help = "the role's password, so that it need not stand in VOIP_DB_URL"},
	{.key = "VOIP_BUS_CERT",
		.type = VP_CONF_PATH,
		.offset = AT(common.bus_cert),
		.def = "",
		.help = "file with this service's CURVE key pair, mode 0600"},
	{.key = "VOIP_BUS_SERVER_KEY",
		.type = VP_CONF_PATH,
		.offset = AT(common.bus_server_key),
		.def = "",
		.help = "file with the forwarders' public CURVE key"},
	{.key = "VOIP_NODE",
		.type = VP_CONF_STR,
		.offset = AT(common.node),
		.def = "",
		.max = NODE_MAX,
		.help = "name of this process on the bus; random when not set"},
	{.key = "VOIP_ADMIN_LISTEN",
		.type = VP_CONF_LISTEN,
		.offset = AT(common.admin_listen),
		.def = "",
		.help = "address of /metrics, /livez and /readyz, e.g. 127.0.0.1:9101"},
	{.key = "VOIP_ADMIN_FILE",
		.type = VP_CONF_STR,
		.offset = AT(common.admin_file),
		.def = "",
		.help = "file that is told the admin address, for port 0; `voip healthcheck` reads "
			"it"},
	{.key = "VOIP_ORG",
		.type = VP_CONF_STR,
		.offset = AT(common.org),
		.def = "",
		.max = 36,
		.help = "id of the only organisation, for single-tenant set-ups"},
	{.key = "VOIP_LOG_LEVEL",
		.type = VP_CONF_ENUM,
		.offset = AT(common.log_level),
		.def = "info",
		.choices = "error|warn|info|debug",
		.help = "least level that is logged"},
	{.key = "VOIP_DEBUG_DUMP",
		.type = VP_CONF_BOOL,
		.offset = AT(debug_dump),
		.def = "false",
		.help = "allow core dumps and debuggers; memory holds secrets"},
};
#define N_FIELDS VP_ARRAY_LEN(fields)

/* The table with what this service needs made required. */
static void common_fields(const struct vp_app_def *def, struct vp_conf_field table[N_FIELDS])
{
	memcpy(table, fields, sizeof(fields));
	if (def->needs & VP_APP_DB) {
		table[FIELD_DB].def = NULL;
	}
	if (def->needs & VP_APP_BUS) {
		table[FIELD_BUS].def = NULL;
	}
}

static int load_env_file(FILE *err)
{
	const char *path = getenv("VOIP_ENV_FILE");

	if (!path || *path == '\0') {
		return vp_conf_env_file(ENV_FILE_DEFAULT, err);
	}
	if (access(path, F_OK) != 0) {
		fprintf(err, "VOIP_ENV_FILE: '%s' is not there: %s\n", path,
			strerrordesc_np(errno));
		return EINVAL;
	}
	return vp_conf_env_file(path, err);
}

/* A node is a part of topics: dots would end it early. */
static int check_node(const char *node, FILE *err)
{
	if (node && node[strspn(node, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0') {
		fprintf(err, "VOIP_NODE: is '%s', wants small letters, digits and dashes\n", node);
		return EINVAL;
	}
	return 0;
}

int settings_load(struct app_settings *settings, const struct vp_app_def *def, FILE *err)
{
	struct vp_conf_field table[N_FIELDS];
	int faults[5];

	common_fields(def, table);
	settings->own = calloc(1, def->cfg_size ? def->cfg_size : 1);
	if (!settings->own) {
		return ENOMEM;
	}
	/* each is asked, so that one run shows everything there is to mend */
	faults[0] = load_env_file(err);
	faults[1] = vp_conf_load(table, N_FIELDS, settings, err);
	faults[2] = vp_conf_load(def->fields, def->n_fields, settings->own, err);
	faults[3] = faults[1] ? 0 : check_node(settings->common.node, err);
	faults[4] = faults[2] || !def->check ? 0 : def->check(settings->own, err);
	for (size_t i = 0; i < VP_ARRAY_LEN(faults); i++) {
		if (faults[i]) {
			return faults[i] == ENOMEM ? ENOMEM : EINVAL;
		}
	}
	return 0;
}

void settings_print(const struct app_settings *settings, const struct vp_app_def *def, FILE *out)
{
	vp_conf_print(fields, N_FIELDS, settings, out);
	vp_conf_print(def->fields, def->n_fields, settings->own, out);
}

static void explain(const struct vp_conf_field *table, size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		const char *def = table[i].def;

		fprintf(out, "  %-24s %s (%s%s)\n", table[i].key, table[i].help,
			!def   ? "required"
			: *def ? "default "
			       : "optional",
			def ? def : "");
	}
}

void settings_explain(const struct vp_app_def *def, FILE *out)
{
	struct vp_conf_field table[N_FIELDS];

	common_fields(def, table);
	explain(table, N_FIELDS, out);
	explain(def->fields, def->n_fields, out);
}

void settings_free(struct app_settings *settings, const struct vp_app_def *def)
{
	vp_conf_free(fields, N_FIELDS, settings);
	if (settings->own) {
		vp_conf_free(def->fields, def->n_fields, settings->own);
	}
	free(settings->own);
	settings->own = NULL;
}
