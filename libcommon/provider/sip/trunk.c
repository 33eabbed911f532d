#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/provider.h"
#include "libcommon/provider/sip/trunk.h"

#define SEPARATORS ", \t"

/* Keys that are called otherwise in the table, or are no column of it (NULL); all others are
 * columns of the same name. */
static const struct {
	const char *key, *column;
} renamed[] = {
	{"sip_server", "host"},
	{"sip_port", "port"},
	{"username", "sip_username"},
	{"from_number", "caller_id"},
	{"from_display_name", NULL},
};

const char *vp_sip_trunk_key(const char *column)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(renamed); i++) {
		if (renamed[i].column && strcmp(renamed[i].column, column) == 0) {
			return renamed[i].key;
		}
	}
	return column;
}

/* NULL: it is none; a password is sealed apart. */
static const char *column_of(const struct vp_provider_field *field)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(renamed); i++) {
		if (strcmp(renamed[i].key, field->key) == 0) {
			return renamed[i].column;
		}
	}
	return field->secret || field->operator_only ? NULL : field->key;
}

static bool is_list(const char *column)
{
	return strcmp(column, "codecs") == 0 || strcmp(column, "allowed_ips") == 0;
}

/* "a, b c" as a list */
static json_t *list_of(const char *text)
{
	json_t *list = json_array();

	while (*text) {
		size_t len = strcspn(text, SEPARATORS);

		if (len > 0) {
			json_array_append_new(list, json_stringn(text, len));
		}
		text += len;
		text += strspn(text, SEPARATORS);
	}
	return list;
}

struct json_t *vp_sip_trunk_of(
	const struct vp_provider_driver *driver, const struct vp_provider_config *config)
{
	json_t *trunk = json_object();
	const char *transport = vp_provider_get(config, driver, "transport");
	bool is_tls = transport && strcmp(transport, "tls") == 0;

	for (size_t i = 0; i < driver->n_fields; i++) {
		const struct vp_provider_field *field = &driver->fields[i];
		const char *column = column_of(field);
		const char *value = vp_provider_get(config, driver, field->key);

		if (column) {
			json_object_set_new(trunk, column,
				!value            ? json_null()
				: is_list(column) ? list_of(value)
						  : json_string(value));
		}
	}
	if (!vp_provider_get(config, NULL, "sip_port")) {
		json_object_set_new(trunk, "port", json_integer(is_tls ? 5061 : 5060));
	}
	return trunk;
}

/* A value of the row as the text that settings hold; NULL: none. The caller frees. */
static char *text_of(const json_t *value)
{
	if (json_is_string(value)) {
		return strdup(json_string_value(value));
	}
	if (json_is_boolean(value)) {
		return strdup(json_is_true(value) ? "true" : "false");
	}
	if (json_is_integer(value)) {
		return vp_strf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	}
	if (json_is_array(value)) {
		char *text = strdup("");
		size_t i;
		json_t *item;

		json_array_foreach(value, i, item)
		{
			char *longer = vp_strf("%s%s%s", text ? text : "", i ? "," : "",
				json_string_value(item) ? json_string_value(item) : "");

			free(text);
			text = longer;
		}
		return text;
	}
	return strdup("");
}

bool vp_sip_trunk_apply(const struct vp_provider_driver *driver, const json_t *trunk,
	struct vp_provider_config *config)
{
	for (size_t i = 0; i < driver->n_fields; i++) {
		const struct vp_provider_field *field = &driver->fields[i];
		const char *column = column_of(field);
		const json_t *value = column ? json_object_get(trunk, column) : NULL;

		if (!value) {
			continue;
		}
		char *text = text_of(value);
		int err = text ? vp_provider_set(config, field->key, text) : ENOMEM;

		free(text);
		if (err != 0) {
			return false;
		}
	}
	return true;
}
