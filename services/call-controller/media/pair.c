/* See pair.h. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/socket.h>
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/pair.h"

#define IDLE_US (30 * 1000000LL) /* nobody needed it for so long */
#define RESTED_MAX 4096          /* of a worker */

static struct md_pair *take(struct md_worker *w, struct md_pair *pair)
{
	TAILQ_REMOVE(&w->rested, pair, link);
	w->n_rested--;
	atomic_fetch_sub(&w->engine->rested, 1);
	return pair;
}

/* The one that has rested longest, and at least so long; NULL: there is none. */
static struct md_pair *rested_for(struct md_worker *w, int64_t us)
{
	struct md_pair *pair = TAILQ_FIRST(&w->rested);
	return pair && w->now_us - pair->since_us >= us ? take(w, pair) : NULL;
}

static void sit(struct md_seat *seat, struct md_sock *sock)
{
	sock->fd = seat->fd;
	sock->seat = seat;
	seat->sock = sock;
}

static int make(
	struct md_pair **ret, struct md_worker *w, struct md_sock *rtp, struct md_sock *rtcp)
{
	struct md_pair *pair = calloc(1, sizeof(*pair));
	if (!pair) {
		return ENOMEM;
	}
	rtp->seat = &pair->seats[0];
	rtcp->seat = &pair->seats[1];
	int err = md_sock_open_pair(rtp, rtcp, w, &pair->even);
	if (err) {
		TAILQ_INSERT_TAIL(&w->dead, pair, link); /* it was watched for a moment */
		return err;
	}
	*ret = pair;
	return 0;
}

int md_pair_open(
	struct md_pair **ret, struct md_worker *worker, struct md_sock *rtp, struct md_sock *rtcp)
{
	struct md_pair *pair = rested_for(worker, MD_PORT_REST_US);
	int err = pair ? 0 : make(ret, worker, rtp, rtcp);
	if (err) { /* no port, no descriptor: better one that has hardly rested than none */
		pair = rested_for(worker, 0);
	}
	if (!pair) {
		return err;
	}
	sit(&pair->seats[0], rtp);
	sit(&pair->seats[1], rtcp);
	*ret = pair;
	return 0;
}

static void leave(struct md_seat *seat, struct md_sock *sock)
{
	seat->sock = NULL;
	seat->fd = sock->fd;
	sock->fd = -1;
}

static void shut(struct md_worker *w, struct md_pair *pair)
{
	for (int i = 0; i < 2; i++) {
		close(pair->seats[i].fd); /* takes it out of the epoll */
		pair->seats[i].fd = -1;
	}
	md_ports_give(w->engine->ports, pair->even);
	TAILQ_INSERT_TAIL(&w->dead, pair, link);
}

void md_pair_leave(struct md_pair *pair, struct md_worker *worker, struct md_sock *rtp,
	struct md_sock *rtcp, bool reuse)
{
	leave(&pair->seats[0], rtp);
	leave(&pair->seats[1], rtcp);
	if (!reuse || worker->n_rested >= RESTED_MAX || md_ports_scarce(worker->engine->ports)) {
		shut(worker, pair);
		return;
	}
	pair->since_us = worker->now_us;
	TAILQ_INSERT_TAIL(&worker->rested, pair, link);
	worker->n_rested++;
	atomic_fetch_add(&worker->engine->rested, 1);
}

void md_pair_sweep(struct md_worker *worker, int64_t now_us)
{
	const bool scarce = md_ports_scarce(worker->engine->ports);
	struct md_pair *pair;
	while ((pair = TAILQ_FIRST(&worker->rested)) &&
		(scarce || now_us - pair->since_us > IDLE_US)) {
		shut(worker, take(worker, pair));
	}
}

void md_pair_bury(struct md_worker *worker)
{
	struct md_pair *pair;
	while ((pair = TAILQ_FIRST(&worker->dead))) {
		TAILQ_REMOVE(&worker->dead, pair, link);
		free(pair);
	}
}

void md_pair_close_all(struct md_worker *worker)
{
	struct md_pair *pair;
	while ((pair = TAILQ_FIRST(&worker->rested))) {
		shut(worker, take(worker, pair));
	}
	md_pair_bury(worker);
}
