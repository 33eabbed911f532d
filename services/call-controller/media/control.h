/* The controller's socket: requests in, replies and events out. It may go away and come back. */
#ifndef MD_CONTROL_H
#define MD_CONTROL_H
#include "libcommon/base/uuid.h"
#include "proto/media.pb-c.h"

#define MD_MESSAGE_MAX 65000

struct md_control;
struct md_engine;

/* Binds path (0600). A stale file is replaced; EADDRINUSE when another process serves it. */
int md_control_create(struct md_control **ret, struct md_engine *engine, const char *path);
struct md_control *md_control_destroy(struct md_control *control);
/* From here on worker 0 serves it, in its thread, until that has ended. */
int md_control_start(struct md_control *control);

/* Queues a message to the controller, from any thread; without one it is dropped. */
void md_control_reply(struct md_control *control, Ringmain__V1__MediaReply *reply);
/* As md_control_reply, but it goes with the next message, or when it is hurried. */
void md_control_reply_later(struct md_control *control, Ringmain__V1__MediaReply *reply);
void md_control_hurry(struct md_control *control);
void md_control_event(struct md_control *control, Ringmain__V1__MediaEvent *event);

/* ListCalls: each worker adds its calls, the last one sends. Owned by whoever has it. */
struct md_list {
	uint64_t request_id;
	size_t n, size;
	struct vp_uuid *ids;
};
struct md_list *md_list_free(struct md_list *list);
#endif
