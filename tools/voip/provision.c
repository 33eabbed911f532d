#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/sip/trunk.h"
#include "tools/voip/cli.h"
#include "tools/voip/model.h"
#include "tools/voip/provision.h"

static int seal_config(struct tool_vault *vault, const struct provision *p, char **ret_sealed)
{
	char id[VP_UUID_TEXT_SIZE], *json;
	size_t len;
	int err = vp_provider_config_text(p->config, &json, &len);

	if (err) {
		return err;
	}
	vp_uuid_text(p->id, id);
	VP_CLEANUP(vp_freep) char *context = vp_strf("providers/config/%s", id);

	err = context ? tool_vault_seal(vault, p->org, context, json, len, ret_sealed) : ENOMEM;
	vp_secret_free(json, len);
	return err;
}

static int seal_password(struct tool_vault *vault, const struct provision *p, char **ret_sealed)
{
	const char *password = vp_provider_get(p->config, NULL, "password");
	char id[VP_UUID_TEXT_SIZE];

	if (!password) {
		return 0;
	}
	vp_uuid_text(p->trunk_id, id);
	VP_CLEANUP(vp_freep) char *context = vp_strf("trunks/secret/%s", id);

	return context ? tool_vault_seal(
				 vault, p->org, context, password, strlen(password), ret_sealed)
		       : ENOMEM;
}

static int add_provider(
	struct vp_db_tx *tx, const struct provision *p, const char *sealed, const char *hint)
{
	bool tried = p->test != PROVISION_UNTRIED;
	int err = vp_db_tx_add(tx,
		"insert into voip.providers as p (org_id, id, name, driver, config, config_hint, "
		"priority, last_test_at, last_test_ok) values ($1, $2, $3, $4, $5, $6::jsonb, $7, "
		"$8, $9) "
		"on conflict (org_id, id) do update set name = excluded.name, config = "
		"excluded.config, "
		"config_hint = excluded.config_hint, version = p.version + 1, updated_at = $10, "
		"last_test_at = excluded.last_test_at, last_test_ok = excluded.last_test_ok",
		VP_PARAMS(VP_P_UUID(p->org), VP_P_UUID(p->id), VP_P_TEXT(p->name),
			VP_P_TEXT(p->driver->name), VP_P_TEXT(sealed), VP_P_TEXT(hint),
			VP_P_INT(p->priority), VP_P_TIME(tried ? vp_time_us() : 0),
			tried ? VP_P_BOOL(p->test == PROVISION_GOOD) : VP_P_NULL(),
			VP_P_TIME(vp_time_us())));

	return err || !p->activate ? err : model_activate_provider(tx, p->org, p->id);
}

/* The trunk's columns, null where the settings name nothing; SQL has them in the same order. */
static json_t *trunk_columns(const struct provision *p)
{
	json_t *row = vp_sip_trunk_of(p->driver, p->config);

	json_object_set_new(row, "name", json_string(p->name));
	return row;
}

/* NULL stays NULL: there was no memory. */
static void append(char **text, const char *more)
{
	char *longer = *text ? vp_strf("%s%s", *text, more) : NULL;

	free(*text);
	*text = longer;
}

/* Columns that are not named have the table's defaults, also where another server's stood before.
 * Names come from the driver's table, values are a parameter. */
static char *trunk_sql(const json_t *row)
{
	char *names = strdup(""), *changes = strdup(""), *sql = NULL;
	const char *column;
	json_t *value;

	json_object_foreach((json_t *)row, column, value)
	{
		append(&changes, ", ");
		append(&changes, column);
		if (json_is_null(value)) {
			append(&changes, " = default");
			continue;
		}
		append(&changes, " = excluded.");
		append(&changes, column);
		append(&names, ", ");
		append(&names, column);
	}
	if (names && changes) {
		sql = vp_strf(
			"insert into voip.trunks as t (org_id, id, provider_id, secret%s) "
			"select $1, $2, $3, $4%s from jsonb_populate_record(null::voip.trunks, "
			"$5::jsonb) on conflict (org_id, id) do update set secret = "
			"excluded.secret, "
			"version = t.version + 1, updated_at = now()%s",
			names, names, changes);
	}
	free(names);
	free(changes);
	return sql;
}

static int add_trunk(struct vp_db_tx *tx, const struct provision *p, const char *secret)
{
	json_t *row = trunk_columns(p);
	VP_CLEANUP(vp_freep) char *sql = trunk_sql(row);
	VP_CLEANUP(vp_freep) char *text = json_dumps(row, JSON_COMPACT);

	json_decref(row);
	if (!sql || !text) {
		return ENOMEM;
	}
	return vp_db_tx_add(tx, sql,
		VP_PARAMS(VP_P_UUID(p->org), VP_P_UUID(p->trunk_id), VP_P_UUID(p->id),
			VP_P_TEXT(secret), VP_P_TEXT(text)));
}

static int store(struct tool_db *db, const struct provision *p, const char *sealed,
	const char *secret, const char *hint)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx ? add_provider(tx, p, sealed, hint) : ENOMEM;

	if (!err && strcmp(p->driver->name, "sip") == 0) {
		err = add_trunk(tx, p, secret);
	}
	if (err) {
		vp_db_tx_destroy(tx);
		cli_fail(strerror(err), NULL);
		return err;
	}
	return tool_db_write(db, tx);
}

int provision_store(struct tool_db *db, struct tool_vault *vault, const struct provision *p)
{
	VP_CLEANUP(vp_freep) char *sealed = NULL;
	VP_CLEANUP(vp_freep) char *secret = NULL;
	VP_CLEANUP(vp_freep) char *hint = NULL;
	int err = vp_provider_config_hint(p->driver, p->config, &hint);

	if (!err && strcmp(p->driver->name, "sip") == 0) {
		err = seal_password(vault, p, &secret);
		err = err ? err : vp_provider_set(p->config, "password", NULL);
	}
	err = err ? err : seal_config(vault, p, &sealed);
	return err ? err : store(db, p, sealed, secret, hint);
}
