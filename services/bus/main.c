/* voip-bus: the forwarder between all services. docs/bus.md has the protocol and the rules. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/config/config.h"
#include "libcommon/log/log.h"
#include "services/bus/forwarder.h"
#include "services/bus/keys.h"

struct cfg {
	char *listen_pub, *listen_sub, *keys;
};

static const struct vp_conf_field fields[] = {
	{.key = "VOIP_BUS_LISTEN_PUB",
		.type = VP_CONF_LISTEN,
		.offset = offsetof(struct cfg, listen_pub),
		.def = "127.0.0.1:5561",
		.help = "address that publishers connect to"},
	{.key = "VOIP_BUS_LISTEN_SUB",
		.type = VP_CONF_LISTEN,
		.offset = offsetof(struct cfg, listen_sub),
		.def = "127.0.0.1:5562",
		.help = "address that subscribers connect to"},
	{.key = "VOIP_BUS_KEYS",
		.type = VP_CONF_PATH,
		.offset = offsetof(struct cfg, keys),
		.def = "",
		.help = "folder with the services' public keys; without it only loopback is "
			"served"},
};

static bool is_loopback(const char *listen)
{
	return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]:", 6) == 0 ||
	       strncmp(listen, "localhost:", 10) == 0;
}

static bool settings_make_sense(const struct vp_common_cfg *common, const struct cfg *cfg)
{
	if (cfg->keys && !common->bus_cert) {
		vp_log(ERROR, "bus.cert_missing",
			VP_KV_STR("hint",
				"VOIP_BUS_KEYS needs VOIP_BUS_CERT, the forwarder's own key"));
		return false;
	}
	if (!cfg->keys && !(is_loopback(cfg->listen_pub) && is_loopback(cfg->listen_sub))) {
		vp_log(ERROR, "bus.keys_missing",
			VP_KV_STR("hint",
				"beyond loopback VOIP_BUS_KEYS is needed: see --make-keys"));
		return false;
	}
	return true;
}

static int run(struct vp_app *app, const void *arg)
{
	const struct cfg *cfg = arg;
	const struct vp_common_cfg *common = vp_app_common(app);
	struct forwarder *forwarder;
	if (!settings_make_sense(common, cfg)) {
		return EXIT_FAILURE;
	}
	const struct forwarder_cfg forwarder_cfg = {
		.listen_pub = cfg->listen_pub,
		.listen_sub = cfg->listen_sub,
		.keys_dir = cfg->keys,
		.cert = common->bus_cert,
	};
	if (forwarder_create(&forwarder, &forwarder_cfg) != 0) {
		return EXIT_FAILURE;
	}
	vp_log(INFO, "bus.listening", VP_KV_STR("publishers", cfg->listen_pub),
		VP_KV_STR("subscribers", cfg->listen_sub), VP_KV_BOOL("curve", cfg->keys != NULL));
	vp_app_ready(app, "forwarder", true);
	while (vp_app_stop_level(app) == 0) {
		forwarder_step(forwarder, vp_app_stop_fd(app), 1000);
		vp_app_alive(app);
	}
	forwarder_destroy(forwarder);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "--make-keys") == 0) {
		if (argc < 3) {
			fputs("usage: voip-bus --make-keys DIR [SERVICE...]\n", stderr);
			return EXIT_FAILURE;
		}
		return keys_make(argv[2], argc - 3, argv + 3);
	}
	static const struct vp_app_def def = {
		.name = "bus",
		.fields = fields,
		.n_fields = VP_ARRAY_LEN(fields),
		.cfg_size = sizeof(struct cfg),
		.run = run,
	};
	return vp_app_main(&def, argc, argv);
}
