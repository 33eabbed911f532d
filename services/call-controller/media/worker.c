/* The worker's loop: packets first, then mail, then timers, then the burials. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <re.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/call.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/pair.h"
#include "services/call-controller/media/request.h"

#define EVENTS 64 /* few, so that mail and timers are not kept waiting */
#define FLUSH_US 200000
#define COUNT_US 1000000

static void take_mail(struct md_worker *w)
{
	pthread_mutex_lock(&w->lock);
	struct md_mail *mail = VP_TAKE(w->mail);
	w->mail_tail = &w->mail;
	pthread_mutex_unlock(&w->lock);
	while (mail) {
		struct md_mail *next = mail->next;
		switch (mail->kind) {
		case MD_MAIL_REQUEST: md_request_handle(w, mail->req); break;
		case MD_MAIL_LIST: md_request_list(w, VP_TAKE(mail->list)); break;
		case MD_MAIL_STOP: w->stop = true; break;
		}
		if (mail->req) {
			ringmain__v1__media_request__free_unpacked(mail->req, NULL);
		}
		free(mail);
		mail = next;
	}
}

/* What need not go at once: recordings, and replies that only confirm. */
static void flush(struct md_timer *timer, int64_t now_us)
{
	struct md_worker *w = MD_CONTAINER(timer, struct md_worker, flush_timer);
	for (unsigned i = 0; i < MD_CALL_BUCKETS; i++) {
		for (struct md_call *c = w->calls[i]; c; c = c->next) {
			if (c->tap) {
				md_tap_flush(c->tap);
			}
		}
	}
	if (w->owes) {
		w->owes = false;
		md_control_hurry(w->engine->control);
	}
	md_timer_start(&w->wheel, timer, now_us + FLUSH_US);
}

/* The packet path counts in plain numbers; what is new goes to the metrics once a second. */
static void tell_counts(struct md_timer *timer, int64_t now_us)
{
	struct md_worker *w = MD_CONTAINER(timer, struct md_worker, count_timer);
	for (unsigned i = 0; i < MD_FLOW_MAX; i++) {
		vp_metric_add(w->engine->m_flow[i], (int64_t)(w->flows[i] - w->flows_told[i]));
		w->flows_told[i] = w->flows[i];
	}
	for (unsigned i = 0; i < MD_DROP_MAX; i++) {
		vp_metric_add(w->engine->m_drop[i], (int64_t)(w->drops[i] - w->drops_told[i]));
		w->drops_told[i] = w->drops[i];
	}
	md_pair_sweep(w, now_us);
	md_timer_start(&w->wheel, timer, now_us + COUNT_US);
}

/* Late packets for a leg that has gone. */
static void pass_over(struct md_worker *w, const struct md_seat *seat)
{
	if (seat->fd >= 0 && recv(seat->fd, w->rx->buf, MD_PACKET_MAX, MSG_DONTWAIT) >= 0) {
		w->flows[MD_TRUNK_IN]++;
		w->drops[MD_DROP_SOURCE]++;
	}
}

static void bury(struct md_worker *w)
{
	md_pair_bury(w);
	while (w->buried) {
		struct md_leg *leg = w->buried;
		w->buried = leg->next;
		md_leg_free(leg);
	}
}

void md_worker_turn(struct md_worker *worker)
{
	struct epoll_event events[EVENTS];
	int wait = md_wheel_wait_ms(&worker->wheel, vp_mono_us());
	int n = epoll_wait(worker->epoll_fd, events, EVENTS, wait);
	bool mail = false;
	for (int i = 0; i < n; i++) {
		struct md_seat *seat = events[i].data.ptr;
		if (!seat) {
			uint64_t ignored;
			mail = read(worker->wake_fd, &ignored, sizeof(ignored)) > 0;
		} else if (!seat->sock) {
			pass_over(worker, seat);
		} else if (seat->sock->fd >= 0) {
			seat->sock->ready(seat->sock, worker);
		}
	}
	worker->now_us = vp_mono_us();
	if (mail) {
		take_mail(worker);
	}
	md_wheel_run(&worker->wheel, worker->now_us);
	bury(worker);
}

