/* UUIDv7, RFC 9562 sections 5.7 and 6.2 (method 1): 48 bits of Unix milliseconds, then a counter of
 * 26 bits (rand_a and the top of rand_b) that starts anywhere in its lower half each millisecond,
 * then 48 random bits. A full counter borrows from the next millisecond. */
#include <pthread.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/base/uuid.h"

#define COUNTER_BITS 26
#define COUNTER_MAX ((1u << COUNTER_BITS) - 1)
#define MS_MAX ((UINT64_C(1) << 48) - 1)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last_ms;
static uint32_t counter;

static void put_ms(uint8_t b[16], uint64_t ms)
{
	for (int i = 0; i < 6; i++) {
		b[i] = (uint8_t)(ms >> (40 - 8 * i));
	}
}

/* Moves the shared clock and counter on; the pair is unique in this process. */
static uint32_t next_tick(uint64_t now_ms, uint32_t seed, uint64_t *ret_ms)
{
	uint32_t count;

	pthread_mutex_lock(&lock);
	if (now_ms > last_ms) {
		last_ms = now_ms;
		counter = seed & (COUNTER_MAX >> 1);
	} else if (counter == COUNTER_MAX) {
		last_ms++;
		counter = 0;
	} else {
		counter++;
	}
	*ret_ms = last_ms;
	count = counter;
	pthread_mutex_unlock(&lock);
	return count;
}

struct vp_uuid vp_uuid_new(void)
{
	struct {
		uint32_t seed;
		uint8_t tail[6];
	} rnd;
	struct vp_uuid id;
	uint64_t ms;
	uint32_t count;

	vp_random(&rnd, sizeof(rnd));
	count = next_tick((uint64_t)vp_time_us() / 1000, rnd.seed, &ms);
	put_ms(id.b, ms);
	id.b[6] = (uint8_t)(0x70 | (count >> 22));
	id.b[7] = (uint8_t)(count >> 14);
	id.b[8] = (uint8_t)(0x80 | ((count >> 8) & 0x3f));
	id.b[9] = (uint8_t)count;
	memcpy(id.b + 10, rnd.tail, sizeof(rnd.tail));
	return id;
}

struct vp_uuid vp_uuid_floor(int64_t time_us)
{
	struct vp_uuid id = {0};
	uint64_t ms = time_us > 0 ? (uint64_t)time_us / 1000 : 0;

	put_ms(id.b, ms > MS_MAX ? MS_MAX : ms);
	id.b[6] = 0x70;
	id.b[8] = 0x80;
	return id;
}

int64_t vp_uuid_time_us(struct vp_uuid id)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++) {
		ms = ms << 8 | id.b[i];
	}
	return ms * 1000;
}

void vp_uuid_text(struct vp_uuid id, char text[VP_UUID_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10) {
			*text++ = '-';
		}
		*text++ = hex[id.b[i] >> 4];
		*text++ = hex[id.b[i] & 15];
	}
	*text = '\0';
}

bool vp_uuid_parse(const char *text, struct vp_uuid *ret_id)
{
	struct vp_uuid id;
	int n = 0;

	if (!text) {
		return false;
	}
	for (int i = 0; i < VP_UUID_TEXT_SIZE - 1; i++) {
		int digit;

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-') {
				return false;
			}
			continue;
		}
		digit = vp_hex_digit(text[i]);
		if (digit < 0) {
			return false;
		}
		id.b[n / 2] = (uint8_t)(n % 2 ? id.b[n / 2] << 4 | digit : digit);
		n++;
	}
	if (text[VP_UUID_TEXT_SIZE - 1] != '\0') {
		return false;
	}
	*ret_id = id;
	return true;
}

bool vp_uuid_equal(struct vp_uuid a, struct vp_uuid b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

bool vp_uuid_is_nil(struct vp_uuid id)
{
	return vp_uuid_equal(id, (struct vp_uuid){0});
}
