#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "services/gateway/domain/text.h"

#define ZONES "/usr/share/zoneinfo"

/* Length of the sequence that a first byte announces; 0: none may start so. */
static size_t sequence_length(uint8_t first)
{
	return first < 0x80   ? 1
	       : first < 0xc2 ? 0
	       : first < 0xe0 ? 2
	       : first < 0xf0 ? 3
	       : first < 0xf5 ? 4
			      : 0;
}

/* Length of the character at p; 0: it is none. */
static size_t character(const uint8_t *p)
{
	/* bounds of the second byte: no overlong forms, surrogates, or values past U+10FFFF */
	uint8_t low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
	uint8_t high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
	size_t len = sequence_length(p[0]);

	for (size_t i = 1; i < len; i++) {
		if (p[i] < (i == 1 ? low : 0x80) || p[i] > (i == 1 ? high : 0xbf)) {
			return 0;
		}
	}
	return len;
}

static bool is_control(const uint8_t *p)
{
	return p[0] < 0x20 || p[0] == 0x7f || (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0);
}

bool text_is_clean(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;

	while (*p) {
		size_t len = character(p);

		if (len == 0 || is_control(p)) {
			return false;
		}
		p += len;
	}
	return true;
}

size_t text_length(const char *text)
{
	size_t n = 0;

	for (; *text; text++) {
		n += ((uint8_t)*text & 0xc0) != 0x80;
	}
	return n;
}

bool text_is_formula(const char *text)
{
	return *text && strchr("=+-@\t\r", *text);
}

/* Digits of a fixed place as a number; -1: another character. */
static int digits(const char *text, size_t count)
{
	int value = 0;

	for (size_t i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9') {
			return -1;
		}
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

static int days_of(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

bool text_is_day(const char *text)
{
	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-') {
		return false;
	}
	int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);

	/* before 1970 a UUIDv7 has no time */
	return year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= days_of(year, month);
}

bool text_is_zone(const char *text)
{
	char path[PATH_MAX];
	struct stat st;
	size_t len =
		strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");

	/* no dots, so no way out of the folder */
	if (len == 0 || text[len] || len > 64 || text[0] == '/') {
		return false;
	}
	snprintf(path, sizeof(path), ZONES "/%s", text);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool text_is_email(const char *text)
{
	const char *at = strchr(text, '@');

	return at && at != text && at[1] && !strchr(at + 1, '@') &&
	       !strpbrk(text, " ,;:<>()[]\\\"");
}
