/* The client: a thread that runs libcurl's multi interface, a queue to it and one back. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient_int.h"

#define POLL_MS 60000

struct queue {
	struct vp_httpc_op *head, **tail;
};

struct vp_httpc {
	pthread_t thread;
	bool has_thread;
	char *ca_file;
	unsigned max_parallel, waiting;
	CURLM *multi;
	pthread_mutex_t lock; /* todo, finished, stopping, waiting */
	struct queue todo, finished;
	bool stopping;
	struct vp_httpc_op *active; /* of the thread: what libcurl works on */
	unsigned running;
	int fd;
};

static void put(struct queue *queue, struct vp_httpc_op *op)
{
	op->next = NULL;
	*queue->tail = op;
	queue->tail = &op->next;
}

static struct vp_httpc_op *get(struct queue *queue)
{
	struct vp_httpc_op *op = queue->head;
	if (op != NULL) {
		queue->head = op->next;
		queue->tail = queue->head != NULL ? queue->tail : &queue->head;
	}
	return op;
}

static void finish(struct vp_httpc *client, struct vp_httpc_op *op, CURLcode result)
{
	uint64_t one = 1;
	op->result = result;
	pthread_mutex_lock(&client->lock);
	put(&client->finished, op);
	pthread_mutex_unlock(&client->lock);
	ssize_t n = write(client->fd, &one, sizeof(one));
	(void)n; /* full means that it is readable already */
}

static struct vp_httpc_op *next_todo(struct vp_httpc *client)
{
	pthread_mutex_lock(&client->lock);
	struct vp_httpc_op *op = client->running < client->max_parallel ? get(&client->todo) : NULL;
	pthread_mutex_unlock(&client->lock);
	return op;
}

static void start_new(struct vp_httpc *client)
{
	struct vp_httpc_op *op;
	while ((op = next_todo(client)) != NULL) {
		if (op->cancelled) {
			finish(client, op, CURLE_ABORTED_BY_CALLBACK);
		} else if (curl_multi_add_handle(client->multi, op->easy) == CURLM_OK) {
			op->next = client->active;
			client->active = op;
			client->running++;
		} else {
			finish(client, op, CURLE_OUT_OF_MEMORY);
		}
	}
}

/* libcurl 7.88 cannot list a multi's handles, so there is a list of ours. */
static void take_out(struct vp_httpc *client, struct vp_httpc_op *op)
{
	struct vp_httpc_op **at = &client->active;
	while (*at != op) {
		at = &(*at)->next;
	}
	*at = op->next;
	client->running--;
	curl_multi_remove_handle(client->multi, op->easy);
}

static void end_cancelled(struct vp_httpc *client)
{
	struct vp_httpc_op *next;
	for (struct vp_httpc_op *op = client->active; op != NULL; op = next) {
		next = op->next;
		if (op->cancelled) {
			take_out(client, op);
			finish(client, op, CURLE_ABORTED_BY_CALLBACK);
		}
	}
}

static void collect_done(struct vp_httpc *client)
{
	CURLMsg *msg;
	int left;
	while ((msg = curl_multi_info_read(client->multi, &left)) != NULL) {
		struct vp_httpc_op *op;
		CURLcode result = msg->data.result;
		if (msg->msg != CURLMSG_DONE) {
			continue;
		}
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &op);
		take_out(client, op);
		finish(client, op, result);
	}
}

static bool must_stop(struct vp_httpc *client)
{
	pthread_mutex_lock(&client->lock);
	bool stop = client->stopping;
	pthread_mutex_unlock(&client->lock);
	return stop;
}

static void *thread_main(void *arg)
{
	struct vp_httpc *client = arg;
	sigset_t all;
	int running;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (!must_stop(client)) {
		start_new(client);
		curl_multi_perform(client->multi, &running);
		collect_done(client);
		end_cancelled(client);
		start_new(client);
		curl_multi_poll(client->multi, NULL, 0, POLL_MS, NULL);
	}
	return NULL;
}

