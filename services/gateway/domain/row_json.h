/* Rows of a result as JSON, by a table of columns. */
#ifndef GATEWAY_ROW_JSON_H
#define GATEWAY_ROW_JSON_H
#include <jansson.h>
#include "libcommon/db/db.h"

enum column_type {
	COLUMN_TEXT,
	COLUMN_MAYBE, /* text; null and "" are null */
	COLUMN_INT,
	COLUMN_BOOL,
	COLUMN_TIME, /* microseconds since 1970; null is null */
	COLUMN_JSON, /* jsonb */
	COLUMN_SKIP, /* the caller reads it */
};
struct column {
	const char *key;
	enum column_type type;
};

/* Adds the columns first, first + 1, ... of a row to an object. EILSEQ, ENOMEM. */
int row_to_json(json_t *object, const struct vp_db_result *res, size_t row, size_t first,
	const struct column *columns, size_t n);
json_t *json_time(int64_t time_us); /* RFC 3339 */
#endif
