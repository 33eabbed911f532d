#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/import.h"
#include "tools/voip/import/value.h"

enum { PRIORITY_OF_ZERO = 1000 };

/* 2000-01-01 */
#define NO_TIME_US INT64_C(946684800000000)

json_t *row_create(struct vp_uuid id)
{
	json_t *row = json_object();

	if (row) {
		row_uuid(row, "id", id);
	}
	return row;
}

/* Bytes of the first max characters. */
static size_t cut_at(const char *text, size_t max)
{
	size_t len = 0;

	for (; text[len]; len++) {
		if (((unsigned char)text[len] & 0xc0) != 0x80 && max-- == 0) {
			break;
		}
	}
	return len;
}

void row_text(json_t *row, const char *key, const char *text)
{
	if (text && *text) {
		json_object_set_new(row, key, json_stringn(text, cut_at(text, IMPORT_NAME_MAX)));
	}
}

void row_uuid(json_t *row, const char *key, struct vp_uuid id)
{
	char text[VP_UUID_TEXT_SIZE];

	if (!vp_uuid_is_nil(id)) {
		vp_uuid_text(id, text);
		json_object_set_new(row, key, json_string(text));
	}
}

void row_time(json_t *row, const char *key, int64_t time_us)
{
	char text[VP_TIME_TEXT_SIZE];

	if (time_us) {
		vp_time_text(time_us, text);
		json_object_set_new(row, key, json_string(text));
	}
}

long row_priority(enum source_id id, const struct source_row *row)
{
	return PRIORITY_OF_ZERO - value_int(source_cell(id, row, "priority"), -PRIORITY_OF_ZERO,
					  PRIORITY_OF_ZERO - 1, 0);
}

int64_t row_created(enum source_id id, const struct source_row *row)
{
	int64_t at;

	return value_time(source_cell(id, row, "created_at"), &at) ? at : NO_TIME_US;
}

struct vp_uuid row_reference(struct import *im, enum source_id id, const char *row_id)
{
	const struct source_row *row = source_find(im->source, id, row_id);

	return row && row->comes ? row->uuid : (struct vp_uuid){0};
}
