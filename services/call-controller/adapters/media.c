#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <re.h>
#include "libcommon/base/base.h"
#include "services/call-controller/adapters/media.h"
#include "services/call-controller/adapters/media_out.h"

#define ARENA_SIZE (256 * 1024)
#define ANSWER_MS 2000
#define RETRY_MS 250
#define OPS_HASH 1024
#define BATCH 8 /* packets in one call of the kernel */
#define BATCHES_A_WAKE 8

struct media_op {
	struct le le;
	uint64_t id;
	struct media *media;
	struct ua_timer deadline;
	media_reply_h *handler;
	void *arg;
	struct media_op **slot;
};

struct media {
	struct media_cfg cfg;
	int fd;
	bool up; /* the list of calls was answered */
	uint64_t last_id;
	struct hash *ops;
	struct ua_timer retry;
	struct media_op *list;
	size_t arena_used;
	struct media_out out;
	struct iovec iov[BATCH];
	struct mmsghdr msgs[BATCH];
	uint8_t packets[BATCH][MEDIA_PACKET_MAX];
	uint8_t arena[ARENA_SIZE]; /* of the message being handled */
};

/* --- requests under way --- */

void media_forget(struct media_op *op)
{
	if (!op) {
		return;
	}
	if (op->slot) {
		*op->slot = NULL;
	}
	ua_timer_stop(op->media->cfg.timers, &op->deadline);
	hash_unlink(&op->le);
	free(op);
}

static void op_done(struct media_op *op, const Ringmain__V1__MediaReply *reply)
{
	media_reply_h *handler = op->handler;
	void *arg = op->arg;

	media_forget(op);
	handler(reply, arg);
}

static void on_deadline(void *arg)
{
	op_done(arg, NULL);
}

static bool same_id(struct le *le, void *arg)
{
	const struct media_op *op = le->data;

	return op->id == *(uint64_t *)arg;
}

static bool any(struct le *le, void *arg)
{
	(void)le;
	(void)arg;
	return true;
}

static void fail_all(struct media *media)
{
	struct le *le;

	while ((le = hash_apply(media->ops, any, NULL)) != NULL) {
		op_done(le->data, NULL);
	}
}

/* --- connection --- */

static void on_retry(void *arg);

static void disconnect(struct media *media)
{
	const bool was_up = media->up;

	if (media->fd >= 0) {
		fd_close(media->fd);
		(void)close(media->fd);
		media->fd = -1;
	}
	media_out_attach(&media->out, -1);
	media->up = false;
	ua_timer_start(media->cfg.timers, &media->retry, RETRY_MS, on_retry, media);
	fail_all(media);
	if (was_up) {
		media->cfg.on_down(media->cfg.arg);
	}
}

static void on_list(const Ringmain__V1__MediaReply *reply, void *arg)
{
	struct media *media = arg;
	struct vp_uuid *calls = reply ? calloc(reply->n_call_ids + 1, sizeof(*calls)) : NULL;
	size_t n = 0;

	if (!calls) {
		disconnect(media);
		return;
	}
	for (size_t i = 0; i < reply->n_call_ids; i++) {
		if (reply->call_ids[i].len == sizeof(calls[n].b)) {
			memcpy(calls[n++].b, reply->call_ids[i].data, sizeof(calls[0].b));
		}
	}
	media->up = true;
	media->cfg.on_up(calls, n, media->cfg.arg);
	free(calls);
}

/* Memory of a decoded message: a bump allocator, empty again after each. */
static void *arena_alloc(void *data, size_t size)
{
	struct media *media = data;
	const size_t need = (size + 15) & ~(size_t)15;
	void *p = media->arena + media->arena_used;

	if (need > sizeof(media->arena) - media->arena_used) {
		return NULL;
	}
	media->arena_used += need;
	return p;
}

static void arena_free(void *data, void *p)
{
	(void)data;
	(void)p;
}

static void on_reply(struct media *media, const Ringmain__V1__MediaReply *reply)
{
	uint64_t id = reply->id;
	struct le *le = hash_lookup(media->ops, (uint32_t)id, same_id, &id);

	if (le) {
		op_done(le->data, reply);
	}
}

static void on_event(struct media *media, const Ringmain__V1__MediaEvent *event)
{
	struct vp_uuid call;

	if (event->call_id.len == sizeof(call.b)) {
		memcpy(call.b, event->call_id.data, sizeof(call.b));
		media->cfg.on_event(&call, event, media->cfg.arg);
	}
}

