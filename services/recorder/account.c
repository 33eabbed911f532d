#include <errno.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/provider/provider.h"
#include "libcommon/vault/vault.h"
#include "services/recorder/account.h"

static void fail(struct account *account, const char *fault, bool later)
{
	account->h(NULL, fault, later, account->arg);
}

static void on_opened(int err, const char *plain, size_t len, void *arg)
{
	struct account *account = arg;
	struct vp_provider_config *config = NULL;
	bool later = err == ENOTCONN || err == ETIMEDOUT || err == EAGAIN;

	account->opening = NULL;
	if (!err) {
		err = vp_provider_config_parse(&config, plain, len);
	}
	if (err) {
		fail(account,
			later ? "The database does not answer."
			      : "The provider's settings cannot be opened. Save them again: "
				"Settings > VoIP > Providers.",
			true);
	} else {
		account->h(config, NULL, false, account->arg);
	}
}

static void open_text(struct account *account, const char *sealed)
{
	char id[VP_UUID_TEXT_SIZE];
	VP_CLEANUP(vp_freep) char *context = NULL;

	vp_uuid_text(account->provider, id);
	context = vp_strf("providers/config/%s", id);
	if (!account->vault) {
		fail(account, "VOIP_KEK_FILE is not set for recorder: accounts stay shut.", true);
	} else if (!context || vp_vault_open(account->vault, account->org, context, sealed,
				       on_opened, account, &account->opening)) {
		fail(account, "The provider's settings cannot be opened now.", true);
	}
}

static void on_row(int err, const struct vp_db_result *res, void *arg)
{
	struct account *account = arg;

	account->reading = NULL;
	if (err) {
		fail(account, "The database does not answer.", true);
	} else if (vp_db_rows(res) == 0) {
		fail(account, "The provider was removed.", false);
	} else {
		open_text(account, vp_db_text(res, 0, 0));
	}
}

int account_open(struct account *account, struct vp_db *db)
{
	return vp_db_query(db, "select config from providers where org_id = $1 and id = $2",
		VP_PARAMS(VP_P_UUID(account->org), VP_P_UUID(account->provider)), on_row, account,
		&account->reading);
}

void account_cancel(struct account *account)
{
	vp_db_cancel(account->reading);
	vp_vault_cancel(account->opening);
	account->reading = NULL;
	account->opening = NULL;
}
