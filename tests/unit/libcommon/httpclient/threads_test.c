/* Two servers in threads of their own and two clients, each with its thread, at once: for
 * ThreadSanitizer, under which Criterion does not run. A plain program that speaks TAP. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http.h"
#include "libcommon/httpclient/httpclient.h"

#define SERVERS 2
#define REQUESTS 200

struct server {
	struct vp_http *http;
	pthread_t thread;
	int stop_fd, result;
	unsigned served;
};

struct asker {
	struct vp_httpc *client;
	unsigned answers, wrong;
};

static void on_hello(struct vp_http_req *req, void *arg)
{
	struct server *server = arg;
	server->served++;
	vp_http_reply(req, 200, "text/plain", "hello", 5);
}

static const struct vp_http_route routes[] = {{"GET", "/", on_hello, 0, NULL}};

static void on_stop(void *arg)
{
	struct server *server = arg;
	vp_http_stop(server->http, 1);
}

static void *serve(void *arg)
{
	struct server *server = arg;
	server->result = vp_http_run(server->http);
	return NULL;
}

static bool start(struct server *server)
{
	server->stop_fd = eventfd(0, EFD_CLOEXEC);
	return vp_http_create(&server->http, &(struct vp_http_cfg){.listen = "127.0.0.1:0",
						     .routes = routes,
						     .n_routes = 1,
						     .arg = server}) == 0 &&
	       vp_http_watch(server->http, server->stop_fd, on_stop, server) == 0 &&
	       pthread_create(&server->thread, NULL, serve, server) == 0;
}

static void stop(struct server *server)
{
	uint64_t one = 1;
	ssize_t n = write(server->stop_fd, &one, sizeof(one));
	(void)n;
	pthread_join(server->thread, NULL);
	vp_http_destroy(server->http);
	close(server->stop_fd);
}

static void on_reply(const struct vp_httpc_reply *reply, void *arg)
{
	struct asker *asker = arg;
	asker->answers++;
	asker->wrong +=
		reply->err != 0 || reply->status != 200 || strcmp(reply->body, "hello") != 0;
}

static bool ask_all(struct asker *asker, const struct server *server)
{
	char url[64];
	int64_t until = vp_mono_us() + 60000000;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", vp_http_port(server->http, false));
	for (int i = 0; i < REQUESTS; i++) {
		struct vp_httpc_op *op;
		if (vp_httpc_send(asker->client,
			    &(struct vp_httpc_req){.url = url, .allow_private = true}, on_reply,
			    asker, &op) != 0) {
			return false;
		}
		if (i % 10 == 9) {
			vp_httpc_cancel(op);
		}
	}
	while (asker->answers < REQUESTS - REQUESTS / 10 && vp_mono_us() < until) {
		struct pollfd p = {.fd = vp_httpc_fd(asker->client), .events = POLLIN};
		poll(&p, 1, 50);
		vp_httpc_drain(asker->client);
	}
	return asker->answers == REQUESTS - REQUESTS / 10 && asker->wrong == 0;
}

int main(void)
{
	struct server servers[SERVERS] = {0};
	struct asker askers[SERVERS] = {0};
	bool ok = true;
	printf("1..1\n");
	for (int i = 0; i < SERVERS; i++) {
		ok = start(&servers[i]) && ok;
		ok = vp_httpc_create(&askers[i].client, &(struct vp_httpc_cfg){0}) == 0 && ok;
	}
	for (int i = 0; ok && i < SERVERS; i++) {
		ok = ask_all(&askers[i], &servers[i]);
	}
	for (int i = 0; i < SERVERS; i++) {
		vp_httpc_destroy(askers[i].client);
		stop(&servers[i]);
		ok = servers[i].result == 0 && servers[i].served >= REQUESTS - REQUESTS / 10 && ok;
	}
	printf("%s 1 - two servers and two clients in their threads\n", ok ? "ok" : "not ok");
	return ok ? 0 : 1;
}
