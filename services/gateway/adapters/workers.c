#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "services/gateway/adapters/workers.h"

#define MAX_THREADS 16

struct job {
	struct job *next;
	void (*work)(void *arg);
	void (*done)(void *arg);
	void *arg;
};

struct queue {
	struct job *head, **tail;
};

struct workers {
	pthread_t threads[MAX_THREADS];
	unsigned n_threads, queued, queue_max;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct queue todo, finished;
	bool stopping;
	int fd;
};

static void put(struct queue *queue, struct job *job)
{
	job->next = NULL;
	*queue->tail = job;
	queue->tail = &job->next;
}

static struct job *get(struct queue *queue)
{
	struct job *job = queue->head;
	if (job != NULL) {
		queue->head = job->next;
		if (queue->head == NULL) {
			queue->tail = &queue->head;
		}
	}
	return job;
}

static void *thread_main(void *arg)
{
	struct workers *w = arg;
	pthread_mutex_lock(&w->lock);
	while (!w->stopping) {
		struct job *job = get(&w->todo);
		if (job == NULL) {
			pthread_cond_wait(&w->wake, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		job->work(job->arg);
		pthread_mutex_lock(&w->lock);
		put(&w->finished, job);
		uint64_t one = 1;
		ssize_t n = write(w->fd, &one, sizeof(one));
		(void)n; /* full means that it is readable already */
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int workers_create(struct workers **ret, unsigned n_threads, unsigned queue_max)
{
	struct workers *w = calloc(1, sizeof(*w));
	if (w == NULL) {
		return ENOMEM;
	}
	w->todo.tail = &w->todo.head;
	w->finished.tail = &w->finished.head;
	w->queue_max = queue_max;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int err = w->fd < 0 ? errno : 0;
	n_threads = n_threads < MAX_THREADS ? n_threads : MAX_THREADS;
	while (err == 0 && w->n_threads < n_threads) {
		err = pthread_create(&w->threads[w->n_threads], NULL, thread_main, w);
		w->n_threads += err == 0;
	}
	if (err != 0) {
		workers_destroy(w);
		return err;
	}
	*ret = w;
	return 0;
}

static void finish_all(struct queue *queue)
{
	struct job *job;
	while ((job = get(queue)) != NULL) {
		job->done(job->arg);
		free(job);
	}
}

struct workers *workers_destroy(struct workers *w)
{
	if (w == NULL) {
		return NULL;
	}
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_broadcast(&w->wake);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->n_threads; i++) {
		pthread_join(w->threads[i], NULL);
	}
	finish_all(&w->finished);
	finish_all(&w->todo);
	if (w->fd >= 0) {
		close(w->fd);
	}
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
	return NULL;
}

int workers_fd(const struct workers *w)
{
	return w->fd;
}

void workers_drain(struct workers *w)
{
	uint64_t n;
	ssize_t got = read(w->fd, &n, sizeof(n));
	(void)got;
	pthread_mutex_lock(&w->lock);
	struct queue mine = w->finished;
	if (mine.head == NULL) {
		mine.tail = &mine.head;
	}
	w->finished = (struct queue){.tail = &w->finished.head};
	pthread_mutex_unlock(&w->lock);
	while (mine.head != NULL) {
		struct job *job = mine.head;
		mine.head = job->next;
		pthread_mutex_lock(&w->lock);
		w->queued--;
		pthread_mutex_unlock(&w->lock);
		job->done(job->arg);
		free(job);
	}
}

int workers_run(struct workers *w, void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
	struct job *job = calloc(1, sizeof(*job));
	if (job == NULL) {
		return ENOMEM;
	}
	*job = (struct job){.work = work, .done = done, .arg = arg};
	pthread_mutex_lock(&w->lock);
	bool full = w->queued >= w->queue_max;
	if (!full) {
		w->queued++;
		put(&w->todo, job);
		pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	if (full) {
		free(job);
		return EAGAIN;
	}
	return 0;
}
