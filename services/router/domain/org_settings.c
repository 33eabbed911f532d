#include <jansson.h>
#include <string.h>

#include "services/router/domain/org_settings.h"

static void close_all(struct org_settings *settings, const char *region)
{
	destination_default(&settings->dial, region);
	settings->dial.region[0] = '\0';
}

/* Adds each prefix of a list; the number of those that are none. */
static unsigned add_list(struct destination_policy *policy, const json_t *list, bool allow)
{
	unsigned faults = 0;
	size_t i;
	json_t *entry;

	if (!list) {
		return 0;
	}
	if (!json_is_array(list)) {
		return 1;
	}
	json_array_foreach((json_t *)list, i, entry)
	{
		const char *prefix = json_string_value(entry);

		faults += !prefix || !destination_add(policy, prefix, allow);
	}
	return faults;
}

static void take_dial(struct org_settings *settings, const json_t *dial, const char *region)
{
	unsigned denies;

	if (!dial) {
		return;
	}
	settings->faults += !json_is_object(dial);
	settings->faults += add_list(&settings->dial, json_object_get(dial, "allow"), true);
	denies = add_list(&settings->dial, json_object_get(dial, "deny"), false);
	if (denies > 0) {
		settings->faults += denies;
		close_all(settings, region);
	}
}

static void take_ring_timeout(struct org_settings *settings, const json_t *value)
{
	json_int_t seconds = json_integer_value(value);

	if (!value) {
		return;
	}
	if (!json_is_integer(value) || seconds < RING_TIMEOUT_MIN_S ||
		seconds > RING_TIMEOUT_MAX_S) {
		settings->faults++;
		return;
	}
	settings->ring_timeout_in_s = (uint32_t)seconds;
}

static void take_record(struct org_settings *settings, const json_t *value)
{
	if (value && !json_is_boolean(value)) {
		settings->faults++;
	} else if (value) {
		settings->record = json_is_true(value);
	}
}

void org_settings_parse(struct org_settings *settings, const char *json, const char *region)
{
	json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);

	*settings = (struct org_settings){.record = true, .ring_timeout_in_s = RING_TIMEOUT_IN_S};
	destination_default(&settings->dial, region);
	if (json_is_object(root)) {
		take_dial(settings, json_object_get(root, "dial"), region);
		take_record(settings, json_object_get(root, "record"));
		take_ring_timeout(settings, json_object_get(root, "ring_timeout_s"));
	} else {
		settings->faults++;
	}
	json_decref(root);
}
