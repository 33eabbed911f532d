/* Its own loop and thread, so that a hanging service still answers that it hangs. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libcommon/app/admin.h"
#include "libcommon/app/health.h"
#include "libcommon/base/base.h"
#include "libcommon/http/http.h"
#include "libcommon/metrics/metrics.h"

#define ADMIN_MAX_CONNS 64
#define ADMIN_MAX_BODY 1024
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct admin {
	struct vp_http *http;
	struct health *health;
	pthread_t thread;
	int stop_fd; /* becomes readable when the thread shall end */
};

static void on_metrics(struct vp_http_req *req, void *arg)
{
	VP_CLEANUP(vp_freep) char *text = vp_metrics_text();

	(void)arg;
	if (!text) {
		vp_http_reply_error(req, 503, "no_memory", "The server is out of memory.");
		return;
	}
	vp_http_reply(req, 200, METRICS_TYPE, text, strlen(text));
}

static void on_livez(struct vp_http_req *req, void *arg)
{
	const struct admin *admin = arg;
	bool alive = health_is_alive(admin->health);

	vp_http_reply_json(
		req, alive ? 200 : 503, alive ? "{\"alive\":true}" : "{\"alive\":false}");
}

static void on_readyz(struct vp_http_req *req, void *arg)
{
	struct admin *admin = arg;
	bool ready = false;
	VP_CLEANUP(vp_freep) char *json = health_ready_json(admin->health, &ready);

	vp_http_reply_json(req, ready && json ? 200 : 503, json ? json : "{\"ready\":false}");
}

static const struct vp_http_route routes[] = {
	{.method = "GET", .path = "/metrics", .h = on_metrics},
	{.method = "GET", .path = "/livez", .h = on_livez},
	{.method = "GET", .path = "/readyz", .h = on_readyz},
};

static void on_stop(void *arg)
{
	struct admin *admin = arg;
	uint64_t count;

	if (read(admin->stop_fd, &count, sizeof(count)) == sizeof(count)) {
		vp_http_stop(admin->http, 0);
	}
}

static void *run(void *arg)
{
	struct admin *admin = arg;

	pthread_setname_np(pthread_self(), "admin");
	vp_http_run(admin->http);
	return NULL;
}

static struct admin *admin_free(struct admin *admin)
{
	vp_http_destroy(admin->http);
	if (admin->stop_fd >= 0) {
		close(admin->stop_fd);
	}
	free(admin);
	return NULL;
}

static int open_port(struct admin *admin, const char *listen)
{
	const struct vp_http_cfg cfg = {
		.listen = listen,
		.routes = routes,
		.n_routes = VP_ARRAY_LEN(routes),
		.arg = admin,
		.max_conns = ADMIN_MAX_CONNS,
		.max_body = ADMIN_MAX_BODY,
	};
	int err = vp_http_create(&admin->http, &cfg);

	return err ? err : vp_http_watch(admin->http, admin->stop_fd, on_stop, admin);
}

int admin_start(struct admin **ret, const char *listen, struct health *health)
{
	struct admin *admin = calloc(1, sizeof(*admin));
	int err;

	if (!admin) {
		return ENOMEM;
	}
	admin->health = health;
	admin->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = admin->stop_fd < 0 ? errno : open_port(admin, listen);
	if (!err) {
		err = pthread_create(&admin->thread, NULL, run, admin);
	}
	if (err) {
		admin_free(admin);
		return err;
	}
	*ret = admin;
	return 0;
}

int admin_port(const struct admin *admin)
{
	return vp_http_port(admin->http, false);
}

struct admin *admin_stop(struct admin *admin)
{
	const uint64_t one = 1;

	if (!admin) {
		return NULL;
	}
	vp_assert(write(admin->stop_fd, &one, sizeof(one)) == sizeof(one));
	pthread_join(admin->thread, NULL);
	return admin_free(admin);
}
