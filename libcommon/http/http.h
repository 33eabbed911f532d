/* HTTP/1.1 server and WebSocket over libh2o with the guards of docs/http.md. One loop, one thread:
 * the one that calls vp_http_run; every callback runs there. Only this folder includes h2o. */
#ifndef VP_HTTP_H
#define VP_HTTP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vp_http;     /* the server */
struct vp_http_req; /* a request; lives until its answer is sent or the client is gone */
struct vp_ws;       /* an open WebSocket */

typedef void vp_http_h(struct vp_http_req *req, void *arg);

struct vp_http_route {
	const char *method; /* "GET"; "*" any */
	const char *path;   /* "/api/voip/recordings/{id}"; a last part "*" takes the rest */
	vp_http_h *h;
	size_t max_body;  /* 0: 64 KiB; answered 413 above it */
	const void *data; /* the program's own: permission and so on; vp_http_route_data */
};

struct vp_http_cfg {
	const char *listen;     /* "127.0.0.1:8080", port 0: any; NULL: none */
	const char *listen_tls; /* needs cert and key */
	const char *tls_cert, *tls_key;
	const struct vp_http_route *routes; /* sorted or not; the most exact path wins */
	size_t n_routes;
	void *arg; /* of all route handlers */
	/* Runs before each handler (routes and files); false: it has answered. May be NULL. */
	bool (*before)(struct vp_http_req *req, const struct vp_http_route *route, void *arg);
	const char *file_root; /* web files; unknown paths without a dot get its index.html; NULL:
				  404 */
	unsigned max_conns;    /* default 4096 */
	unsigned max_conns_per_ip; /* default 512 */
	unsigned
		io_timeout_s; /* whole request in, and any progress of the answer out: default 10 */
	unsigned answer_timeout_s; /* a deferred answer is 504 after it: default 30 */
	size_t max_body;           /* hard stop for all: default 1 MiB */
	const char *public_url;    /* "https://crm.example": its origin is ours too; NULL: only Host
				      counts */
	const char
		*trusted_proxies; /* "10.0.0.1, 10.1.0.0/16": their X-Forwarded-For is believed */
};

int vp_http_create(struct vp_http **ret, const struct vp_http_cfg *cfg);
struct vp_http *vp_http_destroy(struct vp_http *http);
/* Loops until vp_http_stop and all is drained or drain_s passed. */
int vp_http_run(struct vp_http *http);
void vp_http_stop(struct vp_http *http, unsigned drain_s); /* from the loop's thread */
int vp_http_port(const struct vp_http *http, bool tls);    /* the bound port */

/* Is it sources of a Content-Security-Policy by spaces, "wss://host:port"? */
bool vp_http_are_sources(const char *text);
/* Pages may speak to these hosts besides our own from their next load on; "" none. EINVAL: they
 * are no sources. */
int vp_http_allow_connect(struct vp_http *http, const char *sources);

/* The loop watches a descriptor of another client (bus, db) and calls h when it is readable. */
int vp_http_watch(struct vp_http *http, int fd, void (*h)(void *arg), void *arg);
/* h each interval_ms; ends with the server. */
int vp_http_every(struct vp_http *http, unsigned interval_ms, void (*h)(void *arg), void *arg);

/* --- request; text is NUL-terminated, valid as long as the request --- */
const char *vp_http_method(const struct vp_http_req *req);
const char *vp_http_path(const struct vp_http_req *req);
const char *vp_http_target(
	const struct vp_http_req *req); /* path and query, byte for byte as sent */
const char *vp_http_param(const struct vp_http_req *req, const char *name); /* {id}; NULL: none */
const char *vp_http_query(struct vp_http_req *req, const char *name);  /* decoded; NULL: none */
const char *vp_http_header(struct vp_http_req *req, const char *name); /* lower case; NULL: none */
const char *vp_http_cookie(struct vp_http_req *req, const char *name);
const char *vp_http_body(const struct vp_http_req *req, size_t *ret_len);
const char *vp_http_remote(struct vp_http_req *req); /* address of the client, text */
bool vp_http_is_tls(const struct vp_http_req *req);
/* What the browser says about who made the request: its Origin is ours (or, without one, its
 * Sec-Fetch-Site says so). False when it says nothing. */
bool vp_http_same_origin(struct vp_http_req *req);
const void *vp_http_route_data(const struct vp_http_req *req);
/* Memory of the request, zeroed; gone with it. */
void *vp_http_alloc(struct vp_http_req *req, size_t size);
/* The program's pointer on the request (session ...). */
void vp_http_set_data(struct vp_http_req *req, void *data);
void *vp_http_data(const struct vp_http_req *req);

/* --- answer: exactly one of these a request, now or later --- */
void vp_http_add_header(struct vp_http_req *req, const char *name, const char *value);
void vp_http_reply(
	struct vp_http_req *req, int status, const char *type, const void *body, size_t len);
void vp_http_reply_json(struct vp_http_req *req, int status, const char *json);
/* {"error":word,"message":sentence} */
void vp_http_reply_error(
	struct vp_http_req *req, int status, const char *error, const char *message);
/* A file with ETag, Range (206, 416) and Content-Disposition when download_name is not NULL. */
void vp_http_reply_file(
	struct vp_http_req *req, const char *path, const char *type, const char *download_name);

/* To answer later: the handler returns without an answer after it took a ref. The ref outlives the
 * request: vp_http_ref_req gives NULL once the client is gone or the deadline (30 s, 504) passed.
 * Drop it once, after answering or giving up. */
struct vp_http_ref;
struct vp_http_ref *vp_http_defer(struct vp_http_req *req);
struct vp_http_req *vp_http_ref_req(struct vp_http_ref *ref);
void vp_http_ref_drop(struct vp_http_ref *ref);

/* What the guards did; counters but for conns and sockets. */
struct vp_http_stats {
	uint64_t requests, accepted, refused_per_ip, bad_requests, too_large, timed_out, stalled;
	unsigned conns, sockets;
};
void vp_http_stats(const struct vp_http *http, struct vp_http_stats *ret_stats);

/* --- WebSocket (RFC 6455), text messages --- */
struct vp_ws_cfg {
	size_t max_msg;   /* default 64 KiB, closes with 1009 above */
	size_t max_queue; /* bytes waiting for a slow client before it is closed: default 1 MiB */
	unsigned ping_s;  /* default 20; no pong in two: closed */
	const char *protocol; /* Sec-WebSocket-Protocol to answer with, or NULL */
	void (*on_text)(struct vp_ws *ws, const char *text, size_t len,
		void *arg);                            /* valid UTF-8, NUL at end */
	void (*on_close)(struct vp_ws *ws, void *arg); /* exactly once; ws is gone afterwards */
	void *arg;
};
/* Checks the handshake and same Origin (a client without Origin is no browser and may pass);
 * answers 426 or 403 itself and returns NULL when it is none. On success the request is used up.
 * A ws is valid until its on_close; what is sent inside or after a close is dropped. */
struct vp_ws *vp_http_upgrade(struct vp_http_req *req, const struct vp_ws_cfg *cfg);
void vp_ws_send(struct vp_ws *ws, const char *text, size_t len);
void vp_ws_close(struct vp_ws *ws, unsigned code, const char *reason);
#endif
