/* The controller's side of the socket. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "libcommon/base/base.h"
#include "tools/bench/media/peer.h"

#define MESSAGE_MAX 65000

struct event {
	struct event *next;
	Ringmain__V1__MediaMessage *msg;
};

struct peer_ctl {
	int fd;
	uint64_t next_id;
	struct event *events, **tail;
	uint8_t buf[MESSAGE_MAX];
};

int peer_ctl_open(struct peer_ctl **ret, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct peer_ctl *c = calloc(1, sizeof(*c));
	if (!c || !vp_strcopy(addr.sun_path, sizeof(addr.sun_path), path)) {
		free(c);
		return ENOMEM;
	}
	c->next_id = 1;
	c->tail = &c->events;
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int err = errno;
		peer_ctl_close(c);
		return err;
	}
	*ret = c;
	return 0;
}

void peer_free(Ringmain__V1__MediaMessage *msg)
{
	if (msg) {
		ringmain__v1__media_message__free_unpacked(msg, NULL);
	}
}

struct peer_ctl *peer_ctl_close(struct peer_ctl *ctl)
{
	if (ctl) {
		while (ctl->events) {
			struct event *e = ctl->events;
			ctl->events = e->next;
			peer_free(e->msg);
			free(e);
		}
		if (ctl->fd >= 0) {
			close(ctl->fd);
		}
		free(ctl);
	}
	return NULL;
}

int peer_ctl_fd(const struct peer_ctl *ctl)
{
	return ctl->fd;
}

static Ringmain__V1__MediaMessage *receive(struct peer_ctl *c, int64_t deadline_us)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int64_t left = (deadline_us - vp_mono_us()) / 1000;
	if (left < 0 || poll(&p, 1, (int)left) <= 0) {
		return NULL;
	}
	ssize_t n = recv(c->fd, c->buf, sizeof(c->buf), MSG_DONTWAIT);
	return n > 0 ? ringmain__v1__media_message__unpack(NULL, (size_t)n, c->buf) : NULL;
}

static void keep(struct peer_ctl *c, Ringmain__V1__MediaMessage *msg)
{
	struct event *e = calloc(1, sizeof(*e));
	vp_assert(e);
	e->msg = msg;
	*c->tail = e;
	c->tail = &e->next;
}

Ringmain__V1__MediaMessage *peer_ask(struct peer_ctl *ctl, Ringmain__V1__MediaRequest *req)
{
	req->id = ctl->next_id++;
	size_t len = ringmain__v1__media_request__get_packed_size(req);
	uint8_t *buf = malloc(len + 1);
	vp_assert(buf);
	ringmain__v1__media_request__pack(req, buf);
	ssize_t sent = send(ctl->fd, buf, len, MSG_NOSIGNAL);
	free(buf);
	if (sent != (ssize_t)len) {
		return NULL;
	}
	int64_t deadline = vp_mono_us() + PEER_WAIT_MS * 1000LL;
	Ringmain__V1__MediaMessage *msg;
	while ((msg = receive(ctl, deadline))) {
		if (msg->m_case == RINGMAIN__V1__MEDIA_MESSAGE__M_REPLY &&
			msg->reply->id == req->id) {
			return msg;
		}
		keep(ctl, msg);
	}
	return NULL;
}

static bool fits(const Ringmain__V1__MediaMessage *msg, struct vp_uuid call, uint32_t leg, int kind)
{
	if (msg->m_case != RINGMAIN__V1__MEDIA_MESSAGE__M_EVENT) {
		return false;
	}
	const Ringmain__V1__MediaEvent *ev = msg->event;
	return ev->call_id.len == sizeof(call.b) &&
	       memcmp(ev->call_id.data, call.b, sizeof(call.b)) == 0 &&
	       (leg == 0 || ev->leg == leg) && (int)ev->ev_case == kind;
}

static Ringmain__V1__MediaMessage *take_kept(
	struct peer_ctl *c, struct vp_uuid call, uint32_t leg, int kind)
{
	for (struct event **at = &c->events; *at; at = &(*at)->next) {
		struct event *e = *at;
		if (fits(e->msg, call, leg, kind)) {
			Ringmain__V1__MediaMessage *msg = e->msg;
			*at = e->next;
			if (!*at) {
				c->tail = at;
			}
			free(e);
			return msg;
		}
	}
	return NULL;
}

Ringmain__V1__MediaMessage *peer_event(
	struct peer_ctl *ctl, struct vp_uuid call, uint32_t leg, int kind, int timeout_ms)
{
	int64_t deadline = vp_mono_us() + timeout_ms * 1000LL;
	Ringmain__V1__MediaMessage *msg = take_kept(ctl, call, leg, kind);
	while (!msg) {
		Ringmain__V1__MediaMessage *next = receive(ctl, deadline);
		if (!next) {
			return NULL;
		}
		keep(ctl, next);
		msg = take_kept(ctl, call, leg, kind);
	}
	return msg;
}

void peer_ctl_discard(struct peer_ctl *ctl)
{
	while (recv(ctl->fd, ctl->buf, sizeof(ctl->buf), MSG_DONTWAIT) > 0) {
	}
}