static void drop_calls(struct md_worker *w)
{
	for (unsigned i = 0; i < MD_CALL_BUCKETS; i++) {
		while (w->calls[i]) {
			md_call_drop(w->calls[i]);
		}
	}
	bury(w);
}

static void *worker_main(void *arg)
{
	struct md_worker *w = arg;
	md_timer_start(&w->wheel, &w->flush_timer, w->now_us + FLUSH_US);
	md_timer_start(&w->wheel, &w->count_timer, w->now_us + COUNT_US);
	while (!w->stop) {
		md_worker_turn(w);
	}
	drop_calls(w);
	tell_counts(&w->count_timer, w->now_us);
	return NULL;
}

static int set_up(struct md_worker *w)
{
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct epoll_event ev = {.events = EPOLLIN};
	if (w->epoll_fd < 0 || w->wake_fd < 0 ||
		epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->wake_fd, &ev) < 0) {
		return errno;
	}
	w->rx = mbuf_alloc(MD_RTP_HEADER + MD_PACKET_MAX + 1 + MD_SRTP_TAIL);
	w->stun = mbuf_alloc(MD_PACKET_MAX);
	w->out = malloc(MD_RTP_HEADER + MD_PACKET_MAX + MD_SRTP_TAIL);
	return w->rx && w->stun && w->out ? 0 : ENOMEM;
}

int md_worker_init(struct md_worker *worker, struct md_engine *engine, unsigned index)
{
	worker->engine = engine;
	worker->index = index;
	worker->mail_tail = &worker->mail;
	TAILQ_INIT(&worker->rested);
	TAILQ_INIT(&worker->dead);
	worker->now_us = vp_mono_us();
	worker->flush_timer.fire = flush;
	worker->count_timer.fire = tell_counts;
	pthread_mutex_init(&worker->lock, NULL);
	md_wheel_init(&worker->wheel, worker->now_us);
	return set_up(worker);
}

int md_worker_start(struct md_worker *worker)
{
	sigset_t all, old; /* signals are the main thread's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int err = pthread_create(&worker->thread, NULL, worker_main, worker);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	worker->runs = err == 0;
	return err;
}

void md_worker_stop(struct md_worker *worker)
{
	if (!worker->engine) {
		return;
	}
	if (worker->runs) {
		struct md_mail *mail = calloc(1, sizeof(*mail));
		vp_assert(mail);
		mail->kind = MD_MAIL_STOP;
		md_worker_post(worker, mail);
		pthread_join(worker->thread, NULL);
	}
	take_mail(worker); /* what came after the stop */
	drop_calls(worker);
	md_pair_close_all(worker);
	close(worker->epoll_fd);
	close(worker->wake_fd);
	mem_deref(worker->rx);
	mem_deref(worker->stun);
	free(worker->out);
	pthread_mutex_destroy(&worker->lock);
	worker->engine = NULL;
}

void md_worker_post(struct md_worker *worker, struct md_mail *mail)
{
	uint64_t one = 1;
	mail->next = NULL;
	pthread_mutex_lock(&worker->lock);
	bool wake = worker->mail == NULL;
	*worker->mail_tail = mail;
	worker->mail_tail = &mail->next;
	pthread_mutex_unlock(&worker->lock);
	if (wake && write(worker->wake_fd, &one, sizeof(one)) < 0) {
		return; /* only when the counter is full: it is awake then */
	}
}

struct md_call *md_worker_find(struct md_worker *worker, struct vp_uuid id)
{
	struct md_call *c = worker->calls[md_call_bucket(id)];
	while (c && !vp_uuid_equal(c->id, id)) {
		c = c->next;
	}
	return c;
}

void md_worker_bury(struct md_worker *worker, struct md_leg *leg)
{
	leg->next = worker->buried;
	worker->buried = leg;
}
