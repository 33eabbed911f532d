#include <ctype.h>
#include <string.h>
#include "services/recorder/domain/place.h"

#define HOST_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"
/* RFC 3986, section 2; a client and we must not see two hosts in one text. */
#define URL_CHARS HOST_CHARS "_~:/?#[]@!$&'()*+,;=%"

/* After "://", or NULL. */
static const char *authority(const char *url)
{
	size_t len = strlen(url);
	const char *at = strncmp(url, "https://", 8) == 0  ? url + 8
			 : strncmp(url, "http://", 7) == 0 ? url + 7
							   : NULL;

	return at && len <= PLACE_URL_MAX && strspn(url, URL_CHARS) == len ? at : NULL;
}

void place_host(const char *url, char ret_host[PLACE_HOST_SIZE])
{
	const char *at = authority(url);
	size_t len = at ? strspn(at, HOST_CHARS) : 0;
	size_t whole = at ? strcspn(at, "/?#") : 0;
	bool port = at && at[len] == ':' && strspn(at + len + 1, "0123456789") == whole - len - 1;

	if (len == 0 || len >= PLACE_HOST_SIZE || (len != whole && !port)) {
		ret_host[0] = '\0';
		return;
	}
	for (size_t i = 0; i < len; i++) {
		ret_host[i] = (char)tolower((unsigned char)at[i]);
	}
	ret_host[len] = '\0';
}

/* "s3.*.example.com" */
static bool fits_labels(const char *host, const char *name, size_t len)
{
	const char *star = memchr(name, '*', len);
	size_t before = star ? (size_t)(star - name) : len, after = star ? len - before - 1 : 0;
	size_t all = strlen(host), label = all >= before ? strcspn(host + before, ".") : 0;

	return all >= before && strncmp(host, name, before) == 0 &&
	       (star ? label > 0 && all == before + label + after &&
				       memcmp(host + before + label, star + 1, after) == 0
		     : all == len);
}

static bool fits_host(const char *host, const char *name, size_t len)
{
	size_t all = strlen(host);

	return name[0] == '.' ? all > len && strncmp(host + all - len, name, len) == 0
			      : fits_labels(host, name, len);
}

/* A client takes the steps up out of a path, also escaped ones, and then it begins otherwise. */
static bool fits_path(const char *url, const char *path, size_t len)
{
	const char *at = authority(url), *own = at ? at + strcspn(at, "/?#") : "";
	size_t whole = strcspn(own, "?#");

	for (size_t i = 0; i + 1 < whole; i++) {
		if ((own[i] == '/' && (own[i + 1] == '.' || own[i + 1] == '/')) || own[i] == '%') {
			return false;
		}
	}
	return whole >= len && strncmp(own, path, len) == 0;
}

static bool fits(const char *url, const char *host, const char *entry, size_t len)
{
	const char *slash = memchr(entry, '/', len);
	size_t name = slash ? (size_t)(slash - entry) : len;

	return fits_host(host, entry, name) && (!slash || fits_path(url, slash, len - name));
}

bool place_is_listed(const char *url, const char *hosts)
{
	char host[PLACE_HOST_SIZE];

	place_host(url, host);
	if (!hosts || host[0] == '\0' || strncmp(url, "https://", 8) != 0) {
		return false;
	}
	for (const char *at = hosts + strspn(hosts, " ,"); *at != '\0'; at += strspn(at, " ,")) {
		size_t len = strcspn(at, " ,");
		if (fits(url, host, at, len)) {
			return true;
		}
		at += len;
	}
	return false;
}

bool place_is_under(const char *url, const char *base)
{
	const char *at = base ? strstr(base, "://") : NULL;
	size_t len = at ? (size_t)(at + 3 - base) + strcspn(at + 3, "/?#") : 0;

	return len > 0 && authority(url) && strncmp(url, base, len) == 0 &&
	       (url[len] == '/' || url[len] == '?' || url[len] == '\0');
}
