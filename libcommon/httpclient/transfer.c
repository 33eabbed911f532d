/* One request as a libcurl handle. The guard sits where the socket is made, after name resolution,
 * so a name that resolves differently a second time gains nothing. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include "libcommon/base/address.h"
#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient_int.h"

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct vp_httpc_op *op = arg;
	(void)purpose;
	if (!op->allow_private && !vp_address_is_public(&address->addr)) {
		op->denied = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t write_out(struct vp_httpc_op *op, const char *data, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(op->body_fd, data + done, len - done);
		if (n < 0 && errno != EINTR) {
			/* EFBIG is the limit of a process, and too large an answer elsewhere here
			 */
			op->write_err = errno == EFBIG ? ENOSPC : errno;
			return 0;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	op->written += len;
	return len;
}

static bool is_good(const struct vp_httpc_op *op)
{
	long status = 0;
	curl_easy_getinfo(op->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct vp_httpc_op *op = arg;
	size_t len = size * n;
	bool out = op->body_fd >= 0 && is_good(op);
	size_t max = op->body_fd >= 0 && !out ? VP_HTTPC_ERROR_BODY : op->max_body;
	size_t have = out ? op->written : op->len;
	if (have > max || len > max - have) {
		op->too_big = true;
		return 0;
	}
	if (out) {
		return write_out(op, data, len);
	}
	if (op->len + len + 1 > op->size) {
		size_t want = 2 * (op->len + len) + 1024;
		char *grown = realloc(op->body, want);
		if (grown == NULL) {
			return 0;
		}
		op->body = grown;
		op->size = want;
	}
	memcpy(op->body + op->len, data, len);
	op->len += len;
	op->body[op->len] = '\0';
	return len;
}

static int set_headers(struct vp_httpc_op *op, const struct vp_httpc_req *req)
{
	/* no "Expect: 100-continue": it only costs a round trip here */
	op->headers = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; req->headers != NULL && req->headers[i] != NULL; i++) {
		if (strpbrk(req->headers[i], "\r\n") != NULL) {
			return EINVAL;
		}
		struct curl_slist *list = curl_slist_append(op->headers, req->headers[i]);
		op->headers = list != NULL ? list : op->headers;
	}
	if (op->headers == NULL) {
		return ENOMEM;
	}
	curl_easy_setopt(op->easy, CURLOPT_HTTPHEADER, op->headers);
	return 0;
}

static void set_method(struct vp_httpc_op *op, const struct vp_httpc_req *req)
{
	const char *method = req->method != NULL ? req->method : "GET";
	if (strcmp(method, "HEAD") == 0) {
		curl_easy_setopt(op->easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (req->body != NULL) {
		curl_easy_setopt(op->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->len);
		curl_easy_setopt(op->easy, CURLOPT_COPYPOSTFIELDS, req->body);
	}
	if (req->body != NULL || strcmp(method, "GET") != 0) {
		curl_easy_setopt(op->easy, CURLOPT_CUSTOMREQUEST, method);
	}
}

static int set_options(struct vp_httpc_op *op, const struct vp_httpc_req *req, const char *ca_file)
{
	CURL *easy = op->easy;
	unsigned timeout_ms = req->timeout_ms != 0 ? req->timeout_ms : VP_HTTPC_DEFAULT_TIMEOUT_MS;
	if (curl_easy_setopt(easy, CURLOPT_URL, req->url) != CURLE_OK) {
		return ENOMEM;
	}
	curl_easy_setopt(easy, CURLOPT_PRIVATE, op);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, op->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* a proxy would connect for us, unguarded */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, op);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, op);
	if (req->stall_s != 0) {
		curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)req->stall_s);
	}
	if (op->body_fd >= 0) {
		curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)op->max_body);
	}
	if (op->allow_private) {
		/* a kept connection to a private address must not serve a guarded request */
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	}
	if (ca_file != NULL) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	}
	if (req->user != NULL) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERNAME, req->user);
		curl_easy_setopt(
			easy, CURLOPT_PASSWORD, req->password != NULL ? req->password : "");
	}
	set_method(op, req);
	return set_headers(op, req);
}

int vp_transfer_create(
	struct vp_httpc_op **ret, const struct vp_httpc_req *req, const char *ca_file)
{
	struct vp_httpc_op *op = calloc(1, sizeof(*op));
	if (op == NULL) {
		return ENOMEM;
	}
	op->easy = curl_easy_init();
	op->allow_private = req->allow_private;
	op->max_body = req->max_body != 0 ? req->max_body : VP_HTTPC_DEFAULT_BODY;
	/* one of our own: a request that was cancelled may still write for a moment */
	op->body_fd = req->body_fd != NULL ? fcntl(*req->body_fd, F_DUPFD_CLOEXEC, 0) : -1;
	int err = req->body_fd != NULL && op->body_fd < 0 ? errno
		  : op->easy != NULL                      ? set_options(op, req, ca_file)
							  : ENOMEM;
	if (err != 0) {
		vp_transfer_destroy(op);
		return err;
	}
	*ret = op;
	return 0;
}

struct vp_httpc_op *vp_transfer_destroy(struct vp_httpc_op *op)
{
	if (op != NULL) {
		curl_easy_cleanup(op->easy);
		curl_slist_free_all(op->headers);
		if (op->body_fd >= 0) {
			close(op->body_fd);
		}
		free(op->body);
		free(op);
	}
	return NULL;
}

static int errno_of(const struct vp_httpc_op *op)
{
	switch (op->result) {
	case CURLE_OK: return 0;
	case CURLE_OPERATION_TIMEDOUT: return ETIMEDOUT;
	case CURLE_COULDNT_RESOLVE_HOST: return EHOSTUNREACH;
	case CURLE_COULDNT_CONNECT: return op->denied ? EACCES : ECONNREFUSED;
	case CURLE_WRITE_ERROR: return op->too_big ? EFBIG : op->write_err ? op->write_err : EIO;
	case CURLE_FILESIZE_EXCEEDED: return EFBIG;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL: return EINVAL;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER: return EPROTO;
	default: return EIO;
	}
}

void vp_transfer_reply(struct vp_httpc_op *op, struct vp_httpc_reply *ret_reply)
{
	long status = 0;
	char *type = NULL, *location = NULL;
	curl_off_t wait_s = 0;
	curl_easy_getinfo(op->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(op->easy, CURLINFO_RETRY_AFTER, &wait_s);
	curl_easy_getinfo(op->easy, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(op->easy, CURLINFO_REDIRECT_URL, &location);
	*ret_reply = (struct vp_httpc_reply){.err = errno_of(op),
		.status = (int)status,
		.body = op->body != NULL ? op->body : "",
		.len = op->len,
		.written = op->written,
		.content_type = type != NULL ? type : "",
		.reason = "",
		.location = location != NULL ? location : "",
		.retry_after_s = (unsigned)(wait_s < 0      ? 0
					    : wait_s < 3600 ? wait_s
							    : 3600)};
	if (op->denied && ret_reply->err != 0) {
		ret_reply->reason = "the address is not a public one";
	} else if (ret_reply->err != 0) {
		ret_reply->reason =
			op->error[0] != '\0' ? op->error : curl_easy_strerror(op->result);
	}
}
