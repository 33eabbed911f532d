#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "services/call-controller/ua/text.h"

void ua_text_reset(struct ua_text *text)
{
	text->len = 0;
	text->full = false;
}

void ua_text_mem(struct ua_text *text, const char *p, size_t len)
{
	if (text->full || len > sizeof(text->buf) - text->len) {
		text->full = true;
		return;
	}
	if (len > 0) {
		memcpy(text->buf + text->len, p, len);
		text->len += len;
	}
}

void ua_text_add(struct ua_text *text, const char *str)
{
	ua_text_mem(text, str, strlen(str));
}

void ua_text_pl(struct ua_text *text, const struct pl *pl)
{
	ua_text_mem(text, pl->p, pl->l);
}

void ua_text_quoted(struct ua_text *text, const char *str)
{
	ua_text_mem(text, "\"", 1);
	for (; *str; str++) {
		if (*str == '"' || *str == '\\') {
			ua_text_mem(text, "\\", 1);
		}
		if ((unsigned char)*str >= ' ' && *str != 0x7f) {
			ua_text_mem(text, str, 1);
		}
	}
	ua_text_mem(text, "\"", 1);
}

void ua_text_num(struct ua_text *text, uint64_t num)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + num % 10);
		num /= 10;
	} while (num > 0);
	ua_text_mem(text, digits + at, sizeof(digits) - at);
}

void ua_text_fmt(struct ua_text *text, const char *fmt, ...)
{
	va_list ap;
	size_t room = sizeof(text->buf) - text->len;
	int n;

	va_start(ap, fmt);
	n = text->full ? -1 : vsnprintf(text->buf + text->len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room) {
		text->full = true;
		return;
	}
	text->len += (size_t)n;
}

void ua_text_header(struct ua_text *text, const char *name, const struct pl *val)
{
	ua_text_add(text, name);
	ua_text_mem(text, ": ", 2);
	ua_text_pl(text, val);
	ua_text_mem(text, "\r\n", 2);
}

void ua_text_body(struct ua_text *text, const char *type, const char *body, size_t len)
{
	if (len > 0) {
		ua_text_add(text, "Content-Type: ");
		ua_text_add(text, type);
		ua_text_mem(text, "\r\n", 2);
	}
	ua_text_add(text, "Content-Length: ");
	ua_text_num(text, len);
	ua_text_mem(text, "\r\n\r\n", 4);
	ua_text_mem(text, body, len);
}
