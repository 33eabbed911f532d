#include <string.h>
#include <strings.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/url.h"

#define HASH "bodySHA256="
#define HASH_DIGITS 64

static bool all_digits(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9') {
			return false;
		}
	}
	return true;
}

bool vp_twilio_url_parse(struct vp_twilio_url *ret, const char *text)
{
	struct vp_twilio_url url = {.text = text, .len = strnlen(text, VP_TWILIO_URL_MAX + 1)};
	const char *scheme_end = strstr(text, "://");
	const char *host, *end, *colon, *mark;

	if (url.len > VP_TWILIO_URL_MAX || !scheme_end || scheme_end == text) {
		return false;
	}
	host = scheme_end + 3;
	end = host + strcspn(host, "/?#");
	mark = memrchr(host, '@', (size_t)(end - host));
	host = mark ? mark + 1 : host;
	colon = memrchr(host, ':', (size_t)(end - host));
	/* a colon of an IPv6 address is inside brackets */
	if (!colon || !all_digits(colon + 1, (size_t)(end - colon - 1))) {
		colon = end;
	}
	if (host == colon) {
		return false;
	}
	url.host_end = (size_t)(colon - text);
	url.port_end = (size_t)(end - text);
	mark = strchr(end, '?');
	url.query = mark ? (size_t)(mark + 1 - text) : 0;
	url.standard_port = strncasecmp(text, "https:", 6) == 0 ? ":443" : ":80";
	*ret = url;
	return true;
}

const char *vp_twilio_url_body_hash(const struct vp_twilio_url *url)
{
	const char *at = url->query ? url->text + url->query : "";

	while (*at && *at != '#') {
		size_t len = strcspn(at, "&#");

		if (strncmp(at, HASH, strlen(HASH)) == 0) {
			const char *value = at + strlen(HASH);
			size_t digits = strspn(value, "0123456789abcdef");

			return digits == HASH_DIGITS && len == strlen(HASH) + digits ? value : NULL;
		}
		at += len + (at[len] == '&');
	}
	return NULL;
}

/* What JavaScript's querystring leaves as it is. */
static bool is_plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("-_.!~*'()", c));
}

static size_t escape(char *buf, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";

	buf[0] = '%';
	buf[1] = digits[c >> 4];
	buf[2] = digits[c & 15];
	return 3;
}

/* One character of the query, decoded and encoded anew; its end in the text. */
static const char *recode(const char *at, char *buf, size_t *len)
{
	unsigned char c = (unsigned char)*at++;

	if (c == '&' || c == '=') {
		buf[(*len)++] = (char)c;
		return at;
	}
	if (c == '%' && vp_hex_digit(at[0]) >= 0 && vp_hex_digit(at[1]) >= 0) {
		c = (unsigned char)(vp_hex_digit(at[0]) << 4 | vp_hex_digit(at[1]));
		at += 2;
	} else if (c == '+') {
		c = ' ';
	}
	if (is_plain(c)) {
		buf[(*len)++] = (char)c;
	} else {
		*len += escape(buf + *len, c);
	}
	return at;
}

size_t vp_twilio_url_rewrite(const struct vp_twilio_url *url, bool apostrophe, char *buf)
{
	size_t len = url->query;
	const char *at = url->text + len;

	if (!url->query) {
		return 0;
	}
	memcpy(buf, url->text, len);
	while (*at) {
		if (!apostrophe) {
			at = recode(at, buf, &len);
		} else if (*at == '\'') {
			len += escape(buf + len, (unsigned char)*at++);
		} else {
			buf[len++] = *at++;
		}
	}
	return len == url->len && memcmp(buf, url->text, len) == 0 ? 0 : len;
}
