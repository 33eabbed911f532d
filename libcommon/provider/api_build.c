#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/provider/api_int.h"

#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
#define BASE_MAX 512

static void wipe(char *text)
{
	if (text) {
		vp_secret_free(text, strlen(text));
	}
}

void vp_api_request_clear(struct vp_api_request *request)
{
	free(request->url);
	for (size_t i = 0; i < VP_API_HEADERS_MAX; i++) {
		wipe(request->headers[i]); /* one is a bearer token */
	}
	wipe(request->body);
	wipe(request->user);
	wipe(request->password);
	*request = (struct vp_api_request){0};
}

void vp_api_request_http(const struct vp_api_request *request, struct vp_httpc_req *ret)
{
	*ret = (struct vp_httpc_req){.method = request->method,
		.url = request->url,
		.headers = (const char *const *)request->headers,
		.body = request->body,
		.len = request->len,
		.user = request->user,
		.password = request->password,
		.timeout_ms = request->timeout_ms,
		.max_body = request->max_body,
		.allow_private = request->allow_private};
}

static void escape(FILE *out, const char *text, const char *plain)
{
	while (*text) {
		size_t len = strspn(text, plain);

		fwrite(text, 1, len, out);
		text += len;
		if (*text) {
			fprintf(out, "%%%02X", (unsigned char)*text++);
		}
	}
}

/* The stream's text, or NULL when anything of it got lost. */
static char *finish(FILE *out, char **text)
{
	bool bad = ferror(out) != 0;

	if (fclose(out) != 0 || bad) {
		free(*text);
		return NULL;
	}
	return *text;
}

char *vp_api_form(const struct vp_api_field *fields, size_t n)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	const char *amp = "";

	if (!out) {
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (fields[i].value) {
			fputs(amp, out);
			escape(out, fields[i].name, UNRESERVED);
			fputc('=', out);
			escape(out, fields[i].value, UNRESERVED);
			amp = "&";
		}
	}
	return finish(out, &text);
}

char *vp_api_segment(const char *text)
{
	char *escaped = NULL;
	size_t len;
	FILE *out = open_memstream(&escaped, &len);

	if (!out) {
		return NULL;
	}
	escape(out, text, UNRESERVED ":");
	return finish(out, &escaped);
}

const char *vp_api_number(unsigned long value, char buf[VP_API_NUMBER_SIZE])
{
	snprintf(buf, VP_API_NUMBER_SIZE, "%lu", value);
	return value > 0 ? buf : NULL;
}

int vp_api_begin(struct vp_api_request *ret, const char *method, char *url)
{
	*ret = (struct vp_api_request){
		.method = method, .url = url, .timeout_ms = VP_API_TIMEOUT_MS};
	ret->repeatable = strcmp(method, "GET") == 0 || strcmp(method, "DELETE") == 0;
	return url ? 0 : ENOMEM;
}

int vp_api_header(struct vp_api_request *request, char *text)
{
	for (size_t i = 0; i < VP_API_HEADERS_MAX && text; i++) {
		if (!request->headers[i]) {
			request->headers[i] = text;
			return 0;
		}
	}
	free(text);
	return ENOMEM;
}

int vp_api_body(struct vp_api_request *request, const char *content_type, char *body)
{
	if (!body) {
		return ENOMEM;
	}
	request->body = body;
	request->len = strlen(body);
	return vp_api_header(request, vp_strf("Content-Type: %s", content_type));
}

int vp_api_end(struct vp_api_request *request, int err)
{
	if (err) {
		vp_api_request_clear(request);
	}
	return err;
}

static bool is_loopback(const char *host, size_t len)
{
	char buf[64];
	struct in_addr addr;

	if (len >= sizeof(buf)) {
		return false;
	}
	memcpy(buf, host, len);
	buf[len] = '\0';
	return strcmp(buf, "localhost") == 0 || strcmp(buf, "[::1]") == 0 ||
	       (inet_pton(AF_INET, buf, &addr) == 1 && ntohl(addr.s_addr) >> 24 == 127);
}

/* Whether it is scheme://host..., with no encryption on loopback only. */
static bool is_base(const char *base, const char *plain, const char *encrypted)
{
	const char *host = strstr(base, "://");
	const bool safe = strncmp(base, encrypted, strlen(encrypted)) == 0;
	size_t len;

	if ((!safe && strncmp(base, plain, strlen(plain)) != 0) || strlen(base) > BASE_MAX ||
		base[strcspn(base, "?#@;, \"'<>\\")] != '\0' || base[strlen(base) - 1] == '/') {
		return false;
	}
	host += 3;
	len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	return len > 0 && (safe || is_loopback(host, len));
}

const char *vp_api_base_fault(const char *base)
{
	return is_base(base, "http://", "https://")
		       ? NULL
		       : "The address is like https://api.example.com, without user, query, blanks "
			 "and a slash at its end. Only on loopback (http://127.0.0.1) may it be "
			 "http.";
}

const char *vp_phone_base_fault(const char *base)
{
	return is_base(base, "ws://", "wss://")
		       ? NULL
		       : "The address is like wss://voice.example.com, without user, query, blanks "
			 "and a slash at its end. Only on loopback (ws://127.0.0.1) may it be ws.";
}
