#include <string.h>

#include "libcommon/base/base.h"
#include "services/token-issuer/adapters/account_read.h"

static const char sql[] =
	"select o.status = 'active', coalesce(u.is_active, false), p.driver from voip.orgs o"
	" left join voip.users u on u.org_id = o.id and u.id = $2"
	" left join voip.providers p on p.org_id = o.id and p.is_active"
	" where o.id = $1 order by p.priority limit 1";
enum { COL_ORG_ACTIVE, COL_USER_ACTIVE, COL_DRIVER };

int account_ask(
	struct vp_db *db, struct vp_uuid org, struct vp_uuid user, vp_db_result_h *h, void *arg)
{
	return vp_db_query(db, sql, VP_PARAMS(VP_P_UUID(org), VP_P_UUID(user)), h, arg, NULL);
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
