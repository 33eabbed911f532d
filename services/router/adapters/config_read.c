#include <string.h>

#include "libcommon/base/base.h"
#include "services/router/adapters/config_read.h"

/* One row a trunk, and one a provider that is called by its API: of the active provider first, then
 * of those that stand in for it, if there is an active one at all. A row without provider when
 * there is none. */
static const char outbound_sql[] =
	"select o.status = 'active', o.default_region, o.settings::text,"
	" (select n.e164 from voip.numbers n where n.e164 = $3 and n.org_id = o.id and n.is_active"
	"  and (n.user_id is null or n.user_id = $2)),"
	" (select n.e164 from voip.numbers n where n.org_id = o.id and n.user_id = $2 and "
	"n.is_active"
	"  order by n.e164 limit 1),"
	" p.driver, t.id, t.number_format_out, t.tech_prefix, t.caller_id,"
	" (select n.e164 from voip.numbers n where n.org_id = o.id and n.trunk_id = t.id"
	"  and n.user_id is null and n.is_active order by n.e164 limit 1),"
	" t.sip_username, p.id,"
	" case when p.driver <> 'sip' then coalesce("
	"  (select n.e164 from voip.numbers n where n.e164 = $3 and n.org_id = o.id and "
	"n.is_active"
	"   and (n.user_id is null or n.user_id = $2) and coalesce(n.provider_id, p.id) = p.id),"
	"  (select n.e164 from voip.numbers n where n.org_id = o.id and n.user_id = $2 and "
	"n.is_active"
	"   and coalesce(n.provider_id, p.id) = p.id order by n.provider_id, n.e164 limit 1),"
	"  (select n.e164 from voip.numbers n where n.org_id = o.id and n.provider_id = p.id"
	"   and n.user_id is null and n.is_active order by n.e164 limit 1),"
	"  p.config_hint ->> 'from_number') end,"
	" coalesce(p.config_hint ->> 'from_display_name', '')"
	" from voip.orgs o"
	" left join voip.providers p on p.org_id = o.id and (p.is_active or"
	"  (p.last_test_ok is distinct from false and exists"
	"   (select from voip.providers a where a.org_id = o.id and a.is_active)))"
	" left join voip.trunks t on t.org_id = o.id and t.provider_id = p.id and t.is_active"
	"  and t.host <> '' and p.driver = 'sip'"
	" where o.id = $1 order by p.is_active desc, p.priority, p.id, t.priority, t.id limit 32";
enum {
	OUT_ACTIVE,
	OUT_REGION,
	OUT_SETTINGS,
	OUT_WISH,
	OUT_USER_NUMBER,
	OUT_DRIVER,
	OUT_TRUNK,
	OUT_FORMAT,
	OUT_TECH_PREFIX,
	OUT_CALLER_ID,
	OUT_TRUNK_NUMBER,
	OUT_SIP_USERNAME,
	OUT_PROVIDER,
	OUT_CARRIER_FROM,
	OUT_DISPLAY_NAME
};

static const char trunk_sql[] = "select t.org_id, o.status = 'active', o.default_region, "
				"o.settings::text, t.number_format_in"
				" from voip.trunks t join voip.orgs o on o.id = t.org_id"
				" where t.id = $1 and t.is_active limit 1";
enum { TRUNK_ORG, TRUNK_ACTIVE, TRUNK_REGION, TRUNK_SETTINGS, TRUNK_FORMAT };

/* A route for this very trunk comes before one for any; the number's own user is the last resort */
static const char route_sql[] =
	"select coalesce(r.action_id, n.user_id), coalesce(u.is_active, false), coalesce(u.name, "
	"'')"
	" from voip.numbers n"
	" left join voip.routes r on r.org_id = n.org_id and r.did_e164 = n.e164 and r.is_active"
	"  and r.action_type = 'user' and (r.trunk_id is null or r.trunk_id = $3)"
	" left join voip.users u on u.org_id = n.org_id and u.id = coalesce(r.action_id, n.user_id)"
	" where n.e164 = $2 and n.org_id = $1 and n.is_active"
	" order by r.trunk_id is null, r.priority, r.id limit 1";
enum { ROUTE_USER, ROUTE_USER_ACTIVE, ROUTE_USER_NAME };

static void copy(char *dst, size_t size, const struct vp_db_result *res, size_t row, size_t col)
{
	vp_strcopy(dst, size, vp_db_text(res, row, col));
}

/* A number as a person has typed it into a form; "" when it is none. */
static void copy_number(char dst[VP_E164_SIZE], const struct vp_db_result *res, size_t row,
	size_t col, const char *region)
{
	dst[0] = '\0';
	vp_e164_normalize(vp_db_text(res, row, col), region, dst);
}

/* It becomes part of a SIP URI: what dials, and nothing else. */
static bool is_tech_prefix(const char *text)
{
	return text[strspn(text,
		       "0123456789*#+ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")] ==
	       '\0';
}

