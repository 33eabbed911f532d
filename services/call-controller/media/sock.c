/* UDP sockets of a worker. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/epoll.h>
#include "services/call-controller/media/engine_int.h"

#define PORT_TRIES 64 /* ports of the range that others hold */

int md_sock_watch(struct md_sock *sock, struct md_worker *worker, int fd)
{
	struct md_seat *seat = sock->seat ? sock->seat : &sock->own;
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = seat};
	seat->sock = sock; /* before its first event */
	sock->fd = fd;
	if (epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0) {
		sock->fd = -1;
		return errno;
	}
	return 0;
}

static int udp_socket(const struct md_addr *local)
{
	int family = local->u.sa.sa_family, tos = IPTOS_DSCP_EF;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0) { /* a network that ignores the mark is no reason to fail */
		if (family == AF_INET6) {
			(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
		} else {
			(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
		}
	}
	return fd;
}

int md_sock_open(struct md_sock *sock, struct md_worker *worker, const struct md_addr *local)
{
	int fd = udp_socket(local);
	if (fd < 0) {
		return errno;
	}
	int err = bind(fd, &local->u.sa, local->len) < 0 ? errno : md_sock_watch(sock, worker, fd);
	if (err) {
		close(fd);
	}
	return err;
}

/* The base was bound alone, so no other process has the port; only from now on may one share it,
 * and SO_REUSEPORT lets that be our own uid's only. The kernel prefers the connected socket for
 * what comes from remote. */
int md_sock_open_connected(struct md_sock *sock, struct md_worker *worker, struct md_sock *base,
	const struct md_addr *local, const struct md_addr *remote)
{
	int on = 1, off = 0, err = 0;
	int fd = udp_socket(local);
	if (fd < 0) {
		return errno;
	}
	if (setsockopt(base->fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
		bind(fd, &local->u.sa, local->len) < 0 ||
		connect(fd, &remote->u.sa, remote->len) < 0) {
		err = errno;
	}
	if (!err) {
		err = md_sock_watch(sock, worker, fd);
	}
	(void)setsockopt(base->fd, SOL_SOCKET, SO_REUSEPORT, &off, sizeof(off));
	if (err) {
		close(fd);
	}
	return err;
}

void md_sock_close(struct md_sock *sock, struct md_worker *worker)
{
	(void)worker; /* closing takes it out of the epoll */
	if (sock->fd >= 0) {
		close(sock->fd);
		sock->fd = -1;
	}
}

static int try_pair(struct md_sock *a, struct md_sock *b, struct md_worker *worker, uint16_t even)
{
	struct md_addr local = worker->engine->bind;
	md_addr_set_port(&local, even);
	int err = md_sock_open(a, worker, &local);
	if (!err && b) {
		md_addr_set_port(&local, (uint16_t)(even + 1));
		err = md_sock_open(b, worker, &local);
		if (err) {
			md_sock_close(a, worker);
		}
	}
	return err;
}

int md_sock_open_pair(
	struct md_sock *a, struct md_sock *b, struct md_worker *worker, uint16_t *ret_even)
{
	uint16_t even;
	int err = EADDRINUSE;
	for (int i = 0; i < PORT_TRIES && err == EADDRINUSE; i++) {
		err = md_ports_take(worker->engine->ports, &even);
		if (err) {
			return err;
		}
		err = try_pair(a, b, worker, even);
		if (err) { /* it rests now, so the next try is another one */
			md_ports_give(worker->engine->ports, even);
		}
	}
	if (!err) {
		*ret_even = even;
	}
	return err;
}
