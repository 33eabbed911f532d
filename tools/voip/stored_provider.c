#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/cli.h"
#include "tools/voip/organisation.h"
#include "tools/voip/stored_provider.h"

static void take(const struct vp_db_result *res, void *arg)
{
	struct stored_provider *provider = arg;

	if (vp_db_rows(res) == 0) {
		return;
	}
	provider->id = vp_db_uuid(res, 0, 0);
	vp_strcopy(provider->name, sizeof(provider->name), vp_db_text(res, 0, 1));
	provider->driver = vp_provider_find(vp_db_text(res, 0, 2));
	if (!vp_db_is_null(res, 0, 3)) {
		provider->trunk = vp_db_uuid(res, 0, 3);
		provider->trunk_version = vp_db_int(res, 0, 4);
	}
}

int stored_provider_read(
	struct tool_db *db, struct vp_uuid org, const char *id_or_name, struct stored_provider *ret)
{
	int err;

	*ret = (struct stored_provider){.org = org};
	err = tool_db_query(db,
		"select p.id, p.name, p.driver, t.id, t.version from voip.providers p left join "
		"lateral (select id, version from voip.trunks x where x.org_id = p.org_id and "
		"x.provider_id = p.id order by x.priority, x.id limit 1) t on true "
		"where p.org_id = $1 and (p.name = $2 or p.id::text = lower($2)) "
		"order by p.name = $2, p.id limit 1",
		VP_PARAMS(VP_P_UUID(org), VP_P_TEXT(id_or_name)), take, ret);
	if (!err && !ret->driver) {
		cli_failf("`voip provider list` shows them.", "there is no provider '%s'",
			id_or_name);
		return ENOENT;
	}
	return err;
}

int stored_provider_find(struct tool_db *db, const char *org_name, const char *id_or_name,
	struct stored_provider *ret)
{
	char region[3];
	struct vp_uuid org;
	int err = organisation_find(db, org_name, &org, region);

	return err ? err : stored_provider_read(db, org, id_or_name, ret);
}

/* What is stored, as text of the vault. */
static char *read_sealed(struct tool_db *db, const struct stored_provider *provider, int *ret_err)
{
	char *sealed =
		tool_db_text(db, "select config from voip.providers where org_id = $1 and id = $2",
			VP_PARAMS(VP_P_UUID(provider->org), VP_P_UUID(provider->id)), ret_err);

	if (!*ret_err && (!sealed || !*sealed)) {
		cli_failf("Enter them: `voip setup --interactive`, or the admin panel.",
			"%s has no settings yet", provider->name);
		*ret_err = ENOENT;
	}
	return sealed;
}

int stored_provider_open(struct tool_db *db, struct tool_vault *vault,
	const struct stored_provider *provider, struct vp_provider_config **ret)
{
	char id[VP_UUID_TEXT_SIZE], *plain;
	size_t len;
	int err;
	VP_CLEANUP(vp_freep) char *sealed = read_sealed(db, provider, &err);
	VP_CLEANUP(vp_freep) char *context = NULL;

	if (err) {
		return err;
	}
	vp_uuid_text(provider->id, id);
	context = vp_strf("providers/config/%s", id);
	err = context ? tool_vault_unseal(vault, provider->org, context, sealed, &plain, &len)
		      : ENOMEM;
	if (!err) {
		err = vp_provider_config_parse(ret, plain, len);
		vp_secret_free(plain, len);
	}
	if (err) {
		cli_failf("VOIP_KEK_FILE must name the key file that they were stored with; "
			  "without it\n      enter them again: `voip setup --interactive`.",
			"the settings of %s cannot be opened: %s", provider->name, strerror(err));
	}
	return err;
}

int stored_provider_tested(struct tool_db *db, const struct stored_provider *provider, bool good)
{
	return tool_db_query(db,
		"with p as (update voip.providers set last_test_at = $3, last_test_ok = $4 where "
		"org_id = $1 and id = $2 returning id) insert into voip.audit_log (org_id, id, "
		"actor_type, action, object_type, object_id, detail) select $1, $5, 'cli', "
		"'provider.tested', 'provider', p.id::text, jsonb_build_object('ok', $4::boolean) "
		"from p",
		VP_PARAMS(VP_P_UUID(provider->org), VP_P_UUID(provider->id),
			VP_P_TIME(vp_time_us()), VP_P_BOOL(good), VP_P_UUID(vp_uuid_new())),
		NULL, NULL);
}