static bool read_trunk(const struct vp_db_result *res, size_t row, const char *region,
	struct outbound_trunk *trunk)
{
	*trunk = (struct outbound_trunk){
		.format = number_format_parse(vp_db_text(res, row, OUT_FORMAT))};
	copy(trunk->id, sizeof(trunk->id), res, row, OUT_TRUNK);
	copy(trunk->provider_id, sizeof(trunk->provider_id), res, row, OUT_PROVIDER);
	copy(trunk->driver, sizeof(trunk->driver), res, row, OUT_DRIVER);
	copy(trunk->sip_username, sizeof(trunk->sip_username), res, row, OUT_SIP_USERNAME);
	copy(trunk->display_name, sizeof(trunk->display_name), res, row, OUT_DISPLAY_NAME);
	copy_number(trunk->caller_id, res, row, OUT_CALLER_ID, region);
	copy_number(trunk->number, res, row, OUT_TRUNK_NUMBER, region);
	copy_number(trunk->carrier_from, res, row, OUT_CARRIER_FROM, region);
	return is_tech_prefix(vp_db_text(res, row, OUT_TECH_PREFIX)) &&
	       vp_strcopy(trunk->tech_prefix, sizeof(trunk->tech_prefix),
		       vp_db_text(res, row, OUT_TECH_PREFIX));
}

int config_ask_outbound(struct vp_db *db, struct vp_uuid org, struct vp_uuid user, const char *wish,
	vp_db_result_h *h, void *arg)
{
	return vp_db_query(db, outbound_sql,
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(user), VP_P_TEXT(wish)), h, arg, NULL);
}

/* A SIP provider without trunk calls nobody. */
static bool is_usable(const struct vp_db_result *res, size_t row)
{
	return !vp_db_is_null(res, row, OUT_TRUNK) ||
	       (!vp_db_is_null(res, row, OUT_PROVIDER) &&
		       strcmp(vp_db_text(res, row, OUT_DRIVER), "sip") != 0);
}

void config_read_outbound(const struct vp_db_result *res, struct outbound_config *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (vp_db_rows(res) == 0) {
		return;
	}
	ret->org_active = vp_db_bool(res, 0, OUT_ACTIVE);
	copy(ret->region, sizeof(ret->region), res, 0, OUT_REGION);
	org_settings_parse(&ret->settings, vp_db_text(res, 0, OUT_SETTINGS), ret->region);
	copy(ret->wish, sizeof(ret->wish), res, 0, OUT_WISH);
	copy(ret->user_number, sizeof(ret->user_number), res, 0, OUT_USER_NUMBER);
	copy(ret->driver, sizeof(ret->driver), res, 0, OUT_DRIVER);
	for (size_t row = 0; row < vp_db_rows(res) && ret->n_trunks < OUTBOUND_TRUNKS_MAX; row++) {
		ret->n_trunks += is_usable(res, row) &&
				 read_trunk(res, row, ret->region, &ret->trunks[ret->n_trunks]);
	}
}

int config_ask_trunk(struct vp_db *db, struct vp_uuid trunk, vp_db_result_h *h, void *arg)
{
	return vp_db_query(db, trunk_sql, VP_PARAMS(VP_P_UUID(trunk)), h, arg, NULL);
}

void config_read_trunk(const struct vp_db_result *res, struct inbound_trunk *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (vp_db_rows(res) == 0) {
		return;
	}
	ret->found = true;
	ret->org = vp_db_uuid(res, 0, TRUNK_ORG);
	ret->org_active = vp_db_bool(res, 0, TRUNK_ACTIVE);
	copy(ret->region, sizeof(ret->region), res, 0, TRUNK_REGION);
	org_settings_parse(&ret->settings, vp_db_text(res, 0, TRUNK_SETTINGS), ret->region);
	ret->format = number_format_parse(vp_db_text(res, 0, TRUNK_FORMAT));
}

int config_ask_route(struct vp_db *db, struct vp_uuid org, struct vp_uuid trunk,
	const char *did_e164, vp_db_result_h *h, void *arg)
{
	return vp_db_query(db, route_sql,
		VP_PARAMS(VP_P_UUID(org), VP_P_TEXT(did_e164), VP_P_UUID(trunk)), h, arg, NULL);
}

void config_read_route(const struct vp_db_result *res, struct inbound_route *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (vp_db_rows(res) == 0) {
		return;
	}
	ret->number_found = true;
	ret->has_user = !vp_db_is_null(res, 0, ROUTE_USER);
	ret->user_active = vp_db_bool(res, 0, ROUTE_USER_ACTIVE);
	copy(ret->user_id, sizeof(ret->user_id), res, 0, ROUTE_USER);
	copy(ret->user_name, sizeof(ret->user_name), res, 0, ROUTE_USER_NAME);
}
