/* Inside of libcommon/httpclient. */
#ifndef VP_HTTPCLIENT_INT_H
#define VP_HTTPCLIENT_INT_H
#include <curl/curl.h>
#include <stdatomic.h>
#include <stdint.h>
#include "libcommon/httpclient/httpclient.h"

#define VP_HTTPC_DEFAULT_PARALLEL 64
#define VP_HTTPC_DEFAULT_TIMEOUT_MS 10000
#define VP_HTTPC_DEFAULT_BODY ((size_t)1 << 20)
#define VP_HTTPC_QUEUE_MAX 4096
#define VP_HTTPC_ERROR_BODY ((size_t)64 << 10) /* in memory, while good ones go to body_fd */

/* One request: made by the caller, worked on by the thread, finished by the caller's drain. */
struct vp_httpc_op {
	struct vp_httpc_op *next;
	struct vp_httpc *client;
	CURL *easy;
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE];
	char *body;
	size_t len, size, max_body;
	bool allow_private, too_big;
	int body_fd;   /* -1: in memory */
	int write_err; /* errno of body_fd */
	size_t written;
	bool denied; /* by the guard of addresses */
	CURLcode result;
	atomic_bool cancelled;
	vp_httpc_h *h;
	void *arg;
};

/* transfer.c */
int vp_transfer_create(
	struct vp_httpc_op **ret, const struct vp_httpc_req *req, const char *ca_file);
struct vp_httpc_op *vp_transfer_destroy(struct vp_httpc_op *op);
void vp_transfer_reply(struct vp_httpc_op *op, struct vp_httpc_reply *ret_reply);
#endif
