/* Reads what a token depends on. */
#ifndef TOKEN_ISSUER_ACCOUNT_READ_H
#define TOKEN_ISSUER_ACCOUNT_READ_H
#include "libcommon/base/uuid.h"
#include "libcommon/db/db.h"
#include "services/token-issuer/domain/provider.h"

/* What a user's browser logs in to Telnyx with, as stored; "" none. */
#define TELNYX_ID_SIZE 129
struct telnyx_credential {
	char connection_id[TELNYX_ID_SIZE], credential_id[TELNYX_ID_SIZE],
		sip_username[TELNYX_ID_SIZE];
};

/* provider nil: the active one. */
int account_ask(struct vp_db *db, struct vp_uuid org, struct vp_uuid user, struct vp_uuid provider,
	vp_db_result_h *h, void *arg);
void account_read(const struct vp_db_result *res, struct token_account *ret);
/* Of an account with a provider. */
struct vp_uuid account_provider(
	const struct vp_db_result *res, struct telnyx_credential *ret_credential);
const char *account_settings(const struct vp_db_result *res); /* sealed; valid while res is */

/* Keeps a credential, unless another one came first: one row comes back, what is kept. replaced:
 * the credential that is of no use any more, "" none. */
int credential_store(struct vp_db *db, struct vp_uuid org, struct vp_uuid provider,
	struct vp_uuid user, const struct telnyx_credential *credential, const char *replaced,
	vp_db_result_h *h, void *arg);
void credential_read(const struct vp_db_result *res, struct telnyx_credential *ret);
#endif
