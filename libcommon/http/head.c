/* h2o 2.2.5 reads requests leniently: bare LF, folded lines, several Host or Content-Length fields.
 * Two parties that read one message differently is what request smuggling needs, so the raw head is
 * read once more here by the letter of RFC 9112. */
#include <string.h>
#include <strings.h>
#include "libcommon/http/http_int.h"

struct head_seen {
	unsigned hosts, lengths, encodings, fields;
};

/* The end of a line that ends in CRLF; NULL when a bare CR or LF comes first, or none. */
static const char *line_end(const char *at, const char *end)
{
	const char *lf = memchr(at, '\n', (size_t)(end - at));
	if (lf == NULL || lf == at || lf[-1] != '\r') {
		return NULL;
	}
	return memchr(at, '\r', (size_t)(lf - 1 - at)) == NULL ? lf - 1 : NULL;
}

/* Letters first: names are made of them. */
static bool is_token_char(char c)
{
	unsigned char low = (unsigned char)c | 0x20;
	return (low >= 'a' && low <= 'z') || c == '-' || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+.^_`|~", c) != NULL);
}

static bool is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_token_char(text[i])) {
			return false;
		}
	}
	return len != 0;
}

bool vp_host_valid(const char *host, size_t len)
{
	if (len == 0 || len > 255 + 6) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		char c = host[i];
		bool alnum =
			(c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!alnum && (c == '\0' || strchr(".-_:[]", c) == NULL)) {
			return false;
		}
	}
	return true;
}

static bool is_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9') {
			return false;
		}
	}
	return len != 0;
}

static bool name_is(const char *name, size_t len, const char *want)
{
	return len == strlen(want) && strncasecmp(name, want, len) == 0;
}

static bool field_ok(const char *line, const char *end, struct head_seen *seen)
{
	const char *colon = memchr(line, ':', (size_t)(end - line));
	if (colon == NULL || !is_token(line, (size_t)(colon - line))) {
		return false; /* also a folded line: it begins with a space */
	}
	const char *value = colon + 1;
	while (value < end && (*value == ' ' || *value == '\t')) {
		value++;
	}
	while (end > value && (end[-1] == ' ' || end[-1] == '\t')) {
		end--;
	}
	size_t name_len = (size_t)(colon - line);
	size_t value_len = (size_t)(end - value);
	seen->fields++;
	if (name_is(line, name_len, "host")) {
		return seen->hosts++ == 0 && vp_host_valid(value, value_len);
	}
	if (name_is(line, name_len, "content-length")) {
		return seen->lengths++ == 0 && is_digits(value, value_len);
	}
	if (name_is(line, name_len, "transfer-encoding")) {
		return seen->encodings++ == 0;
	}
	return true;
}

static bool is_http10(const char *line, const char *end)
{
	static const char version[] = " HTTP/1.0";
	size_t n = sizeof(version) - 1;
	return (size_t)(end - line) > n && memcmp(end - n, version, n) == 0;
}

enum vp_head_verdict vp_head_check(const char *head, size_t len)
{
	const char *at = head, *end = head + len;
	if (len >= 2 && at[0] == '\r' && at[1] == '\n') {
		at += 2; /* one empty line before the request is allowed: section 2.2 */
	}
	const char *eol = line_end(at, end);
	if (eol == NULL) {
		return VP_HEAD_BAD;
	}
	bool http10 = is_http10(at, eol);
	struct head_seen seen = {0};
	for (at = eol + 2;; at = eol + 2) {
		eol = line_end(at, end);
		if (eol == NULL) {
			return VP_HEAD_BAD;
		}
		if (eol == at) {
			break;
		}
		if (!field_ok(at, eol, &seen)) {
			return VP_HEAD_BAD;
		}
	}
	if (seen.hosts == 0 && !http10) {
		return VP_HEAD_BAD; /* section 3.2 */
	}
	if (seen.encodings != 0 && (seen.lengths != 0 || http10)) {
		return VP_HEAD_BAD; /* sections 6.1 and 6.3: might be smuggling */
	}
	return VP_HEAD_OK;
}
