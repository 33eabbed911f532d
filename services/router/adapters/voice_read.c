#include <string.h>

#include "libcommon/base/base.h"
#include "services/router/adapters/voice_read.h"

static const char caller_sql[] =
	"select p.org_id, o.status = 'active', u.is_active, u.name, exists"
	" (select from voip.user_roles ur join voip.role_permissions rp on rp.org_id = ur.org_id"
	"  and rp.role_id = ur.role_id and rp.permission = 'voip.calls.initiate'"
	"  where ur.org_id = u.org_id and ur.user_id = u.id)"
	" from voip.providers p join voip.orgs o on o.id = p.org_id"
	" join voip.users u on u.org_id = p.org_id and u.id = $2"
	" where p.id = $1 limit 1";
enum { CALLER_ORG, CALLER_ORG_ACTIVE, CALLER_ACTIVE, CALLER_NAME, CALLER_MAY };

/* Routes that are bound to a SIP trunk are for that trunk. */
static const char did_sql[] =
	"select p.org_id, o.status = 'active', o.default_region, o.settings::text,"
	" n.e164 is not null, coalesce(r.action_id, n.user_id), coalesce(u.is_active, false),"
	" coalesce(u.name, '')"
	" from voip.providers p join voip.orgs o on o.id = p.org_id"
	" left join voip.numbers n on n.e164 = $2 and n.org_id = p.org_id and n.is_active"
	"  and coalesce(n.provider_id, p.id) = p.id"
	" left join voip.routes r on r.org_id = n.org_id and r.did_e164 = n.e164 and r.is_active"
	"  and r.action_type = 'user' and r.trunk_id is null"
	" left join voip.users u on u.org_id = n.org_id and u.id = coalesce(r.action_id, n.user_id)"
	" where p.id = $1 order by r.priority, r.id limit 1";
enum {
	DID_ORG,
	DID_ORG_ACTIVE,
	DID_REGION,
	DID_SETTINGS,
	DID_FOUND,
	DID_USER,
	DID_USER_ACTIVE,
	DID_USER_NAME
};

static const char call_sql[] =
	"select c.id from voip.calls c join voip.providers p on p.org_id = c.org_id"
	" where p.id = $1 and c.id = $2 and c.ended_at is null limit 1";

static void copy(char *dst, size_t size, const struct vp_db_result *res, size_t col)
{
	vp_strcopy(dst, size, vp_db_text(res, 0, col));
}

int voice_ask_caller(struct vp_db *db, struct vp_uuid provider, struct vp_uuid user,
	vp_db_result_h *h, void *arg)
{
	return vp_db_query(
		db, caller_sql, VP_PARAMS(VP_P_UUID(provider), VP_P_UUID(user)), h, arg, NULL);
}

void voice_read_caller(const struct vp_db_result *res, struct voice_caller *ret)
{
	*ret = (struct voice_caller){.found = vp_db_rows(res) > 0};
	if (ret->found) {
		ret->org = vp_db_uuid(res, 0, CALLER_ORG);
		ret->org_active = vp_db_bool(res, 0, CALLER_ORG_ACTIVE);
		ret->user_active = vp_db_bool(res, 0, CALLER_ACTIVE);
		ret->may_call = vp_db_bool(res, 0, CALLER_MAY);
		copy(ret->user_name, sizeof(ret->user_name), res, CALLER_NAME);
	}
}

int voice_ask_did(struct vp_db *db, struct vp_uuid provider, const char *did_e164,
	vp_db_result_h *h, void *arg)
{
	return vp_db_query(
		db, did_sql, VP_PARAMS(VP_P_UUID(provider), VP_P_TEXT(did_e164)), h, arg, NULL);
}

void voice_read_did(const struct vp_db_result *res, struct voice_did *ret)
{
	*ret = (struct voice_did){.found = vp_db_rows(res) > 0};
	if (!ret->found) {
		return;
	}
	ret->org = vp_db_uuid(res, 0, DID_ORG);
	ret->org_active = vp_db_bool(res, 0, DID_ORG_ACTIVE);
	copy(ret->region, sizeof(ret->region), res, DID_REGION);
	org_settings_parse(&ret->settings, vp_db_text(res, 0, DID_SETTINGS), ret->region);
	ret->number_found = vp_db_bool(res, 0, DID_FOUND);
	ret->has_user = !vp_db_is_null(res, 0, DID_USER);
	ret->user_active = vp_db_bool(res, 0, DID_USER_ACTIVE);
	copy(ret->user_id, sizeof(ret->user_id), res, DID_USER);
	copy(ret->user_name, sizeof(ret->user_name), res, DID_USER_NAME);
}

int voice_ask_call(struct vp_db *db, struct vp_uuid provider, struct vp_uuid call,
	vp_db_result_h *h, void *arg)
{
	return vp_db_query(
		db, call_sql, VP_PARAMS(VP_P_UUID(provider), VP_P_UUID(call)), h, arg, NULL);
}
