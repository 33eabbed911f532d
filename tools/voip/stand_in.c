#include "libcommon/provider/api.h"
#include "tools/voip/cli.h"
#include "tools/voip/stand_in.h"

bool stand_in_good(const struct stand_in *stand_in)
{
	const char *fault = stand_in->api ? vp_api_base_fault(stand_in->api) : NULL;

	if (!fault && stand_in->phone) {
		fault = vp_phone_base_fault(stand_in->phone);
	}
	if (fault) {
		cli_fail(fault, NULL);
	}
	return !fault;
}

int stand_in_set(const struct stand_in *stand_in, struct vp_provider_config *config)
{
	const int err = vp_provider_set(config, "api_base", stand_in->api);

	return err ? err : vp_provider_set(config, "phone_base", stand_in->phone);
}
