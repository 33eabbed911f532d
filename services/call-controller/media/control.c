/* See control.h. One controller at a time: a newer connection replaces the older one. Worker 0
 * reads the socket in its own loop: calls fill it before any other (placement.c), so most requests
 * are done by the thread that got them, without a hand-over. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/outbox.h"
#include "services/call-controller/media/request.h"

#define BATCH 8 /* requests taken in one turn: packets and timers have theirs between */

struct md_control {
	struct md_engine *engine;
	char *path;
	int lock_fd;
	struct md_sock listening, peer, waking; /* in the epoll of worker 0 */
	bool blocked;                           /* the peer takes no more: waiting for EPOLLOUT */
	struct md_outbox *outbox;
	struct iovec iov[BATCH];
	struct mmsghdr msgs[BATCH];
	uint8_t *buf; /* a message of each */
};

static struct md_worker *worker_of(const struct md_control *c)
{
	return &c->engine->workers[0];
}

static void disconnect(struct md_control *c, const char *why)
{
	if (c->peer.fd < 0) {
		return;
	}
	vp_log(INFO, "controller.gone", VP_KV_STR("why", why));
	atomic_store(&c->engine->controlled, false);
	md_outbox_attach(c->outbox, -1); /* before the number may name another file */
	md_sock_close(&c->peer, worker_of(c));
	c->blocked = false;
}

static bool peer_is_us(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	       (cred.uid == geteuid() || cred.uid == 0);
}

static void on_connect(struct md_sock *sock, struct md_worker *worker)
{
	struct md_control *c = MD_CONTAINER(sock, struct md_control, listening);
	int size = 1 << 20;
	int fd = accept4(sock->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		return;
	}
	if (!peer_is_us(fd)) {
		close(fd);
		return;
	}
	disconnect(c, "replaced");
	if (md_sock_watch(&c->peer, worker, fd) != 0) {
		close(fd);
		return;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	md_outbox_attach(c->outbox, fd);
	atomic_store(&c->engine->controlled, true);
	vp_log(INFO, "controller.connected", VP_KV_INT("calls", md_engine_calls(c->engine)));
}

static void list_calls(struct md_control *c, uint64_t request_id)
{
	struct md_list *list = calloc(1, sizeof(*list));
	if (list) {
		list->request_id = request_id;
		md_request_list(worker_of(c), list);
	}
}

static void refuse(struct md_control *c, uint64_t id, Ringmain__V1__MediaError error, char *reason)
{
	Ringmain__V1__MediaReply reply = RINGMAIN__V1__MEDIA_REPLY__INIT;
	reply.id = id;
	reply.error = error;
	reply.reason = reason;
	md_control_reply(c, &reply);
}

static bool makes_calls(const Ringmain__V1__MediaRequest *req)
{
	return req->op_case == RINGMAIN__V1__MEDIA_REQUEST__OP_BROWSER_OFFER ||
	       req->op_case == RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_OFFER ||
	       req->op_case == RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_REMOTE_OFFER;
}

/* By the worker that has the call; takes req when that is another. */
static void post(struct md_control *c, Ringmain__V1__MediaRequest **req)
{
	struct vp_uuid id;
	memcpy(id.b, (*req)->call_id.data, sizeof(id.b));
	int worker = md_placement_find(c->engine->placement, id, makes_calls(*req));
	if (worker < 0) {
		refuse(c, (*req)->id, RINGMAIN__V1__MEDIA_ERROR__MEDIA_UNKNOWN_CALL,
			"no such call");
		return;
	}
	if (worker == 0) {
		md_request_handle(worker_of(c), *req);
		return;
	}
	struct md_mail *mail = calloc(1, sizeof(*mail));
	if (mail) {
		mail->kind = MD_MAIL_REQUEST;
		mail->req = VP_TAKE(*req);
		md_worker_post(&c->engine->workers[worker], mail);
	}
}

static void dispatch(struct md_control *c, Ringmain__V1__MediaRequest *req)
{
	if (req->op_case == RINGMAIN__V1__MEDIA_REQUEST__OP_LIST) {
		list_calls(c, req->id);
	} else if (req->op_case == RINGMAIN__V1__MEDIA_REQUEST__OP__NOT_SET) {
		refuse(c, req->id, RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST, "no operation");
	} else if (req->call_id.len != sizeof(struct vp_uuid)) {
		refuse(c, req->id, RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST, "call_id");
	} else {
		post(c, &req);
	}
	if (req) {
		ringmain__v1__media_request__free_unpacked(req, NULL);
	}
}

static void on_message(struct md_control *c, const uint8_t *data, size_t len)
{
	Ringmain__V1__MediaRequest *req =
		len > MD_MESSAGE_MAX ? NULL : ringmain__v1__media_request__unpack(NULL, len, data);
	if (req) {
		dispatch(c, req);
	} else {
		disconnect(c, "bad message");
	}
}

static int receive(struct md_control *c)
{
	for (size_t i = 0; i < BATCH; i++) {
		c->iov[i] = (struct iovec){c->buf + i * (MD_MESSAGE_MAX + 1), MD_MESSAGE_MAX + 1};
		c->msgs[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &c->iov[i], .msg_iovlen = 1}};
	}
	int n = recvmmsg(c->peer.fd, c->msgs, BATCH, MSG_DONTWAIT, NULL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		disconnect(c, "closed");
	}
	return n;
}

