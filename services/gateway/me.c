#include <stdlib.h>
#include <string.h>
#include "services/gateway/me.h"

/* "|a|b|" as sorted array */
static json_t *list_json(const char *list)
{
	json_t *array = json_array();
	for (const char *at = list + (*list == '|'); *at != '\0';) {
		size_t len = strcspn(at, "|");
		if (len != 0) {
			json_array_append_new(array, json_stringn(at, len));
		}
		at += len + (at[len] == '|');
	}
	return array;
}

json_t *me_json(const struct identity *who, const char *csrf)
{
	char user[VP_UUID_TEXT_SIZE], org[VP_UUID_TEXT_SIZE];
	vp_uuid_text(who->user, user);
	vp_uuid_text(who->org, org);
	return json_pack(
		"{s:b, s:{s:s, s:s, s:s, s:s, s:s, s:o, s:o}, s:{s:s, s:s, s:s, s:s}, s:s?}",
		"success", 1, "user", "id", user, "email", who->email, "name", who->name, "locale",
		who->locale, "timezone", who->timezone, "roles", list_json(who->roles),
		"permissions", list_json(who->permissions), "org", "id", org, "name", who->org_name,
		"default_region", who->default_region, "timezone", who->org_timezone, "csrf_token",
		csrf);
}
