/* UUIDv7 (RFC 9562 section 5.7): 48 bits of milliseconds, a counter, random bits; sortable */
#ifndef VP_UUID_H
#define VP_UUID_H
#include <stdbool.h>
#include <stdint.h>

struct vp_uuid {
	uint8_t b[16];
};
#define VP_UUID_TEXT_SIZE 37

/* Makes the next id. Ids made by one process are strictly increasing, also within a millisecond
 * and when the clock steps back. Safe from any thread. */
struct vp_uuid vp_uuid_new(void);

/* The lowest possible UUIDv7 of a moment: lower bound of time filters and partitions. */
struct vp_uuid vp_uuid_floor(int64_t time_us);

/* Unix time in microseconds (a millisecond's resolution) held by a UUIDv7. */
int64_t vp_uuid_time_us(struct vp_uuid id);

/* Lower-case text with dashes, NUL at the end. */
void vp_uuid_text(struct vp_uuid id, char text[VP_UUID_TEXT_SIZE]);

/* Reads 8-4-4-4-12 hexadecimal text of any version; false when it is anything else. */
bool vp_uuid_parse(const char *text, struct vp_uuid *ret_id);

bool vp_uuid_equal(struct vp_uuid a, struct vp_uuid b);
bool vp_uuid_is_nil(struct vp_uuid id);
#endif
