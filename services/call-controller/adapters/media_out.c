#include <errno.h>
#include <sys/socket.h>
#include "libcommon/base/base.h"
#include "services/call-controller/adapters/media_out.h"

static void on_later(void *arg)
{
	(void)media_out_flush(arg);
}

void media_out_init(struct media_out *out, struct ua_timers *timers)
{
	out->timers = timers;
	out->fd = -1;
}

static void forget_all(struct media_out *out)
{
	ua_timer_stop(out->timers, &out->later);
	out->n = out->len = 0;
	out->urgent = false;
}

void media_out_attach(struct media_out *out, int fd)
{
	forget_all(out);
	out->fd = fd;
}

int media_out_flush(struct media_out *out)
{
	struct mmsghdr msgs[MEDIA_OUT_MAX];
	const size_t n = out->n;
	int sent;

	for (size_t i = 0; i < n; i++) {
		msgs[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &out->iov[i], .msg_iovlen = 1}};
	}
	forget_all(out);
	if (n == 0 || out->fd < 0) {
		return out->fd < 0 ? ENOTCONN : 0;
	}
	sent = sendmmsg(out->fd, msgs, (unsigned)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent == (int)n) {
		return 0;
	}
	return sent < 0 && errno != EAGAIN ? ENOTCONN : EAGAIN; /* what waits for it times out */
}

static int make_room(struct media_out *out, size_t len)
{
	const bool full = out->n == MEDIA_OUT_MAX || out->len + len > sizeof(out->bytes);

	return full ? media_out_flush(out) : 0;
}

int media_out_put(struct media_out *out, const Ringmain__V1__MediaRequest *req, bool patient)
{
	const size_t len = ringmain__v1__media_request__get_packed_size(req);
	int err;

	if (out->fd < 0 || len > MEDIA_PACKET_MAX) {
		return out->fd < 0 ? ENOTCONN : EMSGSIZE;
	}
	err = make_room(out, len);
	if (err) {
		return err;
	}
	out->iov[out->n++] = (struct iovec){out->bytes + out->len, len};
	out->len += ringmain__v1__media_request__pack(req, out->bytes + out->len);
	out->urgent = out->urgent || !patient;
	if (out->urgent) {
		return out->corks == 0 ? media_out_flush(out) : 0;
	}
	if (!ua_timer_running(&out->later)) {
		ua_timer_beat(out->timers, &out->later, on_later, out);
	}
	return 0;
}

void media_out_cork(struct media_out *out)
{
	out->corks++;
}

void media_out_uncork(struct media_out *out)
{
	if (--out->corks == 0 && out->urgent) {
		(void)media_out_flush(out);
	}
}
