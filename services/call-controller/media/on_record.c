/* Record: starts the tap; off pauses it, on with the same path goes on; the call's end ends it. */
#include <errno.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/request.h"

#define MAX_PATH 1024

static void mark(struct md_call *call, enum vp_spool_kind kind)
{
	struct vp_spool_frame frame = {.kind = kind, .mono_us = call->worker->now_us};
	md_tap_put(call->tap, &frame);
}

static void pause_or_resume(struct md_call *call, bool pause)
{
	if (call->tap_paused != pause) {
		call->tap_paused = pause;
		mark(call, pause ? VP_SPOOL_PAUSE : VP_SPOOL_RESUME);
	}
}

static void begin(struct md_request *req, const char *path)
{
	if (path[0] != '/' || strlen(path) > MAX_PATH) {
		md_request_fail(req, EINVAL, "path must be absolute");
		return;
	}
	req->call->tap = md_tap_close(req->call->tap);
	int err = md_tap_open(
		&req->call->tap, req->worker->engine->disk, req->call_id, path, req->msg->id);
	if (err) {
		md_request_fail(req, err, "out of memory");
		return;
	}
	req->call->tap_paused = false;
	req->later = true; /* the disk's thread knows whether it worked */
}

void on_record(struct md_request *req)
{
	const Ringmain__V1__Record *op = req->msg->record;
	struct md_tap *tap = req->call->tap;
	bool same = tap && (!op->path[0] || strcmp(md_tap_path(tap), op->path) == 0);
	if (op->on && !same) {
		begin(req, op->path);
	} else if (tap) {
		pause_or_resume(req->call, !op->on);
	}
}
