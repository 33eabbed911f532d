/* Answers in one piece, and the headers that every answer carries. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http_int.h"

#define PLAIN_MAX 512
#define CSP_DATA "default-src 'none'; frame-ancestors 'none'"
#define CSP_FILES                                                                                  \
	"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "                \
	"img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; "              \
	"connect-src 'self'%s%s; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "    \
	"form-action 'self'; frame-ancestors 'none'"

static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{206, "Partial Content"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{303, "See Other"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{409, "Conflict"},
		{410, "Gone"},
		{413, "Content Too Large"},
		{415, "Unsupported Media Type"},
		{416, "Range Not Satisfiable"},
		{422, "Unprocessable Content"},
		{426, "Upgrade Required"},
		{429, "Too Many Requests"},
		{500, "Internal Server Error"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
	};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status) {
			return reasons[i].reason;
		}
	}
	return "Unknown";
}

void vp_reply_header(struct vp_http_req *req, const char *name, const char *value)
{
	h2o_mem_pool_t *pool = &req->h2o->pool;
	h2o_iovec_t n = h2o_strdup(pool, name, strlen(name));
	h2o_iovec_t v = h2o_strdup(pool, value, strlen(value));
	h2o_add_header_by_str(pool, &req->h2o->res.headers, n.base, n.len, 1, NULL, v.base, v.len);
}

void vp_http_add_header(struct vp_http_req *req, const char *name, const char *value)
{
	for (const char *c = value; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7F) {
			return; /* never lets a value begin a header of its own */
		}
	}
	if (strcmp(name, "cache-control") == 0) {
		req->cached = true;
	}
	vp_reply_header(req, name, value);
}

/* Texts that outlive the request need no copies: each answer has half a dozen of them. */
static void add_fixed(struct vp_http_req *req, const char *name, const char *value)
{
	h2o_add_header_by_str(&req->h2o->pool, &req->h2o->res.headers, name, strlen(name), 1, NULL,
		value, strlen(value));
}

static void add_security(struct vp_http_req *req)
{
	if (req->is_file) {
		vp_reply_header(req, "content-security-policy", req->http->csp);
	} else {
		add_fixed(req, "content-security-policy", CSP_DATA);
	}
	add_fixed(req, "x-content-type-options", "nosniff");
	add_fixed(req, "referrer-policy", "same-origin");
	add_fixed(req, "cross-origin-opener-policy", "same-origin");
	add_fixed(req, "cross-origin-resource-policy", "same-origin");
	if (req->is_file) {
		vp_reply_header(
			req, "permissions-policy", "microphone=(self), camera=(), geolocation=()");
	}
	if (vp_http_is_tls(req)) {
		vp_reply_header(req, "strict-transport-security", "max-age=31536000");
	}
}

bool vp_http_are_sources(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~' || *c == ';' || *c == ',' || *c == '\'') {
			return false; /* never lets a source begin a directive of its own */
		}
	}
	return true;
}

int vp_http_allow_connect(struct vp_http *http, const char *sources)
{
	if (!vp_http_are_sources(sources)) {
		return EINVAL;
	}
	char *csp = vp_strf(CSP_FILES, sources[0] != '\0' ? " " : "", sources);
	if (csp == NULL) {
		return ENOMEM;
	}
	free(http->csp);
	http->csp = csp;
	return 0;
}

void vp_reply_begin(struct vp_http_req *req, int status)
{
	req->answered = true;
	vp_defer_forget(req);
	req->h2o->res.status = status;
	req->h2o->res.reason = reason_of(status);
	add_security(req);
	if (!req->cached && !req->is_file) {
		add_fixed(req, "cache-control", "no-store");
	}
}

static h2o_generator_t no_generator = {NULL, NULL};

void vp_http_reply(
	struct vp_http_req *req, int status, const char *type, const void *body, size_t len)
{
	if (req->answered) {
		return;
	}
	vp_reply_begin(req, status);
	h2o_req_t *h2o = req->h2o;
	bool bare = status == 204 || status == 304;
	if (type != NULL && !bare) {
		vp_reply_header(req, "content-type", type);
	}
	h2o->res.content_length = bare ? SIZE_MAX : len;
	h2o_start_response(h2o, &no_generator);
	if (bare || req->head || len == 0) {
		h2o_send(h2o, NULL, 0, H2O_SEND_STATE_FINAL);
	} else {
		h2o_iovec_t buf = h2o_strdup(&h2o->pool, body, len);
		h2o_send(h2o, &buf, 1, H2O_SEND_STATE_FINAL);
	}
}

void vp_http_reply_json(struct vp_http_req *req, int status, const char *json)
{
	vp_http_reply(req, status, "application/json", json, strlen(json));
}

/* It stands in JSON as it is. */
static bool is_plain(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\') {
			return false;
		}
	}
	return true;
}

/* Refusals are what strangers make us write most: nearly all are plain, and cost a print. */
static bool reply_plain(struct vp_http_req *req, int status, const char *error, const char *message)
{
	char text[PLAIN_MAX];
	int len = is_plain(error) && is_plain(message)
			  ? snprintf(text, sizeof(text), "{\"error\":\"%s\",\"message\":\"%s\"}",
				    error, message)
			  : -1;
	if (len < 0 || (size_t)len >= sizeof(text)) {
		return false;
	}
	vp_http_reply(req, status, "application/json", text, (size_t)len);
	return true;
}

void vp_http_reply_error(
	struct vp_http_req *req, int status, const char *error, const char *message)
{
	if (reply_plain(req, status, error, message)) {
		return;
	}
	json_t *body = json_pack("{s:s, s:s}", "error", error, "message", message);
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	vp_http_reply_json(req, status, text != NULL ? text : "{\"error\":\"internal\"}");
	free(text);
	json_decref(body);
}
