#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/model.h"

enum { TOKEN_CHARS = 43, DAY_S = 86400 };

static int find_id(struct tool_db *db, const char *sql, const struct vp_db_param *params, size_t n,
	struct vp_uuid *ret_id)
{
	int err;
	VP_CLEANUP(vp_freep) char *text = tool_db_text(db, sql, params, n, &err);

	if (!err && (!text || !vp_uuid_parse(text, ret_id))) {
		*ret_id = vp_uuid_new();
	}
	return err;
}

int model_find_org(struct tool_db *db, const char *name, struct vp_uuid *ret_id)
{
	return find_id(db, "select id from voip.orgs where name = $1 order by id limit 1",
		VP_PARAMS(VP_P_TEXT(name)), ret_id);
}

int model_find_user(
	struct tool_db *db, struct vp_uuid org, const char *email, struct vp_uuid *ret_id)
{
	return find_id(db, "select id from voip.users where org_id = $1 and email = lower($2)",
		VP_PARAMS(VP_P_UUID(org), VP_P_TEXT(email)), ret_id);
}

int model_find_named(struct tool_db *db, struct vp_uuid org, bool is_trunk, const char *name,
	struct vp_uuid *ret_id)
{
	return find_id(db,
		is_trunk ? "select id from voip.trunks where org_id = $1 and name = $2 order by id "
			   "limit 1"
			 : "select id from voip.providers where org_id = $1 and name = $2 "
			   "order by id limit 1",
		VP_PARAMS(VP_P_UUID(org), VP_P_TEXT(name)), ret_id);
}

int model_find_trunk(struct tool_db *db, struct vp_uuid org, struct vp_uuid provider,
	const char *name, struct vp_uuid *ret_id)
{
	return find_id(db,
		"select id from voip.trunks where org_id = $1 and provider_id = $2 "
		"order by name <> $3, priority, id limit 1",
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(provider), VP_P_TEXT(name)), ret_id);
}

int model_driver_of(
	struct tool_db *db, struct vp_uuid org, struct vp_uuid provider, char *buf, size_t size)
{
	int err;
	VP_CLEANUP(vp_freep)
	char *driver =
		tool_db_text(db, "select driver from voip.providers where org_id = $1 and id = $2",
			VP_PARAMS(VP_P_UUID(org), VP_P_UUID(provider)), &err);

	return err ? err : vp_strcopy(buf, size, driver ? driver : "") ? 0 : E2BIG;
}

struct found_user {
	struct vp_uuid *org, *user;
	int err;
};

static void take_user(const struct vp_db_result *res, void *arg)
{
	struct found_user *found = arg;

	if (vp_db_rows(res) == 0) {
		return;
	}
	*found->org = vp_db_uuid(res, 0, 0);
	*found->user = vp_db_uuid(res, 0, 1);
	found->err = vp_db_rows(res) == 1 ? 0 : EEXIST;
}

int model_lookup_user(struct tool_db *db, const char *email_or_id, struct vp_uuid *ret_org,
	struct vp_uuid *ret_user)
{
	struct found_user found = {.org = ret_org, .user = ret_user, .err = ENOENT};
	int err = tool_db_query(db,
		"select org_id, id from voip.users where email = lower($1) or id::text = lower($1) "
		"limit 2",
		VP_PARAMS(VP_P_TEXT(email_or_id)), take_user, &found);

	return err ? err : found.err;
}

static int add_role(struct vp_db_tx *tx, struct vp_uuid org, const char *name, const char *which)
{
	int err = vp_db_tx_add(tx,
		"insert into voip.roles (org_id, id, name) values ($1, $2, $3) "
		"on conflict (org_id, name) do nothing",
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(vp_uuid_new()), VP_P_TEXT(name)));

	if (err) {
		return err;
	}
	return vp_db_tx_add(tx,
		"insert into voip.role_permissions (org_id, role_id, permission) "
		"select r.org_id, r.id, p.key from voip.roles r, voip.permissions p "
		"where r.org_id = $1 and r.name = $2 "
		"and ($3 = '*' or p.key = any (string_to_array($3, ','))) "
		"on conflict do nothing",
		VP_PARAMS(VP_P_UUID(org), VP_P_TEXT(name), VP_P_TEXT(which)));
}

