/* Sends an open file with ETag and one range (RFC 9110 sections 13 and 14), 64 KiB at a time. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "libcommon/http/http_int.h"

#define CHUNK ((size_t)64 << 10)

struct file_generator {
	h2o_generator_t super;
	int fd;
	uint64_t at, left;
	char *buf;
};

static void on_dispose(void *arg)
{
	struct file_generator *gen = arg;
	if (gen->fd >= 0) {
		close(gen->fd);
	}
}

static void on_proceed(h2o_generator_t *super, h2o_req_t *h2o)
{
	struct file_generator *gen = (struct file_generator *)super;
	size_t want = gen->left < CHUNK ? (size_t)gen->left : CHUNK;
	ssize_t n = pread(gen->fd, gen->buf, want, (off_t)gen->at);
	if (n <= 0) { /* it shrank: the length was promised, so only a cut tells the truth */
		h2o_send(h2o, NULL, 0, H2O_SEND_STATE_ERROR);
		return;
	}
	gen->at += (uint64_t)n;
	gen->left -= (uint64_t)n;
	h2o_iovec_t buf = {gen->buf, (size_t)n};
	h2o_send(h2o, &buf, 1, gen->left != 0 ? H2O_SEND_STATE_IN_PROGRESS : H2O_SEND_STATE_FINAL);
}

static bool read_number(const char **at, uint64_t *ret_value)
{
	if (**at < '0' || **at > '9') {
		return false;
	}
	char *end;
	errno = 0;
	*ret_value = strtoull(*at, &end, 10);
	*at = end;
	return errno == 0;
}

int vp_range_parse(const char *text, uint64_t size, uint64_t *ret_first, uint64_t *ret_last)
{
	uint64_t first = 0, last = 0;
	if (strncmp(text, "bytes=", 6) != 0) {
		return EINVAL;
	}
	text += 6;
	bool has_first = read_number(&text, &first);
	if (*text++ != '-') {
		return EINVAL;
	}
	bool has_last = read_number(&text, &last);
	if (*text != '\0' || (!has_first && !has_last) || (has_first && has_last && last < first)) {
		return EINVAL; /* also several ranges: the whole file is a right answer to them */
	}
	if (!has_first) {
		first = last < size ? size - last : 0;
		if (last == 0 || size == 0) {
			return ERANGE;
		}
		last = size - 1;
	} else if (!has_last || last >= size) {
		last = size - 1;
	}
	if (first >= size) {
		return ERANGE;
	}
	*ret_first = first;
	*ret_last = last;
	return 0;
}

static bool etag_listed(const char *list, const char *etag)
{
	const char *hit = strcmp(list, "*") == 0 ? list : strstr(list, etag);
	return hit != NULL;
}

/* The part to send: whole, a range, or 416. */
static int choose_range(struct vp_http_req *req, const char *etag, uint64_t size,
	uint64_t *ret_first, uint64_t *ret_last)
{
	*ret_first = 0;
	*ret_last = size != 0 ? size - 1 : 0;
	const char *range = vp_http_header(req, "range");
	const char *if_range = vp_http_header(req, "if-range");
	if (range == NULL || (if_range != NULL && strcmp(if_range, etag) != 0)) {
		return 200;
	}
	switch (vp_range_parse(range, size, ret_first, ret_last)) {
	case 0: return 206;
	case ERANGE: return 416;
	default: return 200;
	}
}

static void add_disposition(struct vp_http_req *req, const char *name)
{
	char text[256];
	size_t n = (size_t)snprintf(text, sizeof(text), "attachment; filename=\"");
	for (; *name != '\0' && n < sizeof(text) - 2; name++) {
		bool plain = *name > ' ' && *name < 0x7F && strchr("\"\\/;", *name) == NULL;
		text[n++] = plain ? *name : '_';
	}
	text[n++] = '"';
	text[n] = '\0';
	vp_reply_header(req, "content-disposition", text);
}

static void add_headers(struct vp_http_req *req, const struct vp_file_send *file, const char *etag)
{
	vp_reply_header(req, "etag", etag);
	vp_reply_header(req, "accept-ranges", file->encoding != NULL ? "none" : "bytes");
	if (!req->cached) {
		vp_reply_header(req, "cache-control",
			file->cache_control != NULL ? file->cache_control : "private, no-cache");
	}
	if (file->encoding != NULL) {
		vp_reply_header(req, "content-encoding", file->encoding);
	}
	if (file->download_name != NULL) {
		add_disposition(req, file->download_name);
	}
}

static void send_part(struct vp_http_req *req, int fd, uint64_t first, uint64_t len)
{
	h2o_req_t *h2o = req->h2o;
	struct file_generator *gen = h2o_mem_alloc_shared(&h2o->pool, sizeof(*gen), on_dispose);
	*gen = (struct file_generator){.fd = fd, .at = first, .left = len};
	gen->super.proceed = on_proceed;
	h2o->res.content_length = len;
	h2o_start_response(h2o, &gen->super);
	if (req->head || len == 0) {
		h2o_send(h2o, NULL, 0, H2O_SEND_STATE_FINAL);
		return;
	}
	gen->buf = h2o_mem_alloc_pool(&h2o->pool, len < CHUNK ? (size_t)len : CHUNK);
	on_proceed(&gen->super, h2o);
}

static void send_checked(
	struct vp_http_req *req, const struct vp_file_send *file, const struct stat *st)
{
	char etag[64], text[80];
	uint64_t size = (uint64_t)st->st_size, first, last;
	snprintf(etag, sizeof(etag), "\"%" PRIx64 "-%" PRIx64 "%s\"", size,
		(uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec,
		file->encoding != NULL ? file->encoding : "");
	add_headers(req, file, etag);
	const char *known = vp_http_header(req, "if-none-match");
	if (known != NULL && etag_listed(known, etag)) {
		close(file->fd);
		vp_http_reply(req, 304, NULL, NULL, 0);
		return;
	}
	int status = file->encoding != NULL ? 200 : choose_range(req, etag, size, &first, &last);
	if (status == 416) {
		close(file->fd);
		snprintf(text, sizeof(text), "bytes */%" PRIu64, size);
		vp_reply_header(req, "content-range", text);
		vp_http_reply_error(req, 416, "bad_range", "The file is shorter than that.");
		return;
	}
	if (status == 206) {
		snprintf(text, sizeof(text), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first, last,
			size);
		vp_reply_header(req, "content-range", text);
	}
	vp_reply_begin(req, status);
	vp_reply_header(req, "content-type", file->type);
	send_part(
		req, file->fd, status == 206 ? first : 0, status == 206 ? last - first + 1 : size);
}

void vp_file_reply(struct vp_http_req *req, const struct vp_file_send *file)
{
	struct stat st;
	req->is_file = true;
	if (fstat(file->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(file->fd);
		req->is_file = false;
		vp_http_reply_error(req, 404, "not_found", "There is nothing at this address.");
		return;
	}
	send_checked(req, file, &st);
}

void vp_http_reply_file(
	struct vp_http_req *req, const char *path, const char *type, const char *download_name)
{
	if (req->answered) {
		return;
	}
	/* O_NONBLOCK: opening a FIFO must not hold the loop */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		vp_http_reply_error(req, 404, "not_found", "This file is not there (any more).");
		return;
	}
	vp_file_reply(req, &(struct vp_file_send){.fd = fd,
				   .type = type != NULL ? type : vp_mime_of(path),
				   .download_name = download_name});
}
