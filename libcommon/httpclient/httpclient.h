/* HTTP client on libcurl (multi interface in a thread of its own). One descriptor to watch, one
 * function to drain; callbacks run in the caller's thread. */
#ifndef VP_HTTPCLIENT_H
#define VP_HTTPCLIENT_H
#include <stdbool.h>
#include <stddef.h>

struct vp_httpc;
struct vp_httpc_op;

struct vp_httpc_cfg {
	unsigned max_parallel; /* default 64 */
	const char *ca_file;   /* NULL: the system's */
};
int vp_httpc_create(struct vp_httpc **ret, const struct vp_httpc_cfg *cfg);
struct vp_httpc *vp_httpc_destroy(struct vp_httpc *client);
int vp_httpc_fd(const struct vp_httpc *client);
void vp_httpc_drain(struct vp_httpc *client);

struct vp_httpc_req {
	const char *method;
	const char *url;
	const char *const *headers; /* "Name: value", NULL at end */
	const void *body;
	size_t len;
	const char *user, *password; /* Basic; NULL: none */
	unsigned timeout_ms;         /* default 10000 */
	size_t max_body;             /* of the answer: default 1 MiB, EFBIG above */
	/* Where the body of a good answer (2xx) is written, at once as it comes, by the client's
	 * thread; it stays the caller's. NULL: in memory. Errors of writing come as they are
	 * (ENOSPC ...). */
	const int *body_fd;
	unsigned stall_s;   /* ETIMEDOUT when nothing has come for so long; 0: only timeout_ms */
	bool allow_private; /* also loopback and private addresses; default only public ones */
};
struct vp_httpc_reply {
	int err; /* 0, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH, EPROTO (TLS), EFBIG, EACCES (address),
		    EINVAL (URL), EIO (other) */
	int status;
	const char *body; /* NUL at end; "" when it was written to body_fd */
	size_t len;
	size_t written; /* bytes that went to body_fd */
	const char *content_type;
	const char *reason;     /* libcurl's sentence when err is not 0 */
	const char *location;   /* where a redirect leads, whole; "" nowhere */
	unsigned retry_after_s; /* of Retry-After, at most an hour; 0: it does not say */
};
/* Only http and https, HTTP/1.1, redirects are not followed, no proxy. Exactly once, in
 * vp_httpc_drain, unless cancelled. EINVAL: a header holds a line break; EAGAIN: too much is
 * waiting. ret_op may be NULL. */
typedef void vp_httpc_h(const struct vp_httpc_reply *reply, void *arg);
int vp_httpc_send(struct vp_httpc *client, const struct vp_httpc_req *req, vp_httpc_h *h, void *arg,
	struct vp_httpc_op **ret_op);
void vp_httpc_cancel(struct vp_httpc_op *op);
#endif
