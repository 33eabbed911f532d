/* A webhook that was verified, on its way into the inbox: what came, and what makes it the same as
 * another one. It is one block of memory. */
#ifndef WEBHOOK_HOOK_H
#define WEBHOOK_HOOK_H
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"

#define HOOK_BODY_MAX ((size_t)256 << 10)
#define HOOK_TARGET_MAX 8192
#define HOOK_KIND_MAX 64
#define HOOK_EXTERNAL_MAX 255
#define HOOK_HEADERS_MAX 1024

enum hook_driver { HOOK_TWILIO, HOOK_TELNYX, HOOK_DRIVER_MAX };
const char *hook_driver_name(enum hook_driver driver);
/* HOOK_DRIVER_MAX: none of that name sends webhooks. */
enum hook_driver hook_driver_find(const char *name);

struct hook {
	struct vp_uuid id; /* UUIDv7 of the arrival */
	struct vp_uuid org, provider;
	struct vp_uuid dedupe;
	enum hook_driver driver;
	int64_t received_us;
	const char *kind;        /* "status", "call.hangup" */
	const char *external_id; /* "" when it names none */
	const char *target;      /* path and query */
	const char *headers;     /* "name: value" lines */
	const char *body;
	size_t len;
};

/* Copies all of it; NULL: no memory. Freed by free. */
struct hook *hook_copy(const struct hook *from);

/* The bytes of the spool. The caller frees. */
int hook_pack(const struct hook *hook, uint8_t **ret_data, size_t *ret_len);
/* EBADMSG: they are none. Freed by free. */
int hook_unpack(const uint8_t *data, size_t len, struct hook **ret);
#endif
