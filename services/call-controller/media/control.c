/* See control.h. One controller at a time: a newer connection replaces the older one. */
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

#define MAX_BURST 64 /* requests taken before replies get their turn */

struct md_control {
	struct md_engine *engine;
	char *path;
	int epoll_fd, listen_fd, lock_fd, fd;
	bool blocked; /* the socket is full: waiting for EPOLLOUT */
	struct md_outbox *outbox;
	uint8_t *buf;
};

static void disconnect(struct md_control *c, const char *why)
{
	if (c->fd < 0) {
		return;
	}
	vp_log(INFO, "controller.gone", VP_KV_STR("why", why));
	atomic_store(&c->engine->controlled, false);
	md_outbox_attach(c->outbox, -1); /* before the number may name another file */
	close(c->fd);
	c->fd = -1;
	c->blocked = false;
}

static bool peer_is_us(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	       (cred.uid == geteuid() || cred.uid == 0);
}

static void on_connect(struct md_control *c)
{
	int size = 1 << 20;
	int fd = accept4(c->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		return;
	}
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &c->fd};
	if (!peer_is_us(fd) || epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0) {
		close(fd);
		return;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	disconnect(c, "replaced");
	c->fd = fd;
	md_outbox_attach(c->outbox, fd);
	atomic_store(&c->engine->controlled, true);
	vp_log(INFO, "controller.connected", VP_KV_INT("calls", md_engine_calls(c->engine)));
}

static void post_list(struct md_engine *engine, uint64_t request_id)
{
	struct md_mail *mail = calloc(1, sizeof(*mail));
	struct md_list *list = calloc(1, sizeof(*list));
	if (!mail || !list) {
		free(mail);
		free(list);
		return;
	}
	list->request_id = request_id;
	mail->kind = MD_MAIL_LIST;
	mail->list = list;
	md_worker_post(&engine->workers[0], mail);
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

/* To the worker that has the call; takes req when it went. */
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
		post_list(c->engine, req->id);
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

/* One message; false when there is none left. */
static bool receive(struct md_control *c)
{
	ssize_t n = recv(c->fd, c->buf, MD_MESSAGE_MAX + 1, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return false;
	}
	if (n <= 0) {
		disconnect(c, "closed");
		return false;
	}
	Ringmain__V1__MediaRequest *req =
		n > MD_MESSAGE_MAX ? NULL
				   : ringmain__v1__media_request__unpack(NULL, (size_t)n, c->buf);
	if (!req) {
		disconnect(c, "bad message");
		return false;
	}
	dispatch(c, req);
	return true;
}

static void watch_writable(struct md_control *c, bool on)
{
	struct epoll_event ev = {.events = EPOLLIN | (on ? EPOLLOUT : 0U), .data.ptr = &c->fd};
	c->blocked = on;
	(void)epoll_ctl(c->epoll_fd, EPOLL_CTL_MOD, c->fd, &ev);
}

static void flush(struct md_control *c)
{
	bool blocked = c->fd >= 0 && md_outbox_flush(c->outbox) == EAGAIN;
	if (c->fd >= 0 && blocked != c->blocked) {
		watch_writable(c, blocked);
	}
}

void md_control_drain(struct md_control *control)
{
	struct epoll_event events[4];
	int n = epoll_wait(control->epoll_fd, events, 4, 0);
	for (int i = 0; i < n; i++) {
		const int *which = events[i].data.ptr;
		if (which == &control->listen_fd) {
			on_connect(control);
		} else if (which && control->fd >= 0 && events[i].events & ~(uint32_t)EPOLLOUT) {
			for (int k = 0; k < MAX_BURST && receive(control); k++) {
			}
		}
	}
	if (md_outbox_queued(control->outbox) > MD_OUTBOX_MAX) {
		disconnect(control, "too slow");
	}
	flush(control);
}

static void queue(struct md_control *c, const Ringmain__V1__MediaMessage *msg)
{
	if (!atomic_load(&c->engine->controlled)) {
		return;
	}
	size_t len = ringmain__v1__media_message__get_packed_size(msg);
	uint8_t *buf = len <= MD_MESSAGE_MAX ? malloc(len + 1) : NULL;
	if (buf) {
		ringmain__v1__media_message__pack(msg, buf);
		md_outbox_put(c->outbox, buf, len);
		free(buf);
	}
}

void md_control_reply(struct md_control *control, Ringmain__V1__MediaReply *reply)
{
	if (reply->id == 0) {
		return; /* nobody waits for it */
	}
	Ringmain__V1__MediaMessage msg = RINGMAIN__V1__MEDIA_MESSAGE__INIT;
	msg.m_case = RINGMAIN__V1__MEDIA_MESSAGE__M_REPLY;
	msg.reply = reply;
	queue(control, &msg);
}

void md_control_event(struct md_control *control, Ringmain__V1__MediaEvent *event)
{
	Ringmain__V1__MediaMessage msg = RINGMAIN__V1__MEDIA_MESSAGE__INIT;
	msg.m_case = RINGMAIN__V1__MEDIA_MESSAGE__M_EVENT;
	msg.event = event;
	queue(control, &msg);
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
	c->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->listen_fd < 0) {
		return errno;
	}
	mode_t old = umask(0177); /* nobody else, not even for a moment */
	err = bind(c->listen_fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? errno : 0;
	umask(old);
	return err ? err : listen(c->listen_fd, 4) < 0 ? errno : 0;
}

/* which: what drain sees; NULL is the outbox. */
static int watch(struct md_control *c, int fd, int *which)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = which};
	return epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0 ? errno : 0;
}

static int set_up(struct md_control *c, const char *path)
{
	c->path = strdup(path);
	c->buf = malloc(MD_MESSAGE_MAX + 1);
	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!c->path || !c->buf || c->epoll_fd < 0) {
		return ENOMEM;
	}
	int err = md_outbox_create(&c->outbox);
	if (!err) {
		err = listen_on(c);
	}
	if (!err) {
		err = watch(c, md_outbox_fd(c->outbox), NULL);
	}
	return err ? err : watch(c, c->listen_fd, &c->listen_fd);
}

int md_control_create(struct md_control **ret, struct md_engine *engine, const char *path)
{
	struct md_control *c = calloc(1, sizeof(*c));
	if (!c) {
		return ENOMEM;
	}
	c->engine = engine;
	c->listen_fd = c->lock_fd = c->fd = c->epoll_fd = -1;
	int err = set_up(c, path);
	if (err) {
		md_control_destroy(c);
		return err;
	}
	*ret = c;
	return 0;
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
		if (control->listen_fd >= 0) {
			unlink(control->path);
		}
		close_if_open(control->listen_fd);
		close_if_open(control->lock_fd);
		close_if_open(control->epoll_fd);
		md_outbox_destroy(control->outbox);
		free(control->path);
		free(control->buf);
		free(control);
	}
	return NULL;
}

int md_control_fd(const struct md_control *control)
{
	return control->epoll_fd;
}

struct md_list *md_list_free(struct md_list *list)
{
	if (list) {
		free(list->ids);
		free(list);
	}
	return NULL;
}
