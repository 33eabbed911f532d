#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/crypto/crypto.h"
#include "services/gateway/domain/provider_input.h"
#include "services/gateway/domain/secret_way.h"
#include "services/gateway/domain/text.h"

#define PRIORITY_MAX 1000

void fault_add(json_t *faults, const char *field, const char *sentence)
{
	if (!json_object_get(faults, field)) {
		json_object_set_new(faults, field, json_string(sentence));
	}
}

static void read_name(const json_t *value, struct provider_input *ret, json_t *faults)
{
	const char *name = json_string_value(value);

	if (!value) {
		return;
	}
	if (!name || strspn(name, " ") == strlen(name) || !text_is_clean(name)) {
		fault_add(faults, "name", "A name is needed, so that people can tell it apart.");
	} else if (text_length(name) > PROVIDER_NAME_MAX) {
		fault_add(faults, "name", "It is too long: at most 100 characters.");
	} else {
		ret->name = name;
	}
}

static void read_driver(const json_t *value, const struct vp_provider_driver *stored,
	struct provider_input *ret, json_t *faults)
{
	const char *name = json_string_value(value);
	const struct vp_provider_driver *named = name ? vp_provider_find(name) : NULL;

	ret->driver = stored ? stored : named;
	if (stored && value && named != stored) {
		fault_add(faults, "driver",
			"The kind of a provider cannot change. Create another one and activate "
			"it.");
	} else if (!ret->driver) {
		fault_add(faults, "driver", "It must be twilio, telnyx or sip.");
	}
}

static void read_numbers(const json_t *body, struct provider_input *ret, json_t *faults)
{
	const json_t *priority = json_object_get(body, "priority"),
		     *version = json_object_get(body, "version");

	if (priority) {
		ret->has_priority = true;
		ret->priority = json_integer_value(priority);
		if (!json_is_integer(priority) || ret->priority < 0 ||
			ret->priority > PRIORITY_MAX) {
			fault_add(faults, "priority", "It must be a whole number from 0 to 1000.");
		}
	}
	if (version) {
		ret->version = json_integer_value(version);
		if (!json_is_integer(version) || ret->version < 1) {
			fault_add(faults, "version", "It must be the version that was read.");
		}
	}
}

void provider_input_read(const json_t *body, const struct vp_provider_driver *driver,
	struct provider_input *ret, json_t *faults)
{
	static const char *const known[] = {"name", "driver", "priority", "version", "config"};
	const char *key;
	json_t *value;

	*ret = (struct provider_input){0};
	json_object_foreach((json_t *)(uintptr_t)body, key, value)
	{
		bool is_known = false;

		for (size_t i = 0; i < VP_ARRAY_LEN(known); i++) {
			is_known = is_known || strcmp(known[i], key) == 0;
		}
		if (!is_known) {
			fault_add(faults, key, "There is no such field here.");
		}
	}
	read_name(json_object_get(body, "name"), ret, faults);
	read_driver(json_object_get(body, "driver"), driver, ret, faults);
	read_numbers(body, ret, faults);
	ret->config = json_object_get(body, "config");
	if (ret->config && !json_is_object(ret->config)) {
		fault_add(faults, "config", "It must be an object: the settings by their keys.");
		ret->config = NULL;
	}
	if (!driver && !ret->name) {
		fault_add(faults, "name", "A name is needed, so that people can tell it apart.");
	}
}

/* --- the config --- */

/* A secret is taken as it is but for the line end that pasting brings; other text loses the blanks
 * around it. NULL: no memory. */
static char *tidy(const struct vp_provider_field *field, const char *text, size_t len)
{
	const char *ends = field->secret ? "\r\n" : " \t\r\n";

	while (len > 0 && strchr(ends, text[len - 1])) {
		len--;
	}
	while (!field->secret && len > 0 && strchr(ends, *text)) {
		text++;
		len--;
	}
	return strndup(text, len);
}

/* Text without control characters, line ends apart where the setting has lines. */
static bool is_clean(const struct vp_provider_field *field, const char *text)
{
	if (field->kind != VP_FIELD_LINES) {
		return text_is_clean(text);
	}
	for (; *text; text++) {
		if ((*text < 0x20 && *text != '\n' && *text != '\r') || *text >= 0x7f) {
			return false;
		}
	}
	return true;
}

static bool set_text(const struct vp_provider_field *field, const char *region,
	struct vp_provider_config *config, const char *text, json_t *faults)
{
	char e164[VP_E164_SIZE];