static void on_packet(struct media *media, const uint8_t *packet, size_t len)
{
	ProtobufCAllocator arena = {arena_alloc, arena_free, media};
	Ringmain__V1__MediaMessage *msg;

	media->arena_used = 0;
	msg = ringmain__v1__media_message__unpack(&arena, len, packet);
	if (!msg) {
		return;
	}
	if (msg->m_case == RINGMAIN__V1__MEDIA_MESSAGE__M_REPLY) {
		on_reply(media, msg->reply);
	} else if (msg->m_case == RINGMAIN__V1__MEDIA_MESSAGE__M_EVENT) {
		on_event(media, msg->event);
	}
}

static int receive(struct media *media)
{
	for (size_t i = 0; i < BATCH; i++) {
		media->iov[i] = (struct iovec){media->packets[i], MEDIA_PACKET_MAX};
		media->msgs[i] =
			(struct mmsghdr){.msg_hdr = {.msg_iov = &media->iov[i], .msg_iovlen = 1}};
	}
	return recvmmsg(media->fd, media->msgs, BATCH, MSG_DONTWAIT, NULL);
}

/* False: no more now. */
static bool take_batch(struct media *media)
{
	const int n = receive(media);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		disconnect(media);
	}
	for (int i = 0; i < n && media->fd >= 0; i++) {
		if (media->msgs[i].msg_len == 0) {
			disconnect(media); /* the end of what it sent */
		} else {
			on_packet(media, media->packets[i], media->msgs[i].msg_len);
		}
	}
	return n == BATCH && media->fd >= 0;
}

static void on_readable(int flags, void *arg)
{
	struct media *media = arg;

	(void)flags;
	for (unsigned i = 0; i < BATCHES_A_WAKE && take_batch(media); i++) {
	}
}

static int connect_now(struct media *media)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	Ringmain__V1__MediaRequest req = RINGMAIN__V1__MEDIA_REQUEST__INIT;
	Ringmain__V1__ListCalls list = RINGMAIN__V1__LIST_CALLS__INIT;

	if (!vp_strcopy(addr.sun_path, sizeof(addr.sun_path), media->cfg.path)) {
		return ENAMETOOLONG;
	}
	media->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (media->fd < 0) {
		return errno;
	}
	if (connect(media->fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0 ||
		fd_listen(media->fd, FD_READ, on_readable, media) != 0) {
		return ECONNREFUSED;
	}
	media_out_attach(&media->out, media->fd);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_LIST;
	req.list = &list;
	return media_ask(media, &req, on_list, media, &media->list);
}

static void on_retry(void *arg)
{
	struct media *media = arg;

	if (connect_now(media)) {
		disconnect(media);
	}
}

/* --- public --- */

bool media_up(const struct media *media)
{
	return media->up;
}

void media_cork(struct media *media)
{
	media_out_cork(&media->out);
}

void media_uncork(struct media *media)
{
	media_out_uncork(&media->out);
}

int media_tell_later(struct media *media, Ringmain__V1__MediaRequest *req)
{
	req->id = 0;
	return media_out_put(&media->out, req, true);
}

int media_ask(struct media *media, Ringmain__V1__MediaRequest *req, media_reply_h *h, void *arg,
	struct media_op **slot)
{
	struct media_op *op;
	int err;

	req->id = h ? ++media->last_id : 0; /* 0: no reply */
	err = media_out_put(&media->out, req, false);
	if (err || !h) {
		return err;
	}
	op = calloc(1, sizeof(*op));
	if (!op) {
		return ENOMEM;
	}
	op->id = req->id;
	op->media = media;
	op->handler = h;
	op->arg = arg;
	op->slot = slot;
	if (slot) {
		*slot = op;
	}
	hash_append(media->ops, (uint32_t)op->id, &op->le, op);
	ua_timer_start(media->cfg.timers, &op->deadline, ANSWER_MS, on_deadline, op);
	return 0;
}

int media_create(struct media **ret, const struct media_cfg *cfg)
{
	struct media *media = calloc(1, sizeof(*media));

	if (!media) {
		return ENOMEM;
	}
	media->cfg = *cfg;
	media->fd = -1;
	media_out_init(&media->out, cfg->timers);
	if (hash_alloc(&media->ops, OPS_HASH)) {
		free(media);
		return ENOMEM;
	}
	ua_timer_start(cfg->timers, &media->retry, 1, on_retry, media);
	*ret = media;
	return 0;
}

struct media *media_destroy(struct media *media)
{
	struct le *le;

	if (!media) {
		return NULL;
	}
	ua_timer_stop(media->cfg.timers, &media->retry);
	while ((le = hash_apply(media->ops, any, NULL)) != NULL) {
		media_forget(le->data);
	}
	mem_deref(media->ops);
	(void)media_out_flush(&media->out);
	if (media->fd >= 0) {
		fd_close(media->fd);
		(void)close(media->fd);
	}
	free(media);
	return NULL;
}
