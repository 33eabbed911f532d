/* A carrier's account, opened for one step of work: its row is read, its settings are opened by the
 * vault. */
#ifndef RECORDER_ACCOUNT_H
#define RECORDER_ACCOUNT_H
#include <stdbool.h>
#include "libcommon/base/uuid.h"

struct vp_db;
struct vp_db_op;
struct vp_provider_config;
struct vp_vault;
struct vp_vault_op;

/* config is the handler's to destroy. NULL: fault says why; later: it may be better in a while. */
typedef void account_h(struct vp_provider_config *config, const char *fault, bool later, void *arg);

/* One opening; lives in its owner, until the handler ran or it was cancelled. */
struct account {
	struct vp_vault *vault;
	struct vp_uuid org, provider;
	account_h *h;
	void *arg;
	struct vp_db_op *reading;
	struct vp_vault_op *opening;
};
/* vault NULL: no key file is set. An error: the handler is not called. */
int account_open(struct account *account, struct vp_db *db);
void account_cancel(struct account *account);
#endif
