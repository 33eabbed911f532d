/* One recording that a user may hear, for the routes that serve it. */
#ifndef GATEWAY_RECORDING_H
#define GATEWAY_RECORDING_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "services/gateway/gateway.h"

struct recording {
	struct vp_uuid id, call;
	const char *key;    /* path below the recording folder */
	const char *disk;   /* local, s3 */
	const char *format; /* ogg, wav */
	int64_t started_us;
	int64_t duration_ms;
	unsigned channels;
	const uint8_t *peaks;
	size_t n_peaks;
};
/* Called only with a recording that is stored and that who may hear; all else is answered already.
 * rec is valid in the call. */
typedef void recording_h(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct recording *rec);
void recording_find(
	struct gateway *gw, struct vp_http_req *req, const struct identity *who, recording_h *h);
/* False for a key that would leave its folder. */
bool recording_key_ok(const char *key);
#endif
