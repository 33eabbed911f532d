/* Same origin (RFC 6454) by what the browser says. The scheme is not compared with Host: behind a
 * proxy that ends TLS we cannot know it, and the name and port decide who made the request. */
#include <string.h>
#include <strings.h>
#include "libcommon/http/http_int.h"

/* Host and port of "https://host:port"; the port of the scheme when none is given. */
static bool split_origin(const char *origin, const char **ret_host, size_t *ret_len)
{
	const char *host;
	if (strncasecmp(origin, "https://", 8) == 0) {
		host = origin + 8;
	} else if (strncasecmp(origin, "http://", 7) == 0) {
		host = origin + 7;
	} else {
		return false;
	}
	size_t len = strcspn(host, "/?#");
	*ret_host = host;
	*ret_len = len;
	return vp_host_valid(host, len);
}

/* Length without ":80" and ":443": a browser leaves its scheme's port out of both fields. */
static size_t without_default_port(const char *host, size_t len)
{
	if (len > 3 && memcmp(host + len - 3, ":80", 3) == 0) {
		return len - 3;
	}
	if (len > 4 && memcmp(host + len - 4, ":443", 4) == 0) {
		return len - 4;
	}
	return len;
}

static bool same_host(const char *a, size_t a_len, const char *b, size_t b_len)
{
	a_len = without_default_port(a, a_len);
	b_len = without_default_port(b, b_len);
	return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

bool vp_origin_matches(const char *origin, const char *host, const char *public_url)
{
	const char *name, *ours;
	size_t len, ours_len;
	if (!split_origin(origin, &name, &len) || origin[strlen(origin) - 1] == '/') {
		return false;
	}
	if (host[0] != '\0' && same_host(name, len, host, strlen(host))) {
		return true;
	}
	return public_url != NULL && split_origin(public_url, &ours, &ours_len) &&
	       same_host(name, len, ours, ours_len);
}

bool vp_http_same_origin(struct vp_http_req *req)
{
	const char *origin = vp_http_header(req, "origin");
	if (origin != NULL) {
		return vp_origin_matches(origin, req->host, req->http->cfg.public_url);
	}
	const char *site = vp_http_header(req, "sec-fetch-site");
	return site != NULL && strcmp(site, "same-origin") == 0;
}
