/* Inside of libcommon/http: what its files share. */
#ifndef VP_HTTP_INT_H
#define VP_HTTP_INT_H
#include <h2o.h>
#include <h2o/http1.h>
#include <h2o/websocket.h>
#include "libcommon/base/address.h"
#include "libcommon/http/http.h"

#define VP_HTTP_MAX_PARAMS 6
#define VP_HTTP_LISTENERS 2
#define VP_HTTP_MAX_TARGET 8192
#define VP_HTTP_IP_BUCKETS 1024
#define VP_HTTP_SWEEP_MS 1000
/* What a slow reader must take in each io_timeout to be kept. */
#define VP_HTTP_MIN_PROGRESS 1024
#define VP_HTTP_DEFAULT_BODY ((size_t)64 << 10)
#define VP_HTTP_STOP_GRACE_MS 1000

struct vp_http_param {
	const char *name;
	size_t name_len;
	char *value; /* decoded */
};

/* Who holds how many connections; IPv6 counts by /64, since a host owns all of it. */
struct vp_ip_count {
	struct vp_ip_count *next;
	uint8_t addr[16];
	unsigned n;
};

struct vp_listener {
	struct vp_http *http;
	h2o_socket_t *sock;
	h2o_accept_ctx_t accept;
	int port;
	bool paused;
};

/* One a connection, from accept to close; also under a WebSocket. */
struct vp_conn {
	h2o_linklist_t link;
	struct vp_http *http;
	h2o_socket_t *sock;
	struct vp_ip_count *ip;
	unsigned busy; /* requests under way, 0 or 1 */
	bool killed;
	bool upgraded;            /* a WebSocket: says good-bye by itself */
	uint64_t acked;           /* bytes that the peer had taken at the last progress */
	int64_t stalled_us;       /* since when a write makes no progress; 0: it does */
	struct vp_linger *linger; /* reads on after h2o has closed; NULL: none */
};

struct vp_watch {
	struct vp_watch *next;
	h2o_socket_t *sock;
	bool timer;
	void (*h)(void *arg);
	void *arg;
};

struct vp_http {
	struct vp_http_cfg cfg; /* text in it is owned */
	char *csp;              /* of files */
	h2o_globalconf_t config;
	h2o_context_t ctx;
	bool has_ctx;
	SSL_CTX *ssl;
	int64_t tls_stamp; /* of the files that ssl was made from */
	struct vp_listener listeners[VP_HTTP_LISTENERS];
	h2o_linklist_t conns;
	h2o_linklist_t deferred; /* struct vp_http_req, oldest first */
	h2o_linklist_t sockets;  /* struct vp_ws */
	h2o_linklist_t dirty;    /* struct vp_ws with something to send */
	h2o_linklist_t lingers;  /* struct vp_linger */
	unsigned lingering;
	struct vp_ip_count *ips[VP_HTTP_IP_BUCKETS];
	struct vp_watch *watches;
	struct vp_http_stats stats;
	struct vp_nets proxies;
	bool stopping;
	int64_t stop_at_us;
};

struct vp_http_req {
	struct vp_http *http;
	struct vp_conn *conn;
	h2o_req_t *h2o; /* NULL once answered or gone */
	const struct vp_http_route *route;
	struct vp_http_param params[VP_HTTP_MAX_PARAMS];
	size_t n_params;
	char *method;
	char *target; /* as sent, in origin form */
	char *path;   /* as sent, without query */
	char *query;  /* as sent; "" when none */
	char *host;   /* "" when none (HTTP/1.0) */
	char *body;   /* copied when first asked for */
	/* looked for when first asked for */
	const char *remote;
	void *data;
	bool head;
	bool answered;
	bool cached; /* the program gave a Cache-Control */
	bool is_file;
	struct vp_http_ref *refs;
	h2o_linklist_t link; /* in deferred */
	int64_t deadline_us;
};

struct vp_http_ref {
	struct vp_http_req *req;
	struct vp_http_ref *next;
};

/* listen.c */
int vp_listen_open(struct vp_http *http, struct vp_listener *l, const char *addr, SSL_CTX *ssl);
void vp_listen_close(struct vp_http *http);
void vp_listen_resume(struct vp_http *http);