static void watch_writable(struct md_control *c, bool on)
{
	struct epoll_event ev = {
		.events = EPOLLIN | (on ? EPOLLOUT : 0U), .data.ptr = &c->peer.own};
	c->blocked = on;
	(void)epoll_ctl(worker_of(c)->epoll_fd, EPOLL_CTL_MOD, c->peer.fd, &ev);
}

static void flush(struct md_control *c)
{
	if (md_outbox_queued(c->outbox) > MD_OUTBOX_MAX) {
		disconnect(c, "too slow");
	}
	bool blocked = c->peer.fd >= 0 && md_outbox_flush(c->outbox) == EAGAIN;
	if (c->peer.fd >= 0 && blocked != c->blocked) {
		watch_writable(c, blocked);
	}
}

static void on_peer(struct md_sock *sock, struct md_worker *worker)
{
	struct md_control *c = MD_CONTAINER(sock, struct md_control, peer);
	const int fd = sock->fd;
	if (c->blocked) {
		flush(c);
	}
	int n = sock->fd == fd ? receive(c) : 0;
	worker->now_us = vp_mono_us();
	if (n > 1) { /* answers to requests that came together leave together */
		md_outbox_cork(c->outbox, true);
	}
	for (int i = 0; i < n && sock->fd == fd; i++) {
		if (c->msgs[i].msg_len == 0) {
			disconnect(c, "closed");
		} else {
			on_message(c, c->iov[i].iov_base, c->msgs[i].msg_len);
		}
	}
	if (n > 1) {
		md_outbox_cork(c->outbox, false);
		flush(c);
	}
}

static void on_waking(struct md_sock *sock, struct md_worker *worker)
{
	(void)worker;
	flush(MD_CONTAINER(sock, struct md_control, waking));
}

static void queue(struct md_control *c, const Ringmain__V1__MediaMessage *msg,
	void (*put)(struct md_outbox *outbox, const void *message, size_t len))
{
	if (!atomic_load(&c->engine->controlled)) {
		return;
	}
	size_t len = ringmain__v1__media_message__get_packed_size(msg);
	uint8_t *buf = len <= MD_MESSAGE_MAX ? malloc(len + 1) : NULL;
	if (buf) {
		ringmain__v1__media_message__pack(msg, buf);
		put(c->outbox, buf, len);
		free(buf);
	}
}

