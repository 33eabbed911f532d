/* Requests on their way to the media process: those that come together go out in one call of the
 * kernel and wake it once; patient ones wait for others. */
#ifndef CC_MEDIA_OUT_H
#define CC_MEDIA_OUT_H
#include <stdbool.h>
#include <sys/uio.h>
#include "proto/media.pb-c.h"
#include "services/call-controller/ua/timer.h"

#define MEDIA_PACKET_MAX 65000
#define MEDIA_OUT_MAX 8 /* packets in one call of the kernel */

struct media_out {
	struct ua_timers *timers;
	int fd; /* -1: nobody is there */
	unsigned corks;
	bool urgent; /* not all that waits is patient */
	size_t n, len;
	struct ua_timer later;
	struct iovec iov[MEDIA_OUT_MAX];
	uint8_t bytes[2 * MEDIA_PACKET_MAX];
};

void media_out_init(struct media_out *out, struct ua_timers *timers);
/* Who is there from now on; what waited for somebody else is dropped. */
void media_out_attach(struct media_out *out, int fd);
/* Sent at once unless corked. patient: with what goes next, or on the next beat of the timers. */
int media_out_put(struct media_out *out, const Ringmain__V1__MediaRequest *req, bool patient);
int media_out_flush(struct media_out *out);
/* Between the two, requests gather. May be nested. */
void media_out_cork(struct media_out *out);
void media_out_uncork(struct media_out *out);
#endif
