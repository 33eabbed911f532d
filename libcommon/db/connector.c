/* One attempt to connect, in a thread: libpq looks host names up blocking, and tries the hosts of a
 * URL one after the other. The owner may walk away at any time; the last of the two cleans up. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "libcommon/db/db_int.h"

struct db_connector {
	pthread_mutex_t lock;
	unsigned refs;
	bool done;
	PGconn *pg;
	struct db_target *target;
	int notify_fd; /* of the owner; -1 once it left */
};

static void deref(struct db_connector *c)
{
	pthread_mutex_lock(&c->lock);
	bool last = --c->refs == 0;
	pthread_mutex_unlock(&c->lock);
	if (!last) {
		return;
	}
	PQfinish(c->pg);
	db_target_deref(c->target);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static void *connect_main(void *arg)
{
	struct db_connector *c = arg;
	PGconn *pg = db_target_connect(c->target);
	pthread_mutex_lock(&c->lock);
	c->pg = pg;
	c->done = true;
	if (c->notify_fd >= 0) { /* under the lock: the owner closes it only after it left */
		eventfd_write(c->notify_fd, 1);
	}
	pthread_mutex_unlock(&c->lock);
	deref(c);
	return NULL;
}

static int start_thread(struct db_connector *c)
{
	sigset_t all, old;
	sigfillset(&all);
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals stay with the threads of the service */
	pthread_t thread;
	int err = pthread_create(&thread, &attr, connect_main, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return err;
}

int db_connector_create(struct db_connector **ret, struct db_target *target, int notify_fd)
{
	struct db_connector *c = calloc(1, sizeof(*c));
	if (!c) {
		return ENOMEM;
	}
	pthread_mutex_init(&c->lock, NULL);
	c->refs = 2;
	c->notify_fd = notify_fd;
	c->target = db_target_ref(target);
	int err = start_thread(c);
	if (err) {
		c->refs = 1;
		deref(c);
		return err;
	}
	*ret = c;
	return 0;
}

bool db_connector_done(struct db_connector *c, PGconn **ret_pg)
{
	pthread_mutex_lock(&c->lock);
	bool done = c->done;
	if (done) {
		*ret_pg = VP_TAKE(c->pg);
	}
	pthread_mutex_unlock(&c->lock);
	return done;
}

struct db_connector *db_connector_destroy(struct db_connector *c)
{
	if (c) {
		pthread_mutex_lock(&c->lock);
		c->notify_fd = -1;
		pthread_mutex_unlock(&c->lock);
		deref(c);
	}
	return NULL;
}
