/* A log line as JSON: RFC 8259 strings, well-formed UTF-8 only (Unicode table 3-7). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/log/line.h"

#define LOG_END_SIZE 3 /* "}\n" and NUL stay free */
#define LOG_KEY_MAX 64

static size_t room(const struct log_line *line)
{
	return sizeof(line->text) - LOG_END_SIZE - line->len;
}

static void put(struct log_line *line, const char *bytes, size_t len)
{
	memcpy(line->text + line->len, bytes, len);
	line->len += len;
}

/* Bytes of the well-formed UTF-8 sequence at s, 0 when there is none. */
static size_t utf8_len(const unsigned char *s)
{
	static const struct {
		unsigned char lead_from, lead_to, second_from, second_to, len;
	} rows[] = {
		{0x20, 0x7f, 0, 0, 1},
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (s[0] < rows[i].lead_from || s[0] > rows[i].lead_to) {
			continue;
		}
		if (rows[i].len > 1 && (s[1] < rows[i].second_from || s[1] > rows[i].second_to)) {
			return 0;
		}
		for (size_t n = 2; n < rows[i].len; n++) {
			if ((s[n] & 0xc0) != 0x80) {
				return 0;
			}
		}
		return rows[i].len;
	}
	return 0;
}

/* The JSON form of the character at *p: written to out, its length returned, *p moved on. */
static size_t escape(const unsigned char **p, char out[8])
{
	unsigned char c = **p;
	size_t len = utf8_len(*p);

	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		len = 2;
	} else if (c < 0x20 || c == 0x7f) {
		len = (size_t)snprintf(out, 8, "\\u%04x", (unsigned)c);
	} else if (len == 0) {
		len = (size_t)snprintf(out, 8, "\\ufffd");
	} else {
		memcpy(out, *p, len);
		*p += len;
		return len;
	}
	(*p)++;
	return len;
}

/* A quoted string of at most max bytes; the caller has checked that max + 2 fit. */
static void put_quoted(struct log_line *line, const char *text, size_t max)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t end = line->len + 1 + max;

	put(line, "\"", 1);
	while (*p) {
		char piece[8];
		size_t len = escape(&p, piece);

		if (line->len + len > end) {
			break;
		}
		put(line, piece, len);
	}
	put(line, "\"", 1);
}

/* False when the line is full: the field is left out whole. */
static int put_key(struct log_line *line, const char *key, size_t value_size)
{
	if (room(line) < LOG_KEY_MAX + 4 + value_size) {
		return 0;
	}
	if (line->len > 1) {
		put(line, ",", 1);
	}
	put_quoted(line, key, LOG_KEY_MAX);
	put(line, ":", 1);
	return 1;
}

void log_line_start(struct log_line *line)
{
	line->len = 0;
	put(line, "{", 1);
}

void log_line_str(struct log_line *line, const char *key, const char *value)
{
	if (!value) {
		if (put_key(line, key, 4)) {
			put(line, "null", 4);
		}
		return;
	}
	if (put_key(line, key, LOG_VALUE_MAX + 2)) {
		put_quoted(line, value, LOG_VALUE_MAX);
	}
}

void log_line_int(struct log_line *line, const char *key, int64_t value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRId64, value);

	if (put_key(line, key, (size_t)len)) {
		put(line, text, (size_t)len);
	}
}

void log_line_bool(struct log_line *line, const char *key, int value)
{
	if (put_key(line, key, 5)) {
		put(line, value ? "true" : "false", value ? 4 : 5);
	}
}

void log_line_end(struct log_line *line)
{
	put(line, "}\n", 2);
	line->text[line->len] = '\0';
}
