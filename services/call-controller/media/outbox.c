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

struct message {
	struct message *next;
	size_t len;
	uint8_t data[];
};

struct md_outbox {
	int wake_fd;
	pthread_mutex_t lock;
	struct message *head, **tail;
	unsigned queued;
};

int md_outbox_create(struct md_outbox **ret)
{
	struct md_outbox *o = calloc(1, sizeof(*o));
	if (!o) {
		return ENOMEM;
	}
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
		md_outbox_clear(outbox);
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

void md_outbox_put(struct md_outbox *outbox, const void *message, size_t len)
{
	uint64_t one = 1;
	struct message *m = malloc(sizeof(*m) + len);
	if (!m) {
		return;
	}
	m->next = NULL;
	m->len = len;
	memcpy(m->data, message, len);
	pthread_mutex_lock(&outbox->lock);
	bool wake = outbox->head == NULL;
	*outbox->tail = m;
	outbox->tail = &m->next;
	outbox->queued++;
	pthread_mutex_unlock(&outbox->lock);
	if (wake) {
		(void)!write(outbox->wake_fd, &one, sizeof(one));
	}
}

static struct message *pop(struct md_outbox *o)
{
	pthread_mutex_lock(&o->lock);
	struct message *m = o->head;
	if (m) {
		o->head = m->next;
		o->queued--;
		if (!o->head) {
			o->tail = &o->head;
		}
	}
	pthread_mutex_unlock(&o->lock);
	return m;
}

static void push_back(struct md_outbox *o, struct message *m)
{
	pthread_mutex_lock(&o->lock);
	m->next = o->head;
	if (!o->head) {
		o->tail = &m->next;
	}
	o->head = m;
	o->queued++;
	pthread_mutex_unlock(&o->lock);
}

int md_outbox_flush(struct md_outbox *outbox, int fd)
{
	uint64_t ignored;
	struct message *m;
	(void)!read(outbox->wake_fd, &ignored, sizeof(ignored));
	while ((m = pop(outbox))) {
		if (send(fd, m->data, m->len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EAGAIN) {
			push_back(outbox, m);
			return EAGAIN;
		}
		free(m); /* a connection that broke shows up as readable */
	}
	return 0;
}

void md_outbox_clear(struct md_outbox *outbox)
{
	struct message *m;
	while ((m = pop(outbox))) {
		free(m);
	}
}

unsigned md_outbox_queued(struct md_outbox *outbox)
{
	pthread_mutex_lock(&outbox->lock);
	unsigned queued = outbox->queued;
	pthread_mutex_unlock(&outbox->lock);
	return queued;
}
