/* From h2o's request to ours: the strict look, the route, the limits, the handler; and what a
 * handler may ask of a request. */
#include <netdb.h>
#include <string.h>
#include <strings.h>
#include "libcommon/http/http_int.h"

static char *pool_text(struct vp_http_req *req, const char *text, size_t len)
{
	return h2o_strdup(&req->h2o->pool, text, len).base;
}

static void on_dispose(void *arg)
{
	struct vp_http_req *req = arg;
	req->conn->busy = 0;
	vp_defer_forget(req);
	req->h2o = NULL;
}

/* The target in origin form; NULL when it is none. The absolute form must name the Host. */
static const char *origin_form(struct vp_http_req *req, const char *target)
{
	size_t skip = strncasecmp(target, "http://", 7) == 0    ? 7
		      : strncasecmp(target, "https://", 8) == 0 ? 8
								: 0;
	if (skip == 0) {
		return target;
	}
	size_t len = strcspn(target + skip, "/?");
	if (len != strlen(req->host) || strncasecmp(target + skip, req->host, len) != 0) {
		return NULL;
	}
	return target + skip + len;
}

static bool read_target(struct vp_http_req *req)
{
	h2o_req_t *h2o = req->h2o;
	const h2o_iovec_t none = req->http->config.hosts[0]->authority.hostport;
	bool has_host = h2o->input.authority.base != none.base;
	req->host = has_host ? pool_text(req, h2o->input.authority.base, h2o->input.authority.len)
			     : pool_text(req, "", 0);
	req->method = pool_text(req, h2o->input.method.base, h2o->input.method.len);
	req->head = strcmp(req->method, "HEAD") == 0;
	req->path = pool_text(req, h2o->input.path.base, h2o->input.path.len);
	req->query = req->path + strlen(req->path);
	const char *target = origin_form(req, req->path);
	if (target == NULL || !vp_target_valid(target, strlen(target))) {
		return false;
	}
	req->target = pool_text(req, target, strlen(target));
	req->path = pool_text(req, target, strlen(target));
	req->query = req->path + strcspn(req->path, "?");
	if (*req->query == '?') {
		*req->query++ = '\0';
	}
	return true;
}

static struct vp_http_req *create(struct vp_http *http, h2o_req_t *h2o)
{
	struct vp_http_req *req = h2o_mem_alloc_shared(&h2o->pool, sizeof(*req), on_dispose);
	*req = (struct vp_http_req){.http = http, .conn = vp_conn_of(h2o), .h2o = h2o};
	req->conn->busy = 1;
	http->stats.requests++;
	return req;
}

static bool head_is_strict(struct vp_http_req *req)
{
	const h2o_buffer_t *input = req->conn->sock->input;
	return vp_head_check(input->bytes, input->size) == VP_HEAD_OK;
}

static void refuse(struct vp_http_req *req)
{
	req->http->stats.bad_requests++;
	req->h2o->http1_is_persistent = 0;
	vp_http_reply_error(req, 400, "bad_request", "The request is not valid HTTP/1.1.");
}

static void take_params(struct vp_http_req *req, const struct vp_route_match *match)
{
	for (size_t i = 0; i < match->n_params; i++) {
		struct vp_http_param *p = &req->params[i];
		p->name = match->params[i].name;
		p->name_len = match->params[i].name_len;
		p->value = h2o_mem_alloc_pool(&req->h2o->pool, match->params[i].value_len + 1);
		vp_target_decode(
			match->params[i].value, match->params[i].value_len, false, p->value);
	}
	req->n_params = match->n_params;
}

static void run_route(struct vp_http_req *req)
{
	struct vp_http *http = req->http;
	size_t max = req->route->max_body != 0 ? req->route->max_body : VP_HTTP_DEFAULT_BODY;
	if (req->h2o->entity.len > max) {
		http->stats.too_large++;
		vp_http_reply_error(req, 413, "too_large", "The request body is over the limit.");
		return;
	}
	if (http->cfg.before != NULL && !http->cfg.before(req, req->route, http->cfg.arg)) {
		return;
	}
	req->route->h(req, http->cfg.arg);
	if (!req->answered && req->refs == NULL) {
		vp_http_reply_error(req, 500, "internal", "This request was not answered.");
	}
}

static void run_files(struct vp_http_req *req)
{
	struct vp_http *http = req->http;
	if (http->cfg.file_root == NULL || (!req->head && strcmp(req->method, "GET") != 0)) {
		vp_http_reply_error(req, 404, "not_found", "There is nothing at this address.");
		return;
	}
	if (http->cfg.before == NULL || http->cfg.before(req, NULL, http->cfg.arg)) {
		vp_static_serve(req);
	}
}

static void dispatch(struct vp_http_req *req)
{
	struct vp_http *http = req->http;
	struct vp_route_match match;
	char allow[64];
	if (vp_route_find(http->cfg.routes, http->cfg.n_routes, req->method, req->path, &match,
		    allow, sizeof(allow))) {
		req->route = match.route;
		take_params(req, &match);
		run_route(req);
	} else if (allow[0] != '\0') {
		vp_http_add_header(req, "allow", allow);
		vp_http_reply_error(
			req, 405, "method_not_allowed", "This address does not take this method.");
	} else {
		run_files(req);
	}
}

