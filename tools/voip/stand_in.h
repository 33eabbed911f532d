/* A simulator in place of the carrier: what an operator sets when a provider is made, and no API
 * takes (docs/providers.md). Options of the commands that make one. */
#ifndef VOIP_STAND_IN_H
#define VOIP_STAND_IN_H
#include <stdbool.h>
#include "libcommon/provider/provider.h"

struct stand_in {
	const char *api, *phone; /* NULL: the carrier's own */
};

#define STAND_IN_OPTIONS(stand_in)                                                                 \
	{"api-base", CLI_TEXT, &(stand_in)->api, 0, 0},                                            \
	{                                                                                          \
		"phone-base", CLI_TEXT, &(stand_in)->phone, 0, 0                                   \
	}
#define STAND_IN_HELP                                                                              \
	"  --api-base URL    a simulator in place of the carrier's API\n"                          \
	"  --phone-base URL  and of where browsers' phones connect: wss://127.0.0.1:5091;\n"       \
	"                    VOIP_CARRIER_HOSTS of the gateway names it too\n"

/* False: a fault was printed (exit with CLI_USAGE). */
bool stand_in_good(const struct stand_in *stand_in);
int stand_in_set(const struct stand_in *stand_in, struct vp_provider_config *config);
#endif