/* conn.c */
bool vp_conn_accept(struct vp_http *http, h2o_socket_t *sock);
struct vp_conn *vp_conn_of(h2o_req_t *req);
void vp_conn_kill(struct vp_conn *conn);
void vp_conn_sweep(struct vp_http *http, int64_t now_us);
void vp_conn_close_idle(struct vp_http *http);
void vp_conn_kill_all(struct vp_http *http);

/* linger.c */
void vp_linger_install(struct vp_http *http, h2o_hostconf_t *host);
void vp_linger_shut(struct vp_linger *linger);
/* Ends what has lingered long enough; INT64_MAX: all. */
void vp_linger_sweep(struct vp_http *http, int64_t now_us);

/* proxy.c */
bool vp_proxy_is_trusted(const struct vp_http *http, const char *address);
/* The client's address by X-Forwarded-For (may be NULL; is cut up), as far as it can be believed */
const char *vp_proxy_client(const struct vp_http *http, const char *peer, char *forwarded);

/* tls.c */
int vp_tls_create(const char *cert, const char *key, SSL_CTX **ret_ctx);
int64_t vp_tls_stamp(const char *cert, const char *key);

/* head.c */
enum vp_head_verdict { VP_HEAD_OK, VP_HEAD_BAD };
/* A second, strict look (RFC 9112) at the raw head of a request that h2o accepted. */
enum vp_head_verdict vp_head_check(const char *head, size_t len);
bool vp_host_valid(const char *host, size_t len);

/* target.c: escapes and UTF-8 of request targets */
bool vp_target_valid(const char *target, size_t len);
/* Decodes %XX (and '+' as space when form) in place of dst; dst holds len + 1. */
size_t vp_target_decode(const char *src, size_t len, bool form, char *dst);
bool vp_utf8_valid(const char *text, size_t len);

/* route.c */
struct vp_route_match {
	const struct vp_http_route *route;
	size_t n_params;
	struct {
		const char *name;
		size_t name_len;
		const char *value; /* still encoded */
		size_t value_len;
	} params[VP_HTTP_MAX_PARAMS];
};
/* The most exact route for method and path. Without one *ret_allow tells which methods the path has
 * ("" for an unknown path). */
bool vp_route_find(const struct vp_http_route *routes, size_t n, const char *method,
	const char *path, struct vp_route_match *ret_match, char *ret_allow, size_t allow_size);

/* request.c */
struct vp_handler {
	h2o_handler_t super;
	struct vp_http *http;
};
int vp_request_handle(h2o_handler_t *self, h2o_req_t *req);

/* reply.c */
/* Status and the headers of every answer; the request counts as answered from here on. */
void vp_reply_begin(struct vp_http_req *req, int status);
void vp_reply_header(struct vp_http_req *req, const char *name, const char *value);

/* defer.c */
void vp_defer_forget(struct vp_http_req *req);
void vp_defer_sweep(struct vp_http *http, int64_t now_us);
void vp_defer_fail_all(struct vp_http *http);

/* static.c */
void vp_static_serve(struct vp_http_req *req);
const char *vp_mime_of(const char *path);

/* file.c */
/* Sends an open file; takes fd over. */
struct vp_file_send {
	int fd;
	const char *type;
	const char *download_name;
	const char *encoding; /* "br", "gzip" or NULL */
	const char *cache_control;
};
void vp_file_reply(struct vp_http_req *req, const struct vp_file_send *file);
/* "bytes=..." against a size. 0: send *ret_first..*ret_last; ERANGE: 416; EINVAL: ignore it. */
int vp_range_parse(const char *text, uint64_t size, uint64_t *ret_first, uint64_t *ret_last);

/* ws.c */
void vp_ws_flush(struct vp_http *http);
void vp_ws_sweep(struct vp_http *http, int64_t now_us);
void vp_ws_close_all(struct vp_http *http);

/* origin.c */
bool vp_origin_matches(const char *origin, const char *host, const char *public_url);

/* loop.c */
int vp_loop_once(struct vp_http *http, int32_t max_wait_ms);
void vp_loop_unwatch_all(struct vp_http *http);
#endif