static void reply_by(struct md_control *c, Ringmain__V1__MediaReply *reply,
	void (*put)(struct md_outbox *outbox, const void *message, size_t len))
{
	if (reply->id == 0) {
		return; /* nobody waits for it */
	}
	Ringmain__V1__MediaMessage msg = RINGMAIN__V1__MEDIA_MESSAGE__INIT;
	msg.m_case = RINGMAIN__V1__MEDIA_MESSAGE__M_REPLY;
	msg.reply = reply;
	queue(c, &msg, put);
}

void md_control_reply(struct md_control *control, Ringmain__V1__MediaReply *reply)
{
	reply_by(control, reply, md_outbox_put);
}

void md_control_reply_later(struct md_control *control, Ringmain__V1__MediaReply *reply)
{
	reply_by(control, reply, md_outbox_put_later);
}

void md_control_hurry(struct md_control *control)
{
	md_outbox_hurry(control->outbox);
}

void md_control_event(struct md_control *control, Ringmain__V1__MediaEvent *event)
{
	Ringmain__V1__MediaMessage msg = RINGMAIN__V1__MEDIA_MESSAGE__INIT;
	msg.m_case = RINGMAIN__V1__MEDIA_MESSAGE__M_EVENT;
	msg.event = event;
	queue(control, &msg, md_outbox_put);
}

/* Who holds the lock serves the path; whatever file stands there is left over. */
static int lock_path(struct md_control *c)
{
	VP_CLEANUP(vp_freep) char *name = vp_strf("%s.lock", c->path);
	c->lock_fd = name ? open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	if (c->lock_fd < 0) {
		return name ? errno : ENOMEM;
	}
	if (flock(c->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		return errno == EWOULDBLOCK ? EADDRINUSE : errno;
	}
	unlink(c->path);
	return 0;
}

static int listen_on(struct md_control *c)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	if (!vp_strcopy(addr.sun_path, sizeof(addr.sun_path), c->path)) {
		return ENAMETOOLONG;
	}
	int err = lock_path(c);
	if (err) {
		return err;
	}
	c->listening.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->listening.fd < 0) {
		return errno;
	}
	mode_t old = umask(0177); /* nobody else, not even for a moment */
	err = bind(c->listening.fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? errno : 0;
	umask(old);
	return err ? err : listen(c->listening.fd, 4) < 0 ? errno : 0;
}

static int set_up(struct md_control *c, const char *path)
{
	c->path = strdup(path);
	c->buf = malloc((size_t)BATCH * (MD_MESSAGE_MAX + 1));
	if (!c->path || !c->buf) {
		return ENOMEM;
	}
	int err = md_outbox_create(&c->outbox);
	return err ? err : listen_on(c);
}

int md_control_create(struct md_control **ret, struct md_engine *engine, const char *path)
{
	struct md_control *c = calloc(1, sizeof(*c));
	if (!c) {
		return ENOMEM;
	}
	c->engine = engine;
	c->listening = (struct md_sock){.fd = -1, .ready = on_connect};
	c->peer = (struct md_sock){.fd = -1, .ready = on_peer};
	c->waking = (struct md_sock){.fd = -1, .ready = on_waking};
	c->lock_fd = -1;
	int err = set_up(c, path);
	if (err) {
		md_control_destroy(c);
		return err;
	}
	*ret = c;
	return 0;
}

int md_control_start(struct md_control *control)
{
	struct md_worker *w = worker_of(control);
	int err = md_sock_watch(&control->waking, w, md_outbox_fd(control->outbox));
	return err ? err : md_sock_watch(&control->listening, w, control->listening.fd);
}

static void close_if_open(int fd)
{
	if (fd >= 0) {
		close(fd);
	}
}

struct md_control *md_control_destroy(struct md_control *control)
{
	if (control) {
		disconnect(control, "stopping");
		if (control->listening.fd >= 0) {
			unlink(control->path);
		}
		close_if_open(control->listening.fd);
		close_if_open(control->lock_fd);
		md_outbox_destroy(control->outbox);
		free(control->path);
		free(control->buf);
		free(control);
	}
	return NULL;
}

struct md_list *md_list_free(struct md_list *list)
{
	if (list) {
		free(list->ids);
		free(list);
	}
	return NULL;
}
