/* Reads what a token depends on. */
#ifndef TOKEN_ISSUER_ACCOUNT_READ_H
#define TOKEN_ISSUER_ACCOUNT_READ_H
#include "libcommon/db/db.h"
#include "services/token-issuer/domain/provider.h"

int account_ask(
	struct vp_db *db, struct vp_uuid org, struct vp_uuid user, vp_db_result_h *h, void *arg);
void account_read(const struct vp_db_result *res, struct token_account *ret);
#endif
