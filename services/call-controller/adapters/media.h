/* The way to the media process: requests with an answer each, events that come by themselves, over
 * a local SEQPACKET socket. Connects again by itself; what was asked when the process died fails.
 */
#ifndef CC_MEDIA_H
#define CC_MEDIA_H
#include <stdbool.h>
#include "libcommon/base/uuid.h"
#include "proto/media.pb-c.h"
#include "services/call-controller/ua/timer.h"

struct media;
struct media_op;

struct media_cfg {
	struct ua_timers *timers;
	const char *path;
	void (*on_event)(
		const struct vp_uuid *call, const Ringmain__V1__MediaEvent *event, void *arg);
	/* Connected. The calls that media still holds: those that nobody knows must be dropped. */
	void (*on_up)(const struct vp_uuid *calls, size_t n, void *arg);
	/* The process went away and every call's audio with it. */
	void (*on_down)(void *arg);
	void *arg;
};

int media_create(struct media **ret, const struct media_cfg *cfg);
struct media *media_destroy(struct media *media);
bool media_up(const struct media *media);

/* reply NULL: media did not answer (2 s) or is gone. Exactly once unless forgotten. */
typedef void media_reply_h(const Ringmain__V1__MediaReply *reply, void *arg);
/* Sets the request's id. h NULL: the answer does not matter. *slot is NULL again when it is over.
 */
int media_ask(struct media *media, Ringmain__V1__MediaRequest *req, media_reply_h *h, void *arg,
	struct media_op **slot);
void media_forget(struct media_op *op);
/* Without an answer, and without waking media for this alone: it goes with the next request, or a
 * beat of the timers later. */
int media_tell_later(struct media *media, Ringmain__V1__MediaRequest *req);

/* Between the two, requests gather and go out together: one wake-up of the process for all. May be
 * nested. */
void media_cork(struct media *media);
void media_uncork(struct media *media);
#endif
