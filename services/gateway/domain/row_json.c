#include <errno.h>
#include "libcommon/base/base.h"
#include "services/gateway/domain/row_json.h"

json_t *json_time(int64_t time_us)
{
	char text[VP_TIME_TEXT_SIZE];

	vp_time_text(time_us, text);
	return json_string(text);
}

static json_t *value(const struct vp_db_result *res, size_t row, size_t col, enum column_type type)
{
	const char *text = vp_db_text(res, row, col);
	bool is_null = vp_db_is_null(res, row, col);

	switch (type) {
	case COLUMN_TEXT: return json_string(text);
	case COLUMN_MAYBE: return *text ? json_string(text) : json_null();
	case COLUMN_INT: return json_integer(vp_db_int(res, row, col));
	case COLUMN_BOOL: return json_boolean(vp_db_bool(res, row, col));
	case COLUMN_TIME: return is_null ? json_null() : json_time(vp_db_int(res, row, col));
	case COLUMN_JSON: return is_null ? json_null() : json_loads(text, JSON_DECODE_ANY, NULL);
	case COLUMN_SKIP: break;
	}
	return NULL;
}

int row_to_json(json_t *object, const struct vp_db_result *res, size_t row, size_t first,
	const struct column *columns, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (columns[i].type != COLUMN_SKIP &&
			json_object_set_new(object, columns[i].key,
				value(res, row, first + i, columns[i].type)) != 0) {
			return EILSEQ;
		}
	}
	return 0;
}
