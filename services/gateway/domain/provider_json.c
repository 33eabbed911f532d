#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/sip/trunk.h"
#include "services/gateway/domain/provider_json.h"
#include "services/gateway/domain/row_json.h"

static const struct column columns[] = {{"id", COLUMN_TEXT}, {"name", COLUMN_TEXT},
	{"driver", COLUMN_TEXT}, {"is_active", COLUMN_BOOL}, {"priority", COLUMN_INT},
	{"version", COLUMN_INT}, {"last_test_at", COLUMN_TIME}, {"last_test_ok", COLUMN_SKIP},
	{"created_at", COLUMN_TIME}, {"updated_at", COLUMN_TIME}};

/* What the trunk says goes over what the hint remembers, except secrets, of which only that there
 * is one is known. */
static void overlay(json_t *hint, const struct vp_provider_driver *driver,
	const struct vp_db_result *res, size_t row)
{
	json_t *trunk = json_loads(vp_db_text(res, row, PROVIDER_TRUNK_ROW), 0, NULL);
	struct vp_provider_config *config = vp_provider_config_create();

	if (trunk && config && vp_sip_trunk_apply(driver, trunk, config)) {
		for (size_t i = 0; i < driver->n_fields; i++) {
			const char *key = driver->fields[i].key;
			const char *value = vp_provider_get(config, NULL, key);

			if (value) {
				json_object_set_new(hint, key, json_string(value));
			}
		}
	}
	bool has_secret = !vp_db_is_null(res, row, PROVIDER_TRUNK_SECRET);

	if (!has_secret) {
		json_object_del(hint, "password");
	} else if (!json_object_get(hint, "password")) {
		json_object_set_new(hint, "password", json_pack("{s:b}", "set", 1));
	}
	vp_provider_config_destroy(config);
	json_decref(trunk);
}

/* Settings that a driver has no more, or that are the operator's alone, are not shown. */
static void drop_foreign(json_t *hint, const struct vp_provider_driver *driver)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(hint, next, key, value)
	{
		const struct vp_provider_field *field = vp_provider_field(driver, key);

		if (!field || field->operator_only) {
			json_object_del(hint, key);
		}
	}
}

json_t *provider_json(const struct vp_db_result *res, size_t row, const char *health)
{
	const struct vp_provider_driver *driver =
		vp_provider_find(vp_db_text(res, row, PROVIDER_DRIVER));
	json_t *provider = json_object();
	json_t *hint = json_loads(vp_db_text(res, row, PROVIDER_HINT), 0, NULL);
	bool has_trunk = !vp_db_is_null(res, row, PROVIDER_TRUNK);

	if (!provider || !json_is_object(hint) ||
		row_to_json(provider, res, row, 0, columns, VP_ARRAY_LEN(columns)) != 0) {
		json_decref(provider);
		json_decref(hint);
		return NULL;
	}
	if (driver && has_trunk && strcmp(driver->name, "sip") == 0) {
		overlay(hint, driver, res, row);
	}
	if (driver) {
		drop_foreign(hint, driver);
	}
	json_object_set_new(provider, "last_test_ok",
		vp_db_is_null(res, row, PROVIDER_TEST_OK)
			? json_null()
			: json_boolean(vp_db_bool(res, row, PROVIDER_TEST_OK)));
	json_object_set_new(provider, "config", hint);
	json_object_set_new(provider, "trunk_id",
		has_trunk ? json_string(vp_db_text(res, row, PROVIDER_TRUNK)) : json_null());
	json_object_set_new(provider, "health", json_string(health));
	return provider;
}

/* --- drivers --- */

static const char *kind_word(enum vp_field_kind kind)
{
	switch (kind) {
	case VP_FIELD_NUMBER: return "number";
	case VP_FIELD_PHONE: return "phone";
	case VP_FIELD_HOST: return "host";
	case VP_FIELD_CHOICE: return "choice";
	case VP_FIELD_BOOL: return "bool";
	case VP_FIELD_LINES: return "lines";
	case VP_FIELD_TEXT: break;
	}
	return "text";
}

static json_t *choices_json(const char *choices)
{
	json_t *list = json_array();

	for (const char *at = choices ? choices : ""; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		json_array_append_new(list, json_stringn(at, len));
		at += len;
	}
	return list;
}

static json_t *field_json(const struct vp_provider_field *field)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:s?}", "key", field->key,
		"label", field->label, "help", field->help ? field->help : "", "kind",
		kind_word(field->kind), "required", field->required, "secret", field->secret,
		"choices", choices_json(field->choices), "default", field->def);

	if (json && field->kind == VP_FIELD_NUMBER) {
		json_object_set_new(json, "min", json_integer(field->min));
		json_object_set_new(json, "max", json_integer(field->max));
	}
	return json;
}

static json_t *driver_json(const struct vp_provider_driver *driver)
{
	json_t *fields = json_array(), *capabilities = json_array();

	for (size_t i = 0; i < driver->n_fields; i++) {
		if (!driver->fields[i].operator_only) {
			json_array_append_new(fields, field_json(&driver->fields[i]));
		}
	}
	for (unsigned bit = 1; vp_provider_capability_word(bit); bit <<= 1) {
		if (driver->capabilities & bit) {
			json_array_append_new(
				capabilities, json_string(vp_provider_capability_word(bit)));
		}
	}
	return json_pack("{s:s, s:s, s:o, s:o}", "name", driver->name, "label", driver->label,
		"capabilities", capabilities, "fields", fields);
}

json_t *drivers_json(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < vp_provider_count(); i++) {
		json_array_append_new(list, driver_json(vp_provider_at(i)));
	}
	return list;
}
