/* What writer and reader of a spool file share: its byte layout (spool.h has the description). */
#ifndef VP_SPOOL_INT_H
#define VP_SPOOL_INT_H
#include <endian.h>
#include <stdbool.h>
#include <string.h>
#include "libcommon/spool/spool.h"

#define SPOOL_MAGIC "RMSPOOL1"
#define SPOOL_HEADER_SIZE 64
#define SPOOL_FRAME_SIZE 16 /* a frame without its payload */
#define SPOOL_FRAME_MAX (SPOOL_FRAME_SIZE + VP_SPOOL_MAX_PAYLOAD)

enum { /* offsets in the header */
	SPOOL_AT_CALL = 8,
	SPOOL_AT_START = 24,
	SPOOL_AT_START_MONO = 32,
};
enum { /* offsets in a frame */
	SPOOL_AT_KIND = 2,
	SPOOL_AT_CHANNEL = 3,
	SPOOL_AT_RTP_TS = 4,
	SPOOL_AT_TIME = 8,
};

/* vp_spool_create with another limit than VP_SPOOL_MAX_BYTES: tests reach it sooner. */
int vp_spool_create_limited(
	struct vp_spool_writer **ret, const char *path, struct vp_uuid call_id, int64_t max_bytes);

static inline void spool_put16(uint8_t *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void spool_put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void spool_put64(uint8_t *p, int64_t v)
{
	uint64_t u = htole64((uint64_t)v);
	memcpy(p, &u, sizeof(u));
}

static inline uint16_t spool_get16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static inline uint32_t spool_get32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline int64_t spool_get64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return (int64_t)le64toh(v);
}
#endif
