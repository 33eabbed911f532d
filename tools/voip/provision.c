#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/cli.h"
#include "tools/voip/model.h"
#include "tools/voip/provision.h"

/* Settings of the SIP driver that table trunks calls otherwise; "" are no columns. */
static const struct {
	const char *key, *column;
} renamed[] = {{"sip_server", "host"}, {"sip_port", "port"}, {"username", "sip_username"},
	{"from_number", "caller_id"}, {"from_display_name", ""}};

static const char *column_of(const struct vp_provider_field *field)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(renamed); i++) {
		if (strcmp(renamed[i].key, field->key) == 0) {
			return renamed[i].column;
		}
	}
	return field->secret || field->operator_only ? "" : field->key;
}

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

/* "PCMU,PCMA" and "203.0.113.0/24, 203.0.114.7" are lists in the table. */
static json_t *column_value(const char *column, const char *text)
{
	json_t *list;

	if (strcmp(column, "codecs") != 0 && strcmp(column, "allowed_ips") != 0) {
		return json_string(text);
	}
	list = json_array();
	while (*(text += strspn(text, ", \t"))) {
		size_t len = strcspn(text, ", \t");

		json_array_append_new(list, json_stringn(text, len));
		text += len;
	}
	return list;
}

/* The trunk's columns that the settings name; SQL names them in the same order. */
static json_t *trunk_columns(const struct provision *p)
{
	const char *transport = vp_provider_get(p->config, p->driver, "transport");
	json_t *row = json_object();

	json_object_set_new(row, "port",
		json_string(transport && strcmp(transport, "tls") == 0 ? "5061" : "5060"));
	for (size_t i = 0; i < p->driver->n_fields; i++) {
		const char *column = column_of(&p->driver->fields[i]);
		const char *value = vp_provider_get(p->config, p->driver, p->driver->fields[i].key);

		if (*column && value) {
			json_object_set_new(row, column, column_value(column, value));
		}
	}
	json_object_set_new(row, "name", json_string(p->name));
	return row;
}

/* Columns that are not named keep the table's defaults, so the statement names only what there is.
 * Names come from the driver's table, values are a parameter. */
static char *trunk_sql(const json_t *row)
{
	VP_CLEANUP(vp_freep) char *names = strdup("");
	VP_CLEANUP(vp_freep) char *changes = strdup("");
	const char *column;
	json_t *value;

	json_object_foreach((json_t *)row, column, value)
	{
		char *longer = vp_strf("%s, %s", names ? names : "", column);
		char *change =
			vp_strf("%s, %s = excluded.%s", changes ? changes : "", column, column);

		free(names);
		free(changes);
		names = longer;
		changes = change;
	}
	if (!names || !changes) {
		return NULL;
	}
	return vp_strf(
		"insert into voip.trunks as t (org_id, id, provider_id, secret%s) "
		"select $1, $2, $3, $4%s from jsonb_populate_record(null::voip.trunks, $5::jsonb) "
		"on conflict (org_id, id) do update set secret = excluded.secret, version = "
		"t.version + 1, "
		"updated_at = now()%s",
		names, names, changes);
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
