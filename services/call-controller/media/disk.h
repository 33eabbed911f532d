/* The recording tap: workers gather frames in memory and hand them to one thread that writes, so
 * that a slow disk delays no packet. */
#ifndef MD_DISK_H
#define MD_DISK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"
#include "libcommon/spool/spool.h"

struct md_disk;
struct md_tap; /* of one call; the worker's handle */

/* Called on the disk's thread: opened tells the result of md_tap_open (with its token), failed that
 * a recording ended early (once a tap). */
struct md_disk_handlers {
	void (*opened)(uint64_t token, int err, void *arg);
	void (*failed)(struct vp_uuid call_id, int err, void *arg);
	void *arg;
};

int md_disk_create(struct md_disk **ret, const struct md_disk_handlers *handlers);
/* Writes what waits, then ends the thread. All taps must be closed. */
struct md_disk *md_disk_destroy(struct md_disk *disk);

int md_tap_open(struct md_tap **ret, struct md_disk *disk, struct vp_uuid call_id, const char *path,
	uint64_t token);
/* Keeps a frame until the next flush. */
void md_tap_put(struct md_tap *tap, const struct vp_spool_frame *frame);
/* Hands over what was kept; call it each 200 ms. */
void md_tap_flush(struct md_tap *tap);
/* Ends the file cleanly; the handle is gone. Returns NULL. */
struct md_tap *md_tap_close(struct md_tap *tap);
const char *md_tap_path(const struct md_tap *tap);
#endif
