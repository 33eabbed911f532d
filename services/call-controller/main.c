#include "libcommon/app/app.h"
#include "services/call-controller/controller.h"
#include "services/call-controller/settings.h"

int main(int argc, char **argv)
{
	const struct vp_app_def def = {
		.name = "call-controller",
		.fields = cc_settings,
		.n_fields = cc_n_settings,
		.cfg_size = sizeof(struct cc_cfg),
		.needs = VP_APP_DB | VP_APP_BUS,
		.run = controller_run,
	};

	return vp_app_main(&def, argc, argv);
}
