/* One provider's settings. They hold secrets, so each text is wiped before it is freed. */
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/provider.h"

#define ENTRIES_MAX 64
#define KEY_MAX 64
#define VALUE_MAX (64u << 10)
#define LAST4_FROM 12 /* of shorter secrets four characters are too much */

struct entry {
	char *key, *value;
};

struct vp_provider_config {
	struct entry entries[ENTRIES_MAX];
	size_t n;
};

static void wipe(char *text)
{
	if (text) {
		vp_secret_free(text, strlen(text));
	}
}

static struct entry *find(const struct vp_provider_config *config, const char *key)
{
	for (size_t i = 0; i < config->n; i++) {
		if (strcmp(config->entries[i].key, key) == 0) {
			return (struct entry *)&config->entries[i];
		}
	}
	return NULL;
}

struct vp_provider_config *vp_provider_config_create(void)
{
	return calloc(1, sizeof(struct vp_provider_config));
}

struct vp_provider_config *vp_provider_config_destroy(struct vp_provider_config *config)
{
	if (config) {
		for (size_t i = 0; i < config->n; i++) {
			free(config->entries[i].key);
			wipe(config->entries[i].value);
		}
		free(config);
	}
	return NULL;
}

const char *vp_provider_get(const struct vp_provider_config *config,
	const struct vp_provider_driver *driver, const char *key)
{
	const struct entry *entry = find(config, key);
	const struct vp_provider_field *field = NULL;

	if (!entry && driver) {
		field = vp_provider_field(driver, key);
	}
	return entry ? entry->value : field ? field->def : NULL;
}

static void take_out(struct vp_provider_config *config, struct entry *entry)
{
	if (entry) {
		free(entry->key);
		wipe(entry->value);
		config->n--;
		memmove(entry, entry + 1,
			(size_t)(config->entries + config->n - entry) * sizeof(*entry));
	}
}

int vp_provider_set(struct vp_provider_config *config, const char *key, const char *value)
{
	struct entry *entry = find(config, key);
	struct entry made = {0};

	if (!value || value[0] == '\0') {
		take_out(config, entry);
		return 0;
	}
	if (strnlen(key, KEY_MAX + 1) > KEY_MAX || key[0] == '\0' ||
		strnlen(value, VALUE_MAX + 1) > VALUE_MAX || (!entry && config->n == ENTRIES_MAX)) {
		return E2BIG;
	}
	made.value = strdup(value);
	made.key = entry ? NULL : strdup(key);
	if (!made.value || (!entry && !made.key)) {
		free(made.key);
		wipe(made.value);
		return ENOMEM;
	}
	if (entry) {
		wipe(entry->value);
		entry->value = made.value;
	} else {
		config->entries[config->n++] = made;
	}
	return 0;
}

/* Numbers and booleans come from other systems' exports; null is as good as absent. */
static int set_json(struct vp_provider_config *config, const char *key, const json_t *value)
{
	char number[32];

	switch (json_typeof(value)) {
	case JSON_STRING: return vp_provider_set(config, key, json_string_value(value));
	case JSON_INTEGER:
		snprintf(
			number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return vp_provider_set(config, key, number);
	case JSON_TRUE: return vp_provider_set(config, key, "true");
	case JSON_FALSE: return vp_provider_set(config, key, "false");
	case JSON_NULL: return 0;
	default: return EINVAL;
	}
}

/* jansson frees its strings as they are. */
static void wipe_json(json_t *json)
{
	const char *key;
	json_t *value;

	json_object_foreach(json, key, value)
	{
		if (json_is_string(value)) {
			sodium_memzero((char *)(uintptr_t)json_string_value(value),
				json_string_length(value));
		}
	}
	json_decref(json);
}

int vp_provider_config_parse(struct vp_provider_config **ret, const char *json, size_t len)
{
	struct vp_provider_config *config = vp_provider_config_create();
	json_t *object = config ? json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const char *key;
	json_t *value;
	int err = !config ? ENOMEM : json_is_object(object) ? 0 : EINVAL;

	json_object_foreach(object, key, value)
	{
		err = err ? err : set_json(config, key, value);
	}
	wipe_json(object);
	if (err) {
		vp_provider_config_destroy(config);
		return err == ENOMEM ? ENOMEM : EINVAL;
	}
	*ret = config;
	return 0;
}

int vp_provider_config_text(
	const struct vp_provider_config *config, char **ret_json, size_t *ret_len)
{
	json_t *object = json_object();
	int err = object ? 0 : ENOMEM;
	char *text = NULL;

	for (size_t i = 0; i < config->n && !err; i++) {
		/* NULL and -1 for what is no UTF-8, which no field's check lets through */
		err = json_object_set_new(object, config->entries[i].key,
			      json_string(config->entries[i].value)) == 0
			      ? 0
			      : EINVAL;
	}
	if (!err) {
		text = json_dumps(object, JSON_COMPACT);
		err = text ? 0 : ENOMEM;
	}
	wipe_json(object);
	if (!err) {
		*ret_json = text;
		*ret_len = strlen(text);
	}
	return err;
}

static json_t *secret_hint(const char *value)
{
	size_t len = strlen(value);
	json_t *hint = json_pack("{s:b}", "set", 1);

	if (len >= LAST4_FROM) {
		json_object_set_new(hint, "last4", json_string(value + len - 4));
	}
	return hint;
}

int vp_provider_config_hint(const struct vp_provider_driver *driver,
	const struct vp_provider_config *config, char **ret_json)
{
	json_t *hint = json_object();
	char *text;

	/* only what the table knows: an unknown key may be a secret */
	for (size_t i = 0; i < driver->n_fields; i++) {
		const struct vp_provider_field *field = &driver->fields[i];
		const char *value = vp_provider_get(config, NULL, field->key);

		if (value) {
			json_object_set_new(hint, field->key,
				field->secret ? secret_hint(value) : json_string(value));
		}
	}
	text = hint ? json_dumps(hint, JSON_COMPACT) : NULL;
	json_decref(hint);
	if (!text) {
		return ENOMEM;
	}
	*ret_json = text;
	return 0;
}