	if (strlen(text) > PROVIDER_VALUE_MAX || !is_clean(field, text)) {
		fault_add(faults, field->key,
			"It is too long, or has characters that no such setting has.");
		return true;
	}
	if (field->kind == VP_FIELD_PHONE && *text &&
		vp_e164_normalize(text, region, e164) == VP_E164_OK) {
		text = e164;
	}
	return vp_provider_set(config, field->key, text) == 0;
}

/* What a client got from us as "there is a secret" may come back: it keeps the secret. */
static bool keeps(const struct vp_provider_field *field, const json_t *value)
{
	return field->secret &&
	       (json_is_object(value) || (json_is_string(value) && json_string_length(value) == 0));
}

static bool merge_value(const struct vp_provider_field *field, const json_t *value,
	const char *region, struct vp_provider_config *config, json_t *faults)
{
	char number[32];
	bool done;

	if (json_is_null(value)) {
		return vp_provider_set(config, field->key, NULL) == 0;
	}
	if (json_is_boolean(value)) {
		return set_text(
			field, region, config, json_is_true(value) ? "true" : "false", faults);
	}
	if (json_is_integer(value)) {
		(void)snprintf(
			number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return set_text(field, region, config, number, faults);
	}
	if (!json_is_string(value) ||
		strlen(json_string_value(value)) != json_string_length(value)) {
		fault_add(faults, field->key, "It must be text.");
		return true;
	}
	char *text = tidy(field, json_string_value(value), json_string_length(value));

	done = text && set_text(field, region, config, text, faults);
	if (text) {
		vp_secret_free(text, strlen(text));
	}
	return done;
}

/* --- what is not sent elsewhere --- */

static bool was_sent(const struct provider_input *input, const struct vp_provider_field *field)
{
	const json_t *value = json_object_get(input->config, field->key);

	return value && !keeps(field, value);
}

/* Takes out what was entered for another way; false: nothing was. */
static bool forget_secrets(
	const struct provider_input *input, struct vp_provider_config *config, json_t *changed)
{
	bool any = false;

	for (size_t i = 0; i < input->driver->n_fields; i++) {
		const struct vp_provider_field *field = &input->driver->fields[i];

		if (field->secret && !was_sent(input, field) &&
			vp_provider_get(config, NULL, field->key)) {
			(void)vp_provider_set(config, field->key, NULL);
			json_array_append_new(changed, json_string(field->key));
			any = true;
		}
	}
	return any;
}

struct whole {
	const struct provider_input *input;
	json_t *faults;
	enum secret_way way; /* SECRET_WAY_SAME: no secret was forgotten */
};

static void on_fault(const char *key, const char *sentence, void *arg)
{
	const struct whole *whole = arg;
	const struct vp_provider_field *field = vp_provider_field(whole->input->driver, key);

	fault_add(whole->faults, key,
		whole->way != SECRET_WAY_SAME && field->secret && !was_sent(whole->input, field)
			? secret_way_sentence(whole->way)
			: sentence);
}

/* False: no memory. */
static bool merge(const struct provider_input *input, const char *region,
	struct vp_provider_config *config, json_t *faults, json_t *changed)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)input->config, key, value)
	{
		const struct vp_provider_field *field = vp_provider_field(input->driver, key);

		if (!field) {
			fault_add(faults, key, "This kind of provider has no such setting.");
		} else if (field->operator_only) {
			fault_add(faults, key,
				"This is set on the server only: `voip help provider` has it.");
		} else if (!keeps(field, value)) {
			if (!merge_value(field, value, region, config, faults)) {
				return false;
			}
			json_array_append_new(changed, json_string(key));
		}
	}
	return true;
}

static struct vp_provider_config *copy_config(const struct vp_provider_config *config)
{
	struct vp_provider_config *copy = NULL;
	char *json;
	size_t len;

	if (vp_provider_config_text(config, &json, &len) == 0) {
		(void)vp_provider_config_parse(&copy, json, len);
		vp_secret_free(json, len);
	}
	return copy;
}

bool provider_input_merge(const struct provider_input *input, const char *region,
	struct vp_provider_config *config, json_t *faults, json_t *changed)
{
	struct vp_provider_config *was = copy_config(config);
	struct whole whole = {.input = input, .faults = faults};
	const bool done = was && merge(input, region, config, faults, changed);

	if (done) {
		whole.way = secret_way_of(input->driver, was, config);
		if (whole.way != SECRET_WAY_SAME && !forget_secrets(input, config, changed)) {
			whole.way = SECRET_WAY_SAME;
		}
		vp_provider_check(input->driver, config, on_fault, &whole);
	}
	vp_provider_config_destroy(was);
	return done;
}
