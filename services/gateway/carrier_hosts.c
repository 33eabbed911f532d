#include "services/gateway/carrier_hosts.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/provider.h"
#include "services/gateway/gateway.h"

/* The operator's, then those of each driver. */
static char *gather(const char *own)
{
	char *text = strdup(own);
	for (size_t i = 0; text != NULL && i < vp_provider_count(); i++) {
		const char *connect = vp_provider_at(i)->connect;
		if (connect != NULL) {
			char *longer = vp_strf("%s%s%s", text, text[0] != '\0' ? " " : "", connect);
			free(text);
			text = longer;
		}
	}
	return text;
}

int carrier_hosts_allow(struct gateway *gw)
{
	const char *own = gw->cfg->carrier_hosts;
	char *sources = gather(own != NULL ? own : "");
	int err = sources != NULL ? vp_http_allow_connect(gw->http, sources) : ENOMEM;
	free(sources);
	return err;
}
