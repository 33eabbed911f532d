/* The audit log: who did what, in the transaction that did it. */
#include <errno.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "services/gateway/gateway.h"

static const char sql[] =
	"insert into audit_log (org_id, id, actor_type, actor_id, action, object_type, object_id, "
	"ip, detail) "
	"values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb) on conflict do nothing";

static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

int audit_add(struct vp_db_tx *tx, const struct audit *audit)
{
	char user[VP_UUID_TEXT_SIZE];
	VP_CLEANUP(vp_freep)
	char *detail = audit->detail != NULL ? json_dumps(audit->detail, JSON_COMPACT) : NULL;
	vp_uuid_text(audit->who->user, user);
	return vp_db_tx_add(tx, sql,
		VP_PARAMS(VP_P_UUID(audit->who->org), VP_P_UUID(vp_uuid_new()),
			VP_P_TEXT(audit->who->kind == IDENTITY_TOKEN ? "token" : "user"),
			VP_P_TEXT(user), VP_P_TEXT(audit->action),
			VP_P_TEXT(or_empty(audit->object_type)),
			VP_P_TEXT(or_empty(audit->object_id)), VP_P_TEXT(or_empty(audit->ip)),
			VP_P_TEXT(detail != NULL ? detail : "{}")));
}
