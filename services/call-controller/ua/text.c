#include <stdarg.h>
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

/* One conversion; at is behind its percent sign. Returns what follows it. */
static const char *convert(struct ua_text *text, const char *at, va_list *ap)
{
	const bool bounded = strncmp(at, ".*", 2) == 0;
	const size_t max = bounded ? (size_t)va_arg(*ap, int) : SIZE_MAX;
	const char *str;

	if (*at == 'u') {
		ua_text_num(text, va_arg(*ap, unsigned));
		return at + 1;
	}
	at += bounded ? 2 : 0;
	vp_assert(*at == 's');
	str = va_arg(*ap, const char *);
	ua_text_mem(text, str, strnlen(str, max));
	return at + 1;
}

void ua_text_fmt(struct ua_text *text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	while (*fmt) {
		const size_t plain = strcspn(fmt, "%");

		ua_text_mem(text, fmt, plain);
		fmt += plain;
		if (*fmt) {
			fmt = convert(text, fmt + 1, &ap);
		}
	}
	va_end(ap);
	ua_text_mem(text, "", 1); /* it ends like a string, for those that write no more */
	text->len -= !text->full;
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
