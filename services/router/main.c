#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/config/config.h"
#include "services/router/router.h"

static const struct vp_conf_field fields[] = {
	{.key = "VOIP_CALLS_PER_USER_PER_MINUTE",
		.type = VP_CONF_INT,
		.offset = offsetof(struct router_cfg, calls_per_user),
		.def = "30",
		.max = 1000000,
		.help = "fraud guard: new outbound calls of one user; 0: no limit"},
	{.key = "VOIP_CALLS_PER_ORG_PER_MINUTE",
		.type = VP_CONF_INT,
		.offset = offsetof(struct router_cfg, calls_per_org),
		.def = "600",
		.max = 1000000,
		.help = "fraud guard: new outbound calls of one organisation; 0: no limit"},
	{.key = "VOIP_CALLS_PER_USER_PER_DAY",
		.type = VP_CONF_INT,
		.offset = offsetof(struct router_cfg, calls_per_user_day),
		.def = "0",
		.max = 1000000,
		.help = "spend guard: new outbound calls of one user in 24 hours; 0: no limit"},
	{.key = "VOIP_CALLS_PER_ORG_PER_DAY",
		.type = VP_CONF_INT,
		.offset = offsetof(struct router_cfg, calls_per_org_day),
		.def = "0",
		.max = 100000000,
		.help = "spend guard: new outbound calls of one organisation in 24 hours; 0: no "
			"limit"},
	{.key = "VOIP_ROUTE_CACHE_MS",
		.type = VP_CONF_INT,
		.offset = offsetof(struct router_cfg, cache_ms),
		.def = "5000",
		.max = 60000,
		.help = "how long a configuration that was read is good for, if no change is heard "
			"of"},
};

static const struct vp_app_def app = {
	.name = "router",
	.fields = fields,
	.n_fields = VP_ARRAY_LEN(fields),
	.cfg_size = sizeof(struct router_cfg),
	.needs = VP_APP_DB | VP_APP_BUS,
	.run = router_run,
};

int main(int argc, char **argv)
{
	return vp_app_main(&app, argc, argv);
}
