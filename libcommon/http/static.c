/* The web app's files: names in file_root, pre-compressed siblings, and index.html for the paths
 * that the app routes itself. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libcommon/http/http_int.h"

#define MAX_PATH 1024

const char *vp_mime_of(const char *path)
{
	static const struct {
		const char *ext, *type;
	} types[] = {
		{".html", "text/html; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"},
		{".mjs", "text/javascript; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},
		{".json", "application/json"},
		{".map", "application/json"},
		{".webmanifest", "application/manifest+json"},
		{".svg", "image/svg+xml"},
		{".png", "image/png"},
		{".jpg", "image/jpeg"},
		{".webp", "image/webp"},
		{".ico", "image/x-icon"},
		{".woff2", "font/woff2"},
		{".woff", "font/woff"},
		{".txt", "text/plain; charset=utf-8"},
		{".wav", "audio/wav"},
		{".ogg", "audio/ogg"},
		{".opus", "audio/ogg"},
		{".mp3", "audio/mpeg"},
		{".wasm", "application/wasm"},
		{".yaml", "application/yaml"},
	};
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcasecmp(dot, types[i].ext) == 0) {
			return types[i].type;
		}
	}
	return "application/octet-stream";
}

/* Decodes "/a/b" to "a/b"; false when a part is empty, hidden, "..", or hides a slash. */
static bool relative_name(const char *path, char name[MAX_PATH])
{
	size_t n = 0;
	for (const char *at = path; *at == '/';) {
		size_t len = strcspn(++at, "/");
		if (len == 0 || len + n + 2 > MAX_PATH) {
			return false;
		}
		if (n != 0) {
			name[n++] = '/';
		}
		size_t part = vp_target_decode(at, len, false, name + n);
		if (name[n] == '.' || memchr(name + n, '/', part) != NULL) {
			return false;
		}
		n += part;
		at += len;
	}
	return n != 0;
}

static int open_under(const char *root, const char *name, const char *suffix)
{
	char path[2 * MAX_PATH];
	if ((size_t)snprintf(path, sizeof(path), "%s/%s%s", root, name, suffix) >= sizeof(path)) {
		return -1;
	}
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static bool accepts(struct vp_http_req *req, const char *coding)
{
	const char *list = vp_http_header(req, "accept-encoding");
	return list != NULL && h2o_contains_token(list, strlen(list), coding, strlen(coding), ',');
}

static bool send_name(struct vp_http_req *req, const char *name)
{
	static const struct {
		const char *coding, *suffix;
	} kinds[] = {{"br", ".br"}, {"gzip", ".gz"}, {NULL, ""}};
	const char *root = req->http->cfg.file_root;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].coding != NULL && !accepts(req, kinds[i].coding)) {
			continue;
		}
		int fd = open_under(root, name, kinds[i].suffix);
		struct stat st;
		if (fd < 0) {
			continue;
		}
		if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
			close(fd);
			continue;
		}
		vp_reply_header(req, "vary", "accept-encoding");
		bool hashed =
			strncmp(name, "assets/", 7) == 0; /* the build puts a hash in the name */
		vp_file_reply(
			req, &(struct vp_file_send){.fd = fd,
				     .type = vp_mime_of(name),
				     .encoding = kinds[i].coding,
				     .cache_control = hashed ? "public, max-age=31536000, immutable"
							     : "no-cache"});
		return true;
	}
	return false;
}

/* Paths of the app's own router: no dot in the last part, and never an address of the API. */
static bool is_app_path(const char *path)
{
	return strchr(strrchr(path, '/'), '.') == NULL && strncmp(path, "/api/", 5) != 0;
}

void vp_static_serve(struct vp_http_req *req)
{
	char name[MAX_PATH];
	if (relative_name(req->path, name) && send_name(req, name)) {
		return;
	}
	if (is_app_path(req->path) && send_name(req, "index.html")) {
		return;
	}
	vp_http_reply_error(req, 404, "not_found", "There is nothing at this address.");
}
