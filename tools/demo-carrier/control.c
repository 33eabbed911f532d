#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http.h"
#include "tools/demo-carrier/control.h"
#include "tools/demo-carrier/libre.h"
#include "tools/demo-carrier/options.h"
#include "tools/demo-carrier/requests.h"

struct control {
	struct carrier *carrier;
	struct request_defaults defaults;
	struct vp_http *http;
	pthread_t thread;
	bool running;
	int work_fd; /* wakes libre's loop */
	int stop_fd; /* wakes h2o's */

	pthread_mutex_t lock;
	pthread_cond_t done;
	struct request *request; /* the one that waits for libre's thread; NULL: none */
	bool closing;
};

static void wake(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0) {
		return; /* the counter is full, so it is awake already */
	}
}

/* In libre's thread. */
static void on_work(int flags, void *arg)
{
	struct control *control = arg;
	uint64_t count;
	(void)flags;

	if (read(control->work_fd, &count, sizeof(count)) < 0) {
		return;
	}
	pthread_mutex_lock(&control->lock);
	if (control->request) {
		request_run(control->request, control->carrier, &control->defaults);
		control->request = NULL;
		pthread_cond_signal(&control->done);
	}
	pthread_mutex_unlock(&control->lock);
}

/* In h2o's thread: hands over and waits; a request takes microseconds there. */
static void run_in_loop(struct control *control, struct request *request)
{
	pthread_mutex_lock(&control->lock);
	if (control->closing) {
		request_fail(request, 503, "stopping", "the carrier is stopping");
	} else {
		control->request = request;
		wake(control->work_fd);
		while (control->request) {
			pthread_cond_wait(&control->done, &control->lock);
		}
	}
	pthread_mutex_unlock(&control->lock);
}

static void on_request(struct vp_http_req *req, void *arg)
{
	struct control *control = arg;
	const enum request_kind *kind = vp_http_route_data(req);
	const char *id = vp_http_param(req, "id");
	size_t len;
	const char *body = vp_http_body(req, &len);
	struct request request = {.kind = *kind, .id = id ? strtoul(id, NULL, 10) : 0};

	if (request_read(&request, body, len) == 0) {
		run_in_loop(control, &request);
	}
	if (request.file[0]) {
		vp_http_reply_file(req, request.file, "audio/wav", NULL);
	} else {
		char *text = json_dumps(request.reply, JSON_COMPACT | JSON_ENCODE_ANY);
		vp_http_reply_json(req, request.status, text ? text : "null");
		free(text);
	}
	request_free(&request);
}

static const enum request_kind k_state = REQUEST_STATE, k_calls = REQUEST_CALLS,
			       k_call = REQUEST_CALL, k_audio = REQUEST_AUDIO,
			       k_ring = REQUEST_RING, k_hangup = REQUEST_HANGUP,
			       k_digits = REQUEST_DIGITS;

static const struct vp_http_route routes[] = {
	{"GET", "/", on_request, 0, &k_state},
	{"GET", "/calls", on_request, 0, &k_calls},
	{"GET", "/calls/{id}", on_request, 0, &k_call},
	{"GET", "/calls/{id}/audio.wav", on_request, 0, &k_audio},
	{"POST", "/ring", on_request, 0, &k_ring},
	{"POST", "/calls/{id}/hangup", on_request, 0, &k_hangup},
	{"POST", "/calls/{id}/dtmf", on_request, 0, &k_digits},
};

static void on_stop(void *arg)
{
	struct control *control = arg;

	vp_http_stop(control->http, 0);
}

static void *serve(void *arg)
{
	struct control *control = arg;

	vp_http_run(control->http);
	return NULL;
}

static int open_http(struct control *control, const struct options *opt)
{
	struct vp_http_cfg cfg = {.listen = opt->control,
		.routes = routes,
		.n_routes = VP_ARRAY_LEN(routes),
		.arg = control};
	int err = vp_http_create(&control->http, &cfg);

	return err ? err : vp_http_watch(control->http, control->stop_fd, on_stop, control);
}

int control_start(struct control **ret, struct carrier *carrier, const struct options *opt)
{
	struct control *control = calloc(1, sizeof(*control));
	if (!control) {
		return ENOMEM;
	}
	control->carrier = carrier;
	control->defaults = (struct request_defaults){.caller = opt->caller, .did = opt->did};
	pthread_mutex_init(&control->lock, NULL);
	pthread_cond_init(&control->done, NULL);
	control->work_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	control->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	int err = control->work_fd < 0 || control->stop_fd < 0 ? errno : 0;
	if (!err) {
		err = open_http(control, opt);
	}
	if (!err) {
		err = fd_listen(control->work_fd, FD_READ, on_work, control);
	}
	if (!err) {
		err = pthread_create(&control->thread, NULL, serve, control);
		control->running = !err;
	}
	if (err) {
		control_stop(control);
		return err;
	}
	*ret = control;
	return 0;
}

static void refuse_waiting(struct control *control)
{
	pthread_mutex_lock(&control->lock);
	control->closing = true;
	if (control->request) {
		request_fail(control->request, 503, "stopping", "the carrier is stopping");
		control->request = NULL;
		pthread_cond_signal(&control->done);
	}
	pthread_mutex_unlock(&control->lock);
}

struct control *control_stop(struct control *control)
{
	if (!control) {
		return NULL;
	}
	if (control->running) {
		refuse_waiting(control);
		wake(control->stop_fd);
		pthread_join(control->thread, NULL);
	}
	vp_http_destroy(control->http);
	if (control->work_fd >= 0) {
		fd_close(control->work_fd);
		close(control->work_fd);
	}
	if (control->stop_fd >= 0) {
		close(control->stop_fd);
	}
	pthread_cond_destroy(&control->done);
	pthread_mutex_destroy(&control->lock);
	free(control);
	return NULL;
}

int control_port(const struct control *control)
{
	return vp_http_port(control->http, false);
}