int vp_httpc_create(struct vp_httpc **ret, const struct vp_httpc_cfg *cfg)
{
	struct vp_httpc *client = calloc(1, sizeof(*client));
	if (client == NULL) {
		return ENOMEM;
	}
	client->fd = -1;
	client->todo.tail = &client->todo.head;
	client->finished.tail = &client->finished.head;
	client->max_parallel =
		cfg->max_parallel != 0 ? cfg->max_parallel : VP_HTTPC_DEFAULT_PARALLEL;
	pthread_mutex_init(&client->lock, NULL);
	int err = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : ENOMEM;
	if (err != 0) {
		goto out;
	}
	client->multi = curl_multi_init();
	client->ca_file = cfg->ca_file != NULL ? strdup(cfg->ca_file) : NULL;
	if (client->multi == NULL || (cfg->ca_file != NULL && client->ca_file == NULL)) {
		err = ENOMEM;
		goto out;
	}
	client->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = client->fd < 0 ? errno : pthread_create(&client->thread, NULL, thread_main, client);
	if (err != 0) {
		goto out;
	}
	client->has_thread = true;
	*ret = client;
	return 0;
out:
	vp_httpc_destroy(client);
	return err;
}

static void drop_all(struct queue *queue)
{
	struct vp_httpc_op *op;
	while ((op = get(queue)) != NULL) {
		vp_transfer_destroy(op);
	}
}

static void stop_thread(struct vp_httpc *client)
{
	pthread_mutex_lock(&client->lock);
	client->stopping = true;
	pthread_mutex_unlock(&client->lock);
	curl_multi_wakeup(client->multi);
	pthread_join(client->thread, NULL);
}

struct vp_httpc *vp_httpc_destroy(struct vp_httpc *client)
{
	if (client == NULL) {
		return NULL;
	}
	if (client->has_thread) {
		stop_thread(client);
	}
	while (client->active != NULL) {
		struct vp_httpc_op *op = client->active;
		take_out(client, op);
		vp_transfer_destroy(op);
	}
	drop_all(&client->todo);
	drop_all(&client->finished);
	curl_multi_cleanup(client->multi);
	if (client->fd >= 0) {
		close(client->fd);
	}
	pthread_mutex_destroy(&client->lock);
	free(client->ca_file);
	free(client);
	curl_global_cleanup();
	return NULL;
}

int vp_httpc_fd(const struct vp_httpc *client)
{
	return client->fd;
}

static struct vp_httpc_op *next_finished(struct vp_httpc *client)
{
	pthread_mutex_lock(&client->lock);
	struct vp_httpc_op *op = get(&client->finished);
	client->waiting -= op != NULL;
	pthread_mutex_unlock(&client->lock);
	return op;
}

void vp_httpc_drain(struct vp_httpc *client)
{
	uint64_t n;
	struct vp_httpc_op *op;
	ssize_t got = read(client->fd, &n, sizeof(n));
	(void)got;
	while ((op = next_finished(client)) != NULL) {
		if (!op->cancelled) {
			struct vp_httpc_reply reply;
			vp_transfer_reply(op, &reply);
			op->h(&reply, op->arg);
		}
		vp_transfer_destroy(op);
	}
}

int vp_httpc_send(struct vp_httpc *client, const struct vp_httpc_req *req, vp_httpc_h *h, void *arg,
	struct vp_httpc_op **ret_op)
{
	struct vp_httpc_op *op;
	int err = vp_transfer_create(&op, req, client->ca_file);
	if (err != 0) {
		return err;
	}
	op->client = client;
	op->h = h;
	op->arg = arg;
	pthread_mutex_lock(&client->lock);
	bool full = client->waiting >= VP_HTTPC_QUEUE_MAX;
	if (!full) {
		client->waiting++;
		put(&client->todo, op);
	}
	pthread_mutex_unlock(&client->lock);
	if (full) {
		vp_transfer_destroy(op);
		return EAGAIN;
	}
	if (ret_op != NULL) {
		*ret_op = op;
	}
	curl_multi_wakeup(client->multi);
	return 0;
}

void vp_httpc_cancel(struct vp_httpc_op *op)
{
	if (op != NULL) {
		op->cancelled = true;
		curl_multi_wakeup(op->client->multi);
	}
}
