#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/provider.h"
#include "services/recorder/carriers/carrier.h"
#include "services/recorder/domain/place.h"

const struct carrier *carrier_find(const char *name)
{
	static const struct carrier *const all[] = {&carrier_twilio, &carrier_telnyx};

	for (size_t i = 0; i < VP_ARRAY_LEN(all); i++) {
		if (strcmp(all[i]->name, name) == 0) {
			return all[i];
		}
	}
	return NULL;
}

int carrier_plain_get(
	struct vp_api_request *ret, const struct vp_provider_config *config, const char *url)
{
	struct vp_api_request request = {
		.method = "GET", .url = strdup(url), .repeatable = true, .wants_text = true};

	if (!request.url) {
		return ENOMEM;
	}
	/* the operator's own host may be in his own net, no other one */
	request.allow_private = place_is_under(url, vp_provider_get(config, NULL, "api_base"));
	*ret = request;
	return 0;
}
