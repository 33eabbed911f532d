/* Listening sockets. Accepting stops while the connection limit is reached or descriptors are out:
 * h2o would spin on the readable listener. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http_int.h"

#define BACKLOG 1024
#define ACCEPTS_A_ROUND 16

/* "ADDR:PORT" or "[ADDR]:PORT" */
static int resolve(const char *addr, struct addrinfo **ret_ai)
{
	char host[64];
	const char *colon = strrchr(addr, ':');
	if (colon == NULL || (size_t)(colon - addr) >= sizeof(host)) {
		return EINVAL;
	}
	size_t len = (size_t)(colon - addr);
	if (len >= 2 && addr[0] == '[' && addr[len - 1] == ']') {
		addr++;
		len -= 2;
	}
	memcpy(host, addr, len);
	host[len] = '\0';
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
	return getaddrinfo(host[0] != '\0' ? host : NULL, colon + 1, &hints, ret_ai) == 0 ? 0
											  : EINVAL;
}

static int open_socket(const struct addrinfo *ai, int *ret_fd)
{
	int one = 1;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return errno;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
		bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
		int err = errno;
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

static int bound_port(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	if (getsockname(fd, (struct sockaddr *)&sa, &len) != 0) {
		return 0;
	}
	return h2o_socket_getport((struct sockaddr *)&sa);
}

static void pause_all(struct vp_http *http)
{
	for (size_t i = 0; i < VP_HTTP_LISTENERS; i++) {
		struct vp_listener *l = &http->listeners[i];
		if (l->sock != NULL && !l->paused) {
			h2o_socket_read_stop(l->sock);
			l->paused = true;
		}
	}
}

static void on_acceptable(h2o_socket_t *sock, const char *err)
{
	struct vp_listener *l = sock->data;
	struct vp_http *http = l->http;
	if (err != NULL) {
		return;
	}
	for (unsigned i = 0; i < ACCEPTS_A_ROUND; i++) {
		if (http->stats.conns >= http->cfg.max_conns) {
			pause_all(http);
			return;
		}
		errno = 0;
		h2o_socket_t *peer = h2o_evloop_socket_accept(sock);
		if (peer == NULL) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
				errno == ENOMEM) {
				pause_all(http); /* the sweep tries again */
			}
			return;
		}
		if (vp_conn_accept(http, peer)) {
			h2o_accept(&l->accept, peer);
		}
	}
}

void vp_listen_resume(struct vp_http *http)
{
	if (http->stopping || http->stats.conns >= http->cfg.max_conns) {
		return;
	}
	for (size_t i = 0; i < VP_HTTP_LISTENERS; i++) {
		struct vp_listener *l = &http->listeners[i];
		if (l->sock != NULL && l->paused) {
			l->paused = false;
			h2o_socket_read_start(l->sock, on_acceptable);
		}
	}
}

int vp_listen_open(struct vp_http *http, struct vp_listener *l, const char *addr, SSL_CTX *ssl)
{
	struct addrinfo *ai = NULL;
	int fd = -1;
	int err = resolve(addr, &ai);
	if (err != 0) {
		return err;
	}
	err = open_socket(ai, &fd);
	freeaddrinfo(ai);
	if (err != 0) {
		return err;
	}
	l->http = http;
	l->port = bound_port(fd);
	l->accept =
		(h2o_accept_ctx_t){.ctx = &http->ctx, .hosts = http->config.hosts, .ssl_ctx = ssl};
	l->sock = h2o_evloop_socket_create(http->ctx.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
	l->sock->data = l;
	h2o_socket_read_start(l->sock, on_acceptable);
	return 0;
}

void vp_listen_close(struct vp_http *http)
{
	for (size_t i = 0; i < VP_HTTP_LISTENERS; i++) {
		struct vp_listener *l = &http->listeners[i];
		if (l->sock != NULL) {
			h2o_socket_read_stop(l->sock);
			h2o_socket_close(l->sock);
			l->sock = NULL;
		}
	}
}
