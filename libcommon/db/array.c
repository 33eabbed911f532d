/* Arrays in PostgreSQL's binary form (array_recv): dimensions, flags, element type, length, lower
 * bound; then each element with its length before it. All numbers big endian. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/db/db_int.h"

#define HEAD_SIZE 20
#define AT_COUNT 12
#define FIRST_SIZE 1024
/* Unix time of 2000-01-01, where PostgreSQL's begins */
#define PG_EPOCH_US 946684800000000LL

static const struct {
	Oid array, element;
} types[] = {
	[VP_DB_ARRAY_UUID] = {2951, 2950},
	[VP_DB_ARRAY_TEXT] = {1009, 25},
	[VP_DB_ARRAY_BYTES] = {1001, 17},
	[VP_DB_ARRAY_INT] = {1016, 20},
	[VP_DB_ARRAY_TIME] = {1185, 1184},
};

static void set_u32(uint8_t *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
}

struct vp_db_array *vp_db_array_create(enum vp_db_array_type type)
{
	struct vp_db_array *array = calloc(1, sizeof(*array));
	uint8_t *data = malloc(FIRST_SIZE);
	if (!array || !data) {
		free(array);
		free(data);
		return NULL;
	}
	*array = (struct vp_db_array){.type = types[type].array,
		.element = types[type].element,
		.data = data,
		.len = HEAD_SIZE,
		.size = FIRST_SIZE};
	set_u32(data, 1);
	set_u32(data + 4, 0);
	set_u32(data + 8, array->element);
	set_u32(data + AT_COUNT, 0);
	set_u32(data + 16, 1);
	return array;
}

struct vp_db_array *vp_db_array_destroy(struct vp_db_array *array)
{
	if (array) {
		free(array->data);
		free(array);
	}
	return NULL;
}

static uint8_t *room(struct vp_db_array *array, size_t len)
{
	size_t need = array->len + len;
	if (need > array->size) {
		size_t size = array->size * 2 > need ? array->size * 2 : need;
		uint8_t *data = realloc(array->data, size);
		if (!data) {
			array->failed = true;
			return NULL;
		}
		array->data = data;
		array->size = size;
	}
	uint8_t *at = array->data + array->len;
	array->len = need;
	return at;
}

void vp_db_array_put(struct vp_db_array *array, const void *data, size_t len)
{
	uint8_t *at = array->failed ? NULL : room(array, 4 + len);
	if (at) {
		set_u32(at, (uint32_t)len);
		if (len > 0) {
			memcpy(at + 4, data, len);
		}
		set_u32(array->data + AT_COUNT, ++array->n);
	}
}

void vp_db_array_put_uuid(struct vp_db_array *array, struct vp_uuid id)
{
	vp_db_array_put(array, id.b, sizeof(id.b));
}

void vp_db_array_put_int(struct vp_db_array *array, int64_t value)
{
	if (array->type == types[VP_DB_ARRAY_TIME].array) {
		value -= PG_EPOCH_US;
	}
	uint64_t bytes = htobe64((uint64_t)value);
	vp_db_array_put(array, &bytes, sizeof(bytes));
}
