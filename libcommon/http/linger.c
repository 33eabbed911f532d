/* What h2o refuses by itself, before a request is whole: a body over the hard limit, broken chunks.
 * Its answer is plain text, and it closes while the peer still sends; TCP then resets the
 * connection, which throws the answer away before the peer read it (RFC 9112 section 9.6). So the
 * answer becomes JSON like all others, and what still comes in is read and dropped for a while. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http_int.h"

#define LINGERING_MAX 64
#define LINGER_BYTES ((size_t)32 << 20)
#define LINGER_MS 5000

struct vp_linger {
	h2o_linklist_t link;
	struct vp_http *http;
	struct vp_conn *conn; /* NULL: h2o has closed */
	h2o_socket_t *sock;   /* of a duplicate: h2o closes its own descriptor */
	size_t dropped;
	int64_t until_us;
};

struct refusal {
	h2o_ostream_t super;
	h2o_iovec_t body;
};

struct refusal_filter {
	h2o_filter_t super;
	struct vp_http *http;
};

static void end(struct vp_linger *linger)
{
	if (linger->conn != NULL) {
		linger->conn->linger = NULL;
	}
	h2o_linklist_unlink(&linger->link);
	linger->http->lingering--;
	h2o_socket_close(linger->sock);
	free(linger);
}

static void on_more(h2o_socket_t *sock, const char *err)
{
	struct vp_linger *linger = sock->data;
	size_t n = sock->input->size;
	h2o_buffer_consume(&sock->input, n);
	linger->dropped += n;
	if (err != NULL || linger->dropped > LINGER_BYTES) {
		end(linger);
	}
}

/* h2o closed its descriptor: the peer learns it only from a shutdown of ours. */
void vp_linger_shut(struct vp_linger *linger)
{
	linger->conn = NULL;
	shutdown(h2o_socket_get_fd(linger->sock), SHUT_WR);
}

static void begin(struct vp_http *http, h2o_req_t *req)
{
	h2o_socket_t *sock = req->conn->callbacks->get_socket(req->conn);
	if (http->stopping || http->lingering == LINGERING_MAX) {
		return;
	}
	int fd = fcntl(h2o_socket_get_fd(sock), F_DUPFD_CLOEXEC, 0);
	if (fd < 0) {
		return;
	}
	struct vp_linger *linger = h2o_mem_alloc(sizeof(*linger));
	*linger = (struct vp_linger){
		.http = http,
		.conn = vp_conn_of(req),
		.sock = h2o_evloop_socket_create(http->ctx.loop, fd, 0),
		.until_us = vp_mono_us() + LINGER_MS * 1000,
	};
	linger->conn->linger = linger;
	linger->sock->data = linger;
	h2o_linklist_insert(&http->lingers, &linger->link);
	http->lingering++;
	h2o_socket_read_start(linger->sock, on_more);
}

void vp_linger_sweep(struct vp_http *http, int64_t now_us)
{
	h2o_linklist_t *next;
	for (h2o_linklist_t *n = http->lingers.next; n != &http->lingers; n = next) {
		struct vp_linger *linger = H2O_STRUCT_FROM_MEMBER(struct vp_linger, link, n);
		next = n->next;
		if (now_us >= linger->until_us) {
			end(linger);
		}
	}
}

static void send_json(h2o_ostream_t *super, h2o_req_t *req, h2o_iovec_t *bufs, size_t n_bufs,
	h2o_send_state_t state)
{
	struct refusal *self = (void *)super;
	(void)bufs;
	(void)n_bufs;
	h2o_ostream_send_next(&self->super, req, &self->body, 1, state);
}

static h2o_iovec_t body_of(struct vp_http *http, h2o_req_t *req)
{
	char *text = h2o_mem_alloc_pool(&req->pool, 160);
	int len;
	if (req->res.status == 413) {
		len = snprintf(text, 160,
			"{\"error\":\"too_large\",\"message\":\"The request body is over the limit "
			"of "
			"%zu KiB.\"}",
			http->cfg.max_body >> 10);
	} else {
		len = snprintf(text, 160,
			"{\"error\":\"bad_request\",\"message\":\"This is not a well-formed HTTP "
			"request.\"}");
	}
	return h2o_iovec_init(text, (size_t)len);
}

static void on_refusal(h2o_filter_t *super, h2o_req_t *req, h2o_ostream_t **slot)
{
	struct vp_http *http = ((struct refusal_filter *)super)->http;
	if (req->res.status == 413) {
		http->stats.too_large++;
	} else {
		http->stats.bad_requests++;
	}
	struct refusal *self = (void *)h2o_add_ostream(req, sizeof(*self), slot);
	self->super.do_send = send_json;
	self->body = body_of(http, req);
	req->res.content_length = self->body.len;
	h2o_set_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE,
		H2O_STRLIT("application/json"), 1);
	begin(http, req);
	h2o_setup_next_ostream(req, &self->super.next);
}

void vp_linger_install(struct vp_http *http, h2o_hostconf_t *host)
{
	/* only h2o's own answers take the fallback path: ours is "/" */
	struct refusal_filter *filter =
		(void *)h2o_create_filter(&host->fallback_path, sizeof(*filter));
	filter->super.on_setup_ostream = on_refusal;
	filter->http = http;
}