int model_add_org(struct vp_db_tx *tx, const struct model_org *org)
{
	int err = vp_db_tx_add(tx,
		"insert into voip.orgs (id, name, default_region, timezone) values ($1, $2, $3, "
		"$4) "
		"on conflict (id) do nothing",
		VP_PARAMS(VP_P_UUID(org->id), VP_P_TEXT(org->name), VP_P_TEXT(org->region),
			VP_P_TEXT(org->timezone)));

	if (!err) {
		err = add_role(tx, org->id, "admin", "*");
	}
	if (!err) {
		err = add_role(tx, org->id, "agent",
			"voip,voip.calls.initiate,voip.contacts,voip.contacts.edit,"
			"voip.contacts.import,voip.recordings,voip.recordings.play");
	}
	return err;
}

static int add_user_row(struct vp_db_tx *tx, struct vp_uuid org, const struct model_user *user)
{
	char hash[VP_PASSWORD_HASH_SIZE];

	if (user->password) {
		int err = vp_password_hash(user->password, hash);

		if (err) {
			return err;
		}
	}
	return vp_db_tx_add(tx,
		"insert into voip.users as u (org_id, id, email, name, password_hash, timezone) "
		"values ($1, $2, lower($3), coalesce($4, $3), $5, $6) on conflict (org_id, email) "
		"do update set "
		"name = coalesce($4, u.name), is_active = true, "
		"password_hash = coalesce(excluded.password_hash, u.password_hash)",
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(user->id), VP_P_TEXT(user->email),
			VP_P_TEXT(user->name), VP_P_TEXT(user->password ? hash : NULL),
			VP_P_TEXT(user->timezone ? user->timezone : "UTC")));
}

int model_add_user(struct vp_db_tx *tx, struct vp_uuid org, const struct model_user *user)
{
	int err = add_user_row(tx, org, user);

	if (err) {
		return err;
	}
	return vp_db_tx_add(tx,
		"insert into voip.user_roles (org_id, user_id, role_id) "
		"select u.org_id, u.id, r.id from voip.users u join voip.roles r using (org_id) "
		"where u.org_id = $1 and u.email = lower($2) and r.name = $3 on conflict do "
		"nothing",
		VP_PARAMS(VP_P_UUID(org), VP_P_TEXT(user->email), VP_P_TEXT(user->role)));
}

int model_add_provider(
	struct vp_db_tx *tx, struct vp_uuid org, const struct model_provider *provider)
{
	int err = vp_db_tx_add(tx,
		"insert into voip.providers (org_id, id, name, driver) values ($1, $2, $3, $4) "
		"on conflict (org_id, id) do update set name = excluded.name",
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(provider->id), VP_P_TEXT(provider->name),
			VP_P_TEXT(provider->driver)));

	return err || !provider->activate ? err : model_activate_provider(tx, org, provider->id);
}

int model_activate_provider(struct vp_db_tx *tx, struct vp_uuid org, struct vp_uuid provider)
{
	/* one may be active: the old one goes first */
	int err = vp_db_tx_add(tx,
		"update voip.providers set is_active = false, version = version + 1 "
		"where org_id = $1 and id <> $2 and is_active",
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(provider)));
	if (err) {
		return err;
	}
	return vp_db_tx_add(tx,
		"update voip.providers set is_active = true, version = version + 1 "
		"where org_id = $1 and id = $2 and not is_active",
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(provider)));
}

