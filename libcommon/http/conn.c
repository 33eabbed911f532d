/* The guard of each connection: limits at accept, and a sweep that ends connections whose peer does
 * not take what it asked for. h2o has no write timeout on HTTP/1.1. */
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http_int.h"

static void address_key(h2o_socket_t *sock, uint8_t key[16])
{
	struct sockaddr_storage sa = {0};
	memset(key, 0, 16);
	h2o_socket_getpeername(sock, (struct sockaddr *)&sa);
	if (sa.ss_family == AF_INET) {
		memcpy(key + 12, &((struct sockaddr_in *)&sa)->sin_addr, 4);
		return;
	}
	if (sa.ss_family == AF_INET6) {
		const struct in6_addr *addr = &((struct sockaddr_in6 *)&sa)->sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED(addr)) {
			memcpy(key + 12, addr->s6_addr + 12, 4);
		} else {
			memcpy(key, addr->s6_addr, 8);
		}
	}
}

static struct vp_ip_count **ip_slot(struct vp_http *http, const uint8_t key[16])
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	for (size_t i = 0; i < 16; i++) {
		hash = (hash ^ key[i]) * 16777619u;
	}
	struct vp_ip_count **slot = &http->ips[hash % VP_HTTP_IP_BUCKETS];
	while (*slot != NULL && memcmp((*slot)->addr, key, 16) != 0) {
		slot = &(*slot)->next;
	}
	return slot;
}

static bool comes_by_proxy(struct vp_http *http, h2o_socket_t *sock)
{
	struct sockaddr_storage sa;
	char text[NI_MAXHOST];
	socklen_t len = h2o_socket_getpeername(sock, (struct sockaddr *)&sa);
	return len != 0 &&
	       h2o_socket_getnumerichost((struct sockaddr *)&sa, len, text) != SIZE_MAX &&
	       vp_proxy_is_trusted(http, text);
}

static struct vp_ip_count *ip_take(struct vp_http *http, h2o_socket_t *sock)
{
	uint8_t key[16];
	address_key(sock, key);
	struct vp_ip_count **slot = ip_slot(http, key);
	if (*slot == NULL) {
		*slot = h2o_mem_alloc(sizeof(**slot));
		**slot = (struct vp_ip_count){0};
		memcpy((*slot)->addr, key, 16);
	}
	if ((*slot)->n >= http->cfg.max_conns_per_ip && !comes_by_proxy(http, sock)) {
		return NULL;
	}
	(*slot)->n++;
	return *slot;
}

static void ip_drop(struct vp_http *http, struct vp_ip_count *ip)
{
	if (--ip->n != 0) {
		return;
	}
	struct vp_ip_count **slot = ip_slot(http, ip->addr);
	*slot = ip->next;
	free(ip);
}

static void on_closed(void *arg)
{
	struct vp_conn *conn = arg;
	struct vp_http *http = conn->http;
	h2o_linklist_unlink(&conn->link);
	if (conn->linger != NULL) {
		vp_linger_shut(conn->linger);
	}
	ip_drop(http, conn->ip);
	free(conn);
	http->stats.conns--;
	vp_listen_resume(http);
}

bool vp_conn_accept(struct vp_http *http, h2o_socket_t *sock)
{
	struct vp_ip_count *ip = ip_take(http, sock);
	if (ip == NULL) {
		http->stats.refused_per_ip++;
		h2o_socket_close(sock);
		return false;
	}
	struct vp_conn *conn = h2o_mem_alloc(sizeof(*conn));
	*conn = (struct vp_conn){.http = http, .sock = sock, .ip = ip};
	h2o_linklist_insert(&http->conns, &conn->link);
	sock->on_close.cb = on_closed;
	sock->on_close.data = conn;
	http->stats.conns++;
	http->stats.accepted++;
	/* sent data that nobody acknowledges ends the connection, also under a WebSocket */
	unsigned timeout_ms =
		http->cfg.io_timeout_s * 4000; /* later than the sweep, which counts */
	setsockopt(h2o_socket_get_fd(sock), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms,
		sizeof(timeout_ms));
	return true;
}

struct vp_conn *vp_conn_of(h2o_req_t *req)
{
	h2o_socket_t *sock = req->conn->callbacks->get_socket(req->conn);
	return sock->on_close.data;
}

/* h2o owns the socket and sees the end at its next read or write. */
void vp_conn_kill(struct vp_conn *conn)
{
	conn->killed = true;
	shutdown(h2o_socket_get_fd(conn->sock), SHUT_RDWR);
}

static uint64_t acked_bytes(struct vp_conn *conn)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);
	if (getsockopt(h2o_socket_get_fd(conn->sock), IPPROTO_TCP, TCP_INFO, &info, &len) != 0) {
		return 0;
	}
	return info.tcpi_bytes_acked;
}

static bool is_stalled(struct vp_conn *conn, int64_t now_us)
{
	if (!h2o_socket_is_writing(conn->sock)) {
		conn->stalled_us = 0;
		return false;
	}
	uint64_t acked = acked_bytes(conn);
	if (conn->stalled_us == 0 || acked >= conn->acked + VP_HTTP_MIN_PROGRESS) {
		conn->acked = acked;
		conn->stalled_us = now_us;
		return false;
	}
	return now_us - conn->stalled_us > (int64_t)conn->http->cfg.io_timeout_s * 1000000;
}

void vp_conn_sweep(struct vp_http *http, int64_t now_us)
{
	h2o_linklist_t *next;
	for (h2o_linklist_t *n = http->conns.next; n != &http->conns; n = next) {
		struct vp_conn *conn = H2O_STRUCT_FROM_MEMBER(struct vp_conn, link, n);
		next = n->next;
		if (!conn->killed && is_stalled(conn, now_us)) {
			http->stats.stalled++;
			vp_conn_kill(conn);
		}
	}
}

void vp_conn_close_idle(struct vp_http *http)
{
	for (h2o_linklist_t *n = http->conns.next; n != &http->conns; n = n->next) {
		struct vp_conn *conn = H2O_STRUCT_FROM_MEMBER(struct vp_conn, link, n);
		if (conn->busy == 0 && !conn->upgraded && conn->sock->input->size == 0 &&
			!conn->killed && !h2o_socket_is_writing(conn->sock)) {
			vp_conn_kill(conn);
		}
	}
}

void vp_conn_kill_all(struct vp_http *http)
{
	for (h2o_linklist_t *n = http->conns.next; n != &http->conns; n = n->next) {
		vp_conn_kill(H2O_STRUCT_FROM_MEMBER(struct vp_conn, link, n));
	}
}
