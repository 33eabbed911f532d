/* Where a command finds the system it works on. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/config/config.h"
#include "tools/voip/cli.h"

/* Files of ./dev up below its run folder, and the setting that each stands for. */
static const struct {
	const char *key, *path;
} dev_files[] = {
	{"VOIP_KEK_FILE", "secrets/kek"},
	{"VOIP_JWT_KEY_FILE", "secrets/jwt.key"},
	{"VOIP_TLS_CERT", "secrets/tls.crt"},
	{"VOIP_TLS_KEY", "secrets/tls.key"},
	{"VOIP_BUS_CERT", "secrets/bus/private/voip.key"},
	{"VOIP_BUS_SERVER_KEY", "secrets/bus/server.pub"},
	{"VOIP_RECORDING_DIR", "recordings"},
	{"VOIP_SPOOL_DIR", "spool"},
};

static void set_default(const char *key, const char *value)
{
	if (value && *value) {
		setenv(key, value, 0);
	}
}

static void take_dev_folder(const char *run, const json_t *dev)
{
	set_default("VOIP_DB_URL", json_string_value(json_object_get(dev, "database_url")));
	set_default("VOIP_BUS", json_string_value(json_object_get(dev, "bus")));
	set_default("VOIP_BASE_URL", json_string_value(json_object_get(dev, "base_url")));
	set_default("VOIP_CARRIER_CONTROL",
		json_string_value(
			json_object_get(json_object_get(dev, "demo_carrier"), "control")));
	for (size_t i = 0; i < VP_ARRAY_LEN(dev_files); i++) {
		VP_CLEANUP(vp_freep) char *path = vp_strf("%s/%s", run, dev_files[i].path);

		if (path && access(path, F_OK) == 0) {
			set_default(dev_files[i].key, path);
		}
	}
}

static void take_dev_json(const char *run)
{
	VP_CLEANUP(vp_freep) char *path = vp_strf("%s/dev.json", run);
	json_t *dev = path ? json_load_file(path, 0, NULL) : NULL;

	if (!dev) {
		return;
	}
	set_default("VOIP_DEV_JSON", path);
	take_dev_folder(run, dev);
	json_decref(dev);
}

void cli_load_settings(void)
{
	const char *env_file = getenv("VOIP_ENV_FILE");
	const char *run = getenv("DEV_RUN");

	vp_conf_env_file(env_file && *env_file ? env_file : ".env", stderr);
	/* a set database URL names another system than the checkout's */
	if (!getenv("VOIP_DB_URL")) {
		take_dev_json(run && *run ? run : ".run");
	}
}

const char *cli_db_url(void)
{
	const char *url = getenv("VOIP_DB_URL");

	if (url && *url) {
		return url;
	}
	cli_fail("no database is named (VOIP_DB_URL)",
		"Set it in .env, for example "
		"VOIP_DB_URL=postgresql://voip_owner@127.0.0.1/ringmain,\n"
		"      or start the demo system with ./dev up.");
	return NULL;
}
