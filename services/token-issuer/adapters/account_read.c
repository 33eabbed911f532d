#include <string.h>

#include "libcommon/base/base.h"
#include "services/token-issuer/adapters/account_read.h"

static const char account_sql[] = "select * from voip.token_account($1, $2, $3)";
enum { COL_ORG_ACTIVE, COL_USER_ACTIVE, COL_DRIVER, COL_PROVIDER, COL_CONFIG, COL_TELNYX };

/* A row that was made meanwhile stays, if it is of the same connection. */
static const char store_sql[] =
	"insert into voip.telnyx_credentials as c (org_id, provider_id, user_id, connection_id,"
	" credential_id, sip_username, created_at) values ($1, $2, $3, $4, $5, $6, $7)"
	" on conflict (org_id, provider_id, user_id) do update set"
	" credential_id = case when c.connection_id = excluded.connection_id and"
	" c.credential_id <> $8 then c.credential_id else excluded.credential_id end,"
	" sip_username = case when c.connection_id = excluded.connection_id and"
	" c.credential_id <> $8 then c.sip_username else excluded.sip_username end,"
	" connection_id = excluded.connection_id"
	" returning connection_id, credential_id, sip_username";

int account_ask(struct vp_db *db, struct vp_uuid org, struct vp_uuid user, struct vp_uuid provider,
	vp_db_result_h *h, void *arg)
{
	return vp_db_query(db, account_sql,
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(user),
			vp_uuid_is_nil(provider) ? VP_P_NULL() : VP_P_UUID(provider)),
		h, arg, NULL);
}

void account_read(const struct vp_db_result *res, struct token_account *ret)
{
	*ret = (struct token_account){0};
	if (vp_db_rows(res) == 0) {
		return;
	}
	ret->org_active = vp_db_bool(res, 0, COL_ORG_ACTIVE);
	ret->user_active = vp_db_bool(res, 0, COL_USER_ACTIVE);
	vp_strcopy(ret->driver, sizeof(ret->driver), vp_db_text(res, 0, COL_DRIVER));
}

static void read_credential(
	const struct vp_db_result *res, size_t col, struct telnyx_credential *ret)
{
	vp_strcopy(ret->connection_id, TELNYX_ID_SIZE, vp_db_text(res, 0, col));
	vp_strcopy(ret->credential_id, TELNYX_ID_SIZE, vp_db_text(res, 0, col + 1));
	vp_strcopy(ret->sip_username, TELNYX_ID_SIZE, vp_db_text(res, 0, col + 2));
}

struct vp_uuid account_provider(
	const struct vp_db_result *res, struct telnyx_credential *ret_credential)
{
	read_credential(res, COL_TELNYX, ret_credential);
	return vp_db_uuid(res, 0, COL_PROVIDER);
}

const char *account_settings(const struct vp_db_result *res)
{
	return vp_db_text(res, 0, COL_CONFIG);
}

int credential_store(struct vp_db *db, struct vp_uuid org, struct vp_uuid provider,
	struct vp_uuid user, const struct telnyx_credential *credential, const char *replaced,
	vp_db_result_h *h, void *arg)
{
	return vp_db_query(db, store_sql,
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(provider), VP_P_UUID(user),
			VP_P_TEXT(credential->connection_id), VP_P_TEXT(credential->credential_id),
			VP_P_TEXT(credential->sip_username), VP_P_TIME(vp_time_us()),
			VP_P_TEXT(replaced)),
		h, arg, NULL);
}

void credential_read(const struct vp_db_result *res, struct telnyx_credential *ret)
{
	read_credential(res, 0, ret);
}
