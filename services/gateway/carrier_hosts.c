#include "services/gateway/carrier_hosts.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "libcommon/provider/provider.h"
#include "services/gateway/gateway.h"

#define READ_EVERY_S 5

struct carrier_hosts {
	struct gateway *gw;
	struct vp_db_op *reading;
	char *sources; /* as they are in force */
	unsigned ticks;
};

/* The same again costs nothing. */
static int allow(struct carrier_hosts *hosts, char *sources)
{
	int err = 0;
	if (hosts->sources == NULL || strcmp(hosts->sources, sources) != 0) {
		err = vp_http_allow_connect(hosts->gw->http, sources);
	}
	if (err == 0) {
		free(hosts->sources);
		hosts->sources = sources;
	} else {
		free(sources);
	}
	return err;
}

/* The operator's, then those of each driver in the rows. */
static char *gather(const struct carrier_hosts *hosts, const struct vp_db_result *res)
{
	const char *own = hosts->gw->cfg->carrier_hosts;
	char *text = strdup(own != NULL ? own : "");
	for (size_t i = 0; text != NULL && res != NULL && i < vp_db_rows(res); i++) {
		const struct vp_provider_driver *driver = vp_provider_find(vp_db_text(res, i, 0));
		if (driver != NULL && driver->connect != NULL) {
			char *longer = vp_strf(
				"%s%s%s", text, text[0] != '\0' ? " " : "", driver->connect);
			free(text);
			text = longer;
		}
	}
	return text;
}

static void on_drivers(int err, const struct vp_db_result *res, void *arg)
{
	struct carrier_hosts *hosts = arg;
	hosts->reading = NULL;
	char *sources = err == 0 ? gather(hosts, res) : NULL;
	if (sources != NULL && (err = allow(hosts, sources)) != 0) {
		vp_log(WARN, "carrier_hosts.not_allowed", VP_KV_ERR(err));
	}
}

void carrier_hosts_tick(struct carrier_hosts *hosts)
{
	if (hosts->ticks++ % READ_EVERY_S == 0 && hosts->reading == NULL) {
		(void)vp_db_query(hosts->gw->db,
			"select distinct driver from providers order by driver", NULL, 0,
			on_drivers, hosts, &hosts->reading);
	}
}

int carrier_hosts_create(struct carrier_hosts **ret, struct gateway *gw)
{
	struct carrier_hosts *hosts = calloc(1, sizeof(*hosts));
	if (hosts == NULL) {
		return ENOMEM;
	}
	hosts->gw = gw;
	char *sources = gather(hosts, NULL);
	int err = sources != NULL ? allow(hosts, sources) : ENOMEM;
	if (err != 0) {
		carrier_hosts_destroy(hosts);
		return err;
	}
	*ret = hosts;
	return 0;
}

struct carrier_hosts *carrier_hosts_destroy(struct carrier_hosts *hosts)
{
	if (hosts != NULL) {
		vp_db_cancel(hosts->reading);
		free(hosts->sources);
		free(hosts);
	}
	return NULL;
}
