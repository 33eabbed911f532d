#include "services/gateway/domain/trunk_json.h"
#include "services/gateway/domain/row_json.h"

json_t *trunk_json(const struct vp_db_result *res, size_t row)
{
	json_t *trunk = json_loads(vp_db_text(res, row, TRUNK_ROW), 0, NULL);

	if (!json_is_object(trunk)) {
		json_decref(trunk);
		return NULL;
	}
	json_object_set_new(
		trunk, "provider_name", json_string(vp_db_text(res, row, TRUNK_PROVIDER_NAME)));
	json_object_set_new(trunk, "password",
		json_pack("{s:b}", "set", vp_db_bool(res, row, TRUNK_HAS_SECRET)));
	json_object_set_new(trunk, "created_at", json_time(vp_db_int(res, row, TRUNK_CREATED)));
	json_object_set_new(trunk, "updated_at", json_time(vp_db_int(res, row, TRUNK_UPDATED)));
	return trunk;
}

static void set_id(json_t *row, const char *key, struct vp_uuid id)
{
	char text[VP_UUID_TEXT_SIZE];

	vp_uuid_text(id, text);
	json_object_set_new(row, key, json_string(text));
}

void trunk_row_identify(
	json_t *row, struct vp_uuid org, struct vp_uuid id, struct vp_uuid provider, int64_t now_us)
{
	set_id(row, "org_id", org);
	set_id(row, "id", id);
	set_id(row, "provider_id", provider);
	json_object_set_new(row, "version", json_integer(1));
	json_object_set_new(row, "created_at", json_time(now_us));
	json_object_set_new(row, "updated_at", json_time(now_us));
}