int vp_request_handle(h2o_handler_t *self, h2o_req_t *h2o)
{
	struct vp_http_req *req = create(((struct vp_handler *)self)->http, h2o);
	if (!read_target(req) || !head_is_strict(req)) {
		refuse(req);
	} else {
		dispatch(req);
	}
	return 0;
}

const char *vp_http_method(const struct vp_http_req *req)
{
	return req->method;
}

const char *vp_http_path(const struct vp_http_req *req)
{
	return req->path;
}

const char *vp_http_target(const struct vp_http_req *req)
{
	return req->target;
}

const char *vp_http_param(const struct vp_http_req *req, const char *name)
{
	for (size_t i = 0; i < req->n_params; i++) {
		const struct vp_http_param *p = &req->params[i];
		if (p->name_len == strlen(name) && memcmp(p->name, name, p->name_len) == 0) {
			return p->value;
		}
	}
	return NULL;
}

const char *vp_http_query(struct vp_http_req *req, const char *name)
{
	for (const char *at = req->query; *at != '\0';) {
		size_t len = strcspn(at, "&");
		size_t name_len = strcspn(at, "=&");
		char *key = h2o_mem_alloc_pool(&req->h2o->pool, name_len + 1);
		vp_target_decode(at, name_len, true, key);
		if (strcmp(key, name) == 0) {
			const char *value = at + name_len + (name_len < len);
			size_t value_len = (size_t)(at + len - value);
			char *text = h2o_mem_alloc_pool(&req->h2o->pool, value_len + 1);
			vp_target_decode(value, value_len, true, text);
			return text;
		}
		at += len + (at[len] == '&');
	}
	return NULL;
}

const char *vp_http_header(struct vp_http_req *req, const char *name)
{
	if (strcmp(name, "host") == 0) {
		return req->host[0] != '\0' ? req->host : NULL;
	}
	ssize_t i = h2o_find_header_by_str(&req->h2o->headers, name, strlen(name), -1);
	if (i < 0) {
		return NULL;
	}
	const h2o_iovec_t *value = &req->h2o->headers.entries[i].value;
	return pool_text(req, value->base, value->len);
}

const char *vp_http_cookie(struct vp_http_req *req, const char *name)
{
	const char *at = vp_http_header(req, "cookie");
	size_t name_len = strlen(name);
	while (at != NULL && *at != '\0') {
		at += strspn(at, "; ");
		size_t len = strcspn(at, ";");
		if (len > name_len && memcmp(at, name, name_len) == 0 && at[name_len] == '=') {
			return pool_text(req, at + name_len + 1, len - name_len - 1);
		}
		at += len;
	}
	return NULL;
}

const char *vp_http_body(const struct vp_http_req *req, size_t *ret_len)
{
	struct vp_http_req *self = (struct vp_http_req *)req;
	if (self->body == NULL) {
		self->body = pool_text(self, req->h2o->entity.len != 0 ? req->h2o->entity.base : "",
			req->h2o->entity.len);
	}
	if (ret_len != NULL) {
		*ret_len = req->h2o->entity.len;
	}
	return self->body;
}

/* The last field that a proxy wrote: several fields of one name are one list. */
static char *forwarded_for(struct vp_http_req *req)
{
	static const char name[] = "x-forwarded-for";
	ssize_t i = -1, last = -1;
	while ((i = h2o_find_header_by_str(&req->h2o->headers, name, sizeof(name) - 1, i)) >= 0) {
		last = i;
	}
	if (last < 0) {
		return NULL;
	}
	const h2o_iovec_t *value = &req->h2o->headers.entries[last].value;
	return pool_text(req, value->base, value->len);
}

static const char *find_remote(struct vp_http_req *req)
{
	struct sockaddr_storage sa;
	char text[NI_MAXHOST];
	socklen_t len =
		req->h2o->conn->callbacks->get_peername(req->h2o->conn, (struct sockaddr *)&sa);
	size_t n =
		len != 0 ? h2o_socket_getnumerichost((struct sockaddr *)&sa, len, text) : SIZE_MAX;
	if (n == SIZE_MAX) {
		return "";
	}
	const char *peer = pool_text(req, text, n);
	return req->http->proxies.n != 0 ? vp_proxy_client(req->http, peer, forwarded_for(req))
					 : peer;
}

const char *vp_http_remote(struct vp_http_req *req)
{
	if (req->remote == NULL) {
		req->remote = find_remote(req);
	}
	return req->remote;
}

bool vp_http_is_tls(const struct vp_http_req *req)
{
	return req->h2o->input.scheme == &H2O_URL_SCHEME_HTTPS;
}

const void *vp_http_route_data(const struct vp_http_req *req)
{
	return req->route != NULL ? req->route->data : NULL;
}

void *vp_http_alloc(struct vp_http_req *req, size_t size)
{
	void *mem = h2o_mem_alloc_pool(&req->h2o->pool, size);
	return memset(mem, 0, size);
}

void vp_http_set_data(struct vp_http_req *req, void *data)
{
	req->data = data;
}

void *vp_http_data(const struct vp_http_req *req)
{
	return req->data;
}
