#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "services/call-controller/domain/caller_id.h"

bool caller_quote(const char *name, char *buf, size_t size)
{
	size_t n = 0;

	if (size < 4) {
		return false;
	}
	buf[0] = '\0';
	if (!name[0]) {
		return true;
	}
	buf[n++] = '"';
	for (; *name; name++) {
		const unsigned char c = (unsigned char)*name;

		if (c < ' ' || c == 0x7f) {
			continue;
		}
		if (n + 4 > size) {
			return false;
		}
		if (c == '"' || c == '\\') {
			buf[n++] = '\\';
		}
		buf[n++] = (char)c;
	}
	buf[n++] = '"';
	buf[n] = '\0';
	return true;
}

bool caller_user(const char *user, char *buf, size_t size)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (; *user; user++) {
		const unsigned char c = (unsigned char)*user;

		if (n + 4 > size) {
			return false;
		}
		if (isalnum(c) || strchr("-_.!~*'()&=+$,;?/", c)) {
			buf[n++] = (char)c;
		} else {
			buf[n++] = '%';
			buf[n++] = hex[c >> 4];
			buf[n++] = hex[c & 15];
		}
	}
	if (size == 0) {
		return false;
	}
	buf[n] = '\0';
	return true;
}

bool caller_is_text(const char *user)
{
	for (; *user; user++) {
		if (*user < ' ' || *user > '~') {
			return false;
		}
	}
	return true;
}

bool caller_is_anonymous(const char *user)
{
	static const char *const words[] = {
		"", "anonymous", "restricted", "unavailable", "private", "withheld", "unknown"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(user, words[i]) == 0) {
			return true;
		}
	}
	return false;
}
