#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "services/recorder/pool.h"

enum { NICE = 10, THREADS_MAX = 64 };

struct queue {
	struct pool_task *head, **tail;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct queue todo, finished;
	atomic_bool stop;
	int event_fd;
	/* of the loop's thread alone */
	struct queue waiting;
	unsigned taken; /* places */
	bool alone;     /* one task has all of them */
	unsigned threads;
	pthread_t thread[THREADS_MAX];
};

static void queue_init(struct queue *queue)
{
	queue->head = NULL;
	queue->tail = &queue->head;
}

static void queue_push(struct queue *queue, struct pool_task *task)
{
	task->next = NULL;
	*queue->tail = task;
	queue->tail = &task->next;
}

static struct pool_task *queue_pop(struct queue *queue)
{
	struct pool_task *task = queue->head;

	if (task) {
		queue->head = task->next;
		queue->tail = queue->head ? queue->tail : &queue->head;
	}
	return task;
}

static struct pool_task *next_task(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (!pool->todo.head && !pool->stop) {
		pthread_cond_wait(&pool->more, &pool->lock);
	}
	struct pool_task *task = pool->stop ? NULL : queue_pop(&pool->todo);
	pthread_mutex_unlock(&pool->lock);
	return task;
}

static void *work(void *arg)
{
	struct pool *pool = arg;

	/* the priority of this thread alone; calls on this machine come first */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
	for (struct pool_task *task; (task = next_task(pool)) != NULL;) {
		task->run(task, &pool->stop);
		pthread_mutex_lock(&pool->lock);
		queue_push(&pool->finished, task);
		pthread_mutex_unlock(&pool->lock);
		eventfd_write(pool->event_fd, 1);
	}
	return NULL;
}

int pool_create(struct pool **ret, unsigned threads)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	int err = 0;

	if (!pool) {
		return ENOMEM;
	}
	queue_init(&pool->waiting);
	queue_init(&pool->todo);
	queue_init(&pool->finished);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->more, NULL);
	pool->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = pool->event_fd < 0 ? errno : 0;
	while (!err && pool->threads < threads && pool->threads < THREADS_MAX) {
		err = pthread_create(&pool->thread[pool->threads], NULL, work, pool);
		pool->threads += !err;
	}
	if (err) {
		pool_destroy(pool);
		return err;
	}
	*ret = pool;
	return 0;
}

struct pool *pool_destroy(struct pool *pool)
{
	if (!pool) {
		return NULL;
	}
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->threads; i++) {
		pthread_join(pool->thread[i], NULL);
	}
	if (pool->event_fd >= 0) {
		close(pool->event_fd);
	}
	pthread_cond_destroy(&pool->more);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
	return NULL;
}

/* In the order of coming, so that who wants to be alone gets it. */
static void give_places(struct pool *pool)
{
	const struct pool_task *head;

	while ((head = pool->waiting.head) != NULL && pool->taken < pool->threads && !pool->alone &&
		(!head->alone || pool->taken == 0)) {
		struct pool_task *task = queue_pop(&pool->waiting);
		pool->taken++;
		pool->alone = task->alone;
		task->begin(task);
	}
}

void pool_submit(struct pool *pool, struct pool_task *task)
{
	queue_push(&pool->waiting, task);
	give_places(pool);
}

static void take_back(struct pool *pool)
{
	pool->taken--;
	pool->alone = false;
}

void pool_leave(struct pool *pool, struct pool_task *task)
{
	(void)task;
	take_back(pool);
	eventfd_write(
		pool->event_fd, 1); /* the next begins in pool_drain: here it could leave, too */
}

void pool_start(struct pool *pool, struct pool_task *task)
{
	pthread_mutex_lock(&pool->lock);
	queue_push(&pool->todo, task);
	pthread_cond_signal(&pool->more);
	pthread_mutex_unlock(&pool->lock);
}

int pool_fd(const struct pool *pool)
{
	return pool->event_fd;
}

void pool_drain(struct pool *pool)
{
	eventfd_t count;
	struct pool_task *task;

	(void)eventfd_read(pool->event_fd, &count);
	do {
		pthread_mutex_lock(&pool->lock);
		task = queue_pop(&pool->finished);
		pthread_mutex_unlock(&pool->lock);
		if (task) {
			take_back(pool);
			task->done(task);
		}
	} while (task);
	give_places(pool);
}
