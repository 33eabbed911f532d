/* See outbox.h. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/outbox.h"

#define FLUSH_BATCH 16

struct message {
	struct message *next;
	size_t len;
	uint8_t data[];
};

struct md_outbox {
	int wake_fd, fd;
	pthread_mutex_t lock;
	struct message *head, **tail;
	unsigned queued;
	bool corked;
	bool patient; /* all that waits may wait longer, and nobody was woken for it */
	bool woken;   /* wake_fd is readable */
};

int md_outbox_create(struct md_outbox **ret)
{
	struct md_outbox *o = calloc(1, sizeof(*o));
	if (!o) {
		return ENOMEM;
	}
	o->fd = -1;
	o->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (o->wake_fd < 0) {
		free(o);
		return errno;
	}
	o->tail = &o->head;
	pthread_mutex_init(&o->lock, NULL);
	*ret = o;
	return 0;
}

struct md_outbox *md_outbox_destroy(struct md_outbox *outbox)
{
	if (outbox) {
		md_outbox_attach(outbox, -1);
		close(outbox->wake_fd);
		pthread_mutex_destroy(&outbox->lock);
		free(outbox);
	}
	return NULL;
}

int md_outbox_fd(const struct md_outbox *outbox)
{
	return outbox->wake_fd;
}

static void pop(struct md_outbox *o)
{
	struct message *m = o->head;
	o->head = m->next;
	o->queued--;
	if (!o->head) {
		o->tail = &o->head;
	}
	free(m);
}

static void wake(struct md_outbox *o)
{
	uint64_t one = 1;
	o->woken = write(o->wake_fd, &one, sizeof(one)) > 0 || o->woken;
}

static void unwake(struct md_outbox *o)
{
	uint64_t ignored;
	if (o->woken) {
		o->woken = false;
		(void)!read(o->wake_fd, &ignored, sizeof(ignored));
	}
}

void md_outbox_attach(struct md_outbox *outbox, int fd)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->fd = fd;
	unwake(outbox);
	outbox->patient = false;
	while (outbox->head) {
		pop(outbox);
	}
	pthread_mutex_unlock(&outbox->lock);
}

/* False: not now. A connection that broke shows up as readable at the thread that reads it. */
static bool sent(const struct md_outbox *o, const void *message, size_t len)
{
	return send(o->fd, message, len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}

static void append(struct md_outbox *o, const void *message, size_t len)
{
	struct message *m = malloc(sizeof(*m) + len);
	if (!m) {
		return;
	}
	m->next = NULL;
	m->len = len;
	memcpy(m->data, message, len);
	if (!o->corked && !o->patient && (!o->head || o->queued == MD_OUTBOX_MAX)) {
		wake(o);
	}
	*o->tail = m;
	o->tail = &m->next;
	o->queued++;
}

/* Takes what waits off as the socket takes it; false: it takes no more now. */
static bool send_some(struct md_outbox *o)
{
	struct mmsghdr msgs[FLUSH_BATCH];
	struct iovec iov[FLUSH_BATCH];
	unsigned n = 0;
	for (struct message *m = o->head; m && n < FLUSH_BATCH; m = m->next, n++) {
		iov[n] = (struct iovec){m->data, m->len};
		msgs[n] = (struct mmsghdr){.msg_hdr = {.msg_iov = &iov[n], .msg_iovlen = 1}};
	}
	int done = sendmmsg(o->fd, msgs, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (done < 0 && errno != EAGAIN) {
		done = 1; /* broken: what waits goes nowhere */
	}
	for (int i = 0; i < done; i++) {
		pop(o);
	}
	return done > 0;
}

/* What was patient goes now. */
static void push(struct md_outbox *o)
{
	o->patient = false;
	while (o->head && send_some(o)) {
	}
	if (o->head) {
		wake(o);
	}
}

void md_outbox_put(struct md_outbox *outbox, const void *message, size_t len)
{
	pthread_mutex_lock(&outbox->lock);
	bool waits = outbox->corked || outbox->head;
	if (outbox->fd >= 0 && (waits || !sent(outbox, message, len))) {
		append(outbox, message, len);
	}
	if (outbox->patient && outbox->corked) {
		outbox->patient = false; /* who corked flushes */
	} else if (outbox->patient) {
		push(outbox);
	}
	pthread_mutex_unlock(&outbox->lock);
}

void md_outbox_put_later(struct md_outbox *outbox, const void *message, size_t len)
{
	pthread_mutex_lock(&outbox->lock);
	if (outbox->fd >= 0) {
		outbox->patient = outbox->patient || !outbox->head;
		append(outbox, message, len);
	}
	pthread_mutex_unlock(&outbox->lock);
}

void md_outbox_hurry(struct md_outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	if (outbox->patient) {
		push(outbox);
	}
	pthread_mutex_unlock(&outbox->lock);
}

void md_outbox_cork(struct md_outbox *outbox, bool on)
{
	pthread_mutex_lock(&outbox->lock);
	outbox->corked = on;
	pthread_mutex_unlock(&outbox->lock);
}

int md_outbox_flush(struct md_outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	unwake(outbox);
	while (!outbox->patient && outbox->head && send_some(outbox)) {
	}
	int err = outbox->head && !outbox->patient ? EAGAIN : 0;
	pthread_mutex_unlock(&outbox->lock);
	return err;
}

unsigned md_outbox_queued(struct md_outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	unsigned queued = outbox->queued;
	pthread_mutex_unlock(&outbox->lock);
	return queued;
}
