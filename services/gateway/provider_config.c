#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/sip/trunk.h"
#include "libcommon/log/log.h"
#include "libcommon/settings/settings.h"
#include "libcommon/vault/vault.h"
#include "services/gateway/domain/provider_json.h"
#include "services/gateway/provider_config.h"

/* One opening: the settings, then a SIP trunk's password. */
struct opening {
	struct gateway *gw;
	struct vp_uuid org;
	const struct vp_provider_driver *driver;
	struct vp_provider_config *config;
	char *sealed_password; /* of the trunk; NULL: none */
	char *trunk;           /* its row as JSON; NULL: none */
	char trunk_id[VP_UUID_TEXT_SIZE];
	provider_config_h *h;
	void *arg;
};

static void finish(struct opening *opening, int err)
{
	struct vp_provider_config *config = opening->config;

	if (err != 0) {
		config = vp_provider_config_destroy(config);
	}
	opening->h(err, config, opening->arg);
	free(opening->sealed_password);
	free(opening->trunk);
	free(opening);
}

static void on_password(int err, const char *plain, size_t len, void *arg)
{
	struct opening *opening = arg;

	(void)len;
	if (err == 0) {
		err = vp_provider_set(opening->config, "password", plain);
	}
	finish(opening, err);
}

static void open_password(struct opening *opening)
{
	VP_CLEANUP(vp_freep) char *context = vp_strf("trunks/secret/%s", opening->trunk_id);
	int err = context ? vp_vault_open(opening->gw->vault, opening->org, context,
				    opening->sealed_password, on_password, opening, NULL)
			  : ENOMEM;

	if (err != 0) {
		finish(opening, err);
	}
}

/* The trunk is what calls use: it goes over the settings that were stored with it. */
static int apply_trunk(struct opening *opening)
{
	json_t *trunk = json_loads(opening->trunk, 0, NULL);
	bool done = trunk && vp_sip_trunk_apply(opening->driver, trunk, opening->config);

	json_decref(trunk);
	return done ? vp_provider_set(opening->config, "password", NULL) : ENOMEM;
}

static void go_on(struct opening *opening)
{
	int err = opening->trunk ? apply_trunk(opening) : 0;

	if (err == 0 && opening->sealed_password) {
		open_password(opening);
	} else {
		finish(opening, err);
	}
}

static void on_settings(const struct vp_settings *settings, void *arg)
{
	struct opening *opening = arg;

	opening->config = settings->config;
	if (settings->state == VP_SETTINGS_OPEN) {
		go_on(opening);
	} else {
		finish(opening, settings->err);
	}
}

static void open_config(struct opening *opening, const struct vp_db_result *res)
{
	const char *sealed = vp_db_text(res, 0, PROVIDER_CONFIG);

	if (*sealed) {
		vp_settings_open(&(struct vp_settings_of){.vault = opening->gw->vault,
					 .org = opening->org,
					 .provider = vp_db_uuid(res, 0, PROVIDER_ID)},
			sealed, on_settings, opening, NULL);
		return;
	}
	opening->config = vp_provider_config_create();
	if (opening->config) {
		go_on(opening);
	} else {
		finish(opening, ENOMEM);
	}
}

void provider_config_open(struct gateway *gw, struct vp_uuid org, const struct vp_db_result *res,
	provider_config_h *h, void *arg)
{
	struct opening *opening = calloc(1, sizeof(*opening));

	if (!opening || !gw->vault) {
		free(opening);
		h(opening ? ENOKEY : ENOMEM, NULL, arg);
		return;
	}
	*opening = (struct opening){.gw = gw,
		.org = org,
		.driver = vp_provider_find(vp_db_text(res, 0, PROVIDER_DRIVER)),
		.h = h,
		.arg = arg};
	if (opening->driver && strcmp(opening->driver->name, "sip") == 0 &&
		!vp_db_is_null(res, 0, PROVIDER_TRUNK)) {
		opening->trunk = strdup(vp_db_text(res, 0, PROVIDER_TRUNK_ROW));
		vp_strcopy(opening->trunk_id, sizeof(opening->trunk_id),
			vp_db_text(res, 0, PROVIDER_TRUNK));
		if (!vp_db_is_null(res, 0, PROVIDER_TRUNK_SECRET)) {
			opening->sealed_password =
				strdup(vp_db_text(res, 0, PROVIDER_TRUNK_SECRET));
		}
	}
	open_config(opening, res);
}

void provider_config_refuse(struct vp_http_req *req, int err)
{
	if (err == ENOTCONN || err == ETIMEDOUT || err == EAGAIN || err == ENOMEM) {
		answer_db_error(req, "provider.config", err, NULL);
		return;
	}
	vp_log(ERROR, "provider.config_closed", VP_KV_ERR(err));
	vp_http_reply_error(req, 409, "secrets_closed",
		err == ENOKEY
			? "The key of the stored secrets is not there. VOIP_KEK_FILE must name "
			  "the key file they were stored with; without it delete the provider "
			  "and create it again."
			: "The stored secrets cannot be opened. Delete the provider and create "
			  "it again.");
}