int model_add_trunk(struct vp_db_tx *tx, struct vp_uuid org, const struct model_trunk *trunk)
{
	return vp_db_tx_add(tx,
		"insert into voip.trunks as t (org_id, id, provider_id, name, host, port, "
		"transport, "
		"auth_method, sip_username, auth_username, secret, register, allowed_ips, codecs, "
		"srtp, "
		"caller_id, priority) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
		"string_to_array($13, ','), string_to_array($14, ','), $15, $16, $17) "
		"on conflict (org_id, id) do update set host = excluded.host, port = "
		"excluded.port, "
		"transport = excluded.transport, auth_method = excluded.auth_method, "
		"sip_username = excluded.sip_username, auth_username = excluded.auth_username, "
		"secret = excluded.secret, register = excluded.register, "
		"allowed_ips = excluded.allowed_ips, codecs = excluded.codecs, srtp = "
		"excluded.srtp, "
		"caller_id = excluded.caller_id, priority = excluded.priority, outbound_proxy = "
		"case when t.host = excluded.host then t.outbound_proxy end, version = t.version "
		"+ 1",
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(trunk->id), VP_P_UUID(trunk->provider_id),
			VP_P_TEXT(trunk->name), VP_P_TEXT(trunk->host), VP_P_INT(trunk->port),
			VP_P_TEXT(trunk->transport),
			VP_P_TEXT(trunk->secret ? "username_password" : "ip_auth"),
			VP_P_TEXT(trunk->username), VP_P_TEXT(trunk->auth_username),
			VP_P_TEXT(trunk->secret), VP_P_BOOL(trunk->registers),
			VP_P_TEXT(trunk->allowed_ips ? trunk->allowed_ips : ""),
			VP_P_TEXT(trunk->codecs), VP_P_TEXT(trunk->srtp),
			VP_P_TEXT(trunk->caller_id), VP_P_INT(trunk->priority)));
}

int model_add_did(struct vp_db_tx *tx, struct vp_uuid org, const char *e164,
	struct vp_uuid provider, struct vp_uuid user)
{
	int err = vp_db_tx_add(tx,
		"insert into voip.numbers (e164, org_id, provider_id, user_id, label) "
		"values ($1, $2, $3, $4, '') on conflict (e164) do update set "
		"provider_id = excluded.provider_id, user_id = excluded.user_id, is_active = true "
		"where numbers.org_id = excluded.org_id",
		VP_PARAMS(VP_P_TEXT(e164), VP_P_UUID(org), VP_P_UUID(provider), VP_P_UUID(user)));

	if (err) {
		return err;
	}
	return vp_db_tx_add(tx,
		"insert into voip.routes (org_id, id, name, did_e164, action_type, action_id) "
		"select $1, $2, $3, $3, 'user', $4 "
		"where not exists (select from voip.routes where org_id = $1 and did_e164 = $3)",
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(vp_uuid_new()), VP_P_TEXT(e164),
			VP_P_UUID(user)));
}

void model_new_token(struct model_token *ret)
{
	memcpy(ret->text, "vpt_", 4);
	vp_random_text(ret->text + 4, TOKEN_CHARS + 1);
}

int model_add_token(struct vp_db_tx *tx, struct vp_uuid org, struct vp_uuid user, const char *name,
	const char *text, long days)
{
	uint8_t hash[VP_SHA256_SIZE];
	int64_t expires = days ? vp_time_us() + (int64_t)days * DAY_S * 1000000 : 0;

	vp_sha256(text, strlen(text), hash);
	return vp_db_tx_add(tx,
		"insert into voip.api_tokens (org_id, id, user_id, name, token_hash, expires_at) "
		"values ($1, $2, $3, $4, $5, $6) on conflict (token_hash) do nothing",
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(vp_uuid_new()), VP_P_UUID(user),
			VP_P_TEXT(name), VP_P_BYTES(hash, sizeof(hash)), VP_P_TIME(expires)));
}

int model_drop_tokens(
	struct vp_db_tx *tx, struct vp_uuid org, struct vp_uuid user, const char *name)
{
	return vp_db_tx_add(tx,
		"delete from voip.api_tokens where org_id = $1 and user_id = $2 and name = $3",
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(user), VP_P_TEXT(name)));
}
