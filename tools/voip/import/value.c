#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/import/value.h"

enum { YEAR_MIN = 1990, YEAR_MAX = 2100, TIME_LEN = 19 };

/* Bytes of the character at text (RFC 3629); 0: it is none. */
static size_t character(const unsigned char *text, size_t len)
{
	unsigned char c = text[0], low = 0x80, high = 0xbf;
	size_t n = c < 0x80                 ? 1
		   : c >= 0xc2 && c <= 0xdf ? 2
		   : (c & 0xf0) == 0xe0     ? 3
		   : c >= 0xf0 && c <= 0xf4 ? 4
					    : 0;

	if (n < 2 || n > len) {
		return n > len ? 0 : n;
	}
	low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : low;
	high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : high;
	if (text[1] < low || text[1] > high) {
		return 0;
	}
	for (size_t i = 2; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return n;
}

size_t value_clean(const char *text, size_t len, char *to, bool *ret_changed)
{
	size_t out = 0;

	for (size_t i = 0; i < len;) {
		size_t n = character((const unsigned char *)text + i, len - i), n_put = n ? n : 3;
		const char *put = n ? text + i : "\xef\xbf\xbd";

		if (n == 1 && iscntrl((unsigned char)text[i]) && text[i] != '\n' &&
			text[i] != '\r' && text[i] != '\t') {
			put = " ";
		}
		*ret_changed |= put != text + i;
		if (to) {
			memcpy(to + out, put, n_put);
		}
		out += n_put;
		i += n ? n : 1;
	}
	if (to) {
		to[out] = '\0';
	}
	return out;
}

int64_t value_id(const char *text)
{
	char *end;
	long long id;

	if (!text || !isdigit((unsigned char)*text)) {
		return -1;
	}
	errno = 0;
	id = strtoll(text, &end, 10);
	return errno || *end ? -1 : id;
}

long value_int(const char *text, long min, long max, long def)
{
	char *end;
	long value;

	if (!text) {
		return def;
	}
	errno = 0;
	value = strtol(text, &end, 10);
	return errno || end == text || *end || value < min || value > max ? def : value;
}

bool value_is_true(const char *text)
{
	return text &&
	       (strcmp(text, "1") == 0 || strcmp(text, "\x01") == 0 || strcasecmp(text, "t") == 0 ||
		       strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0);
}

/* n digits at text; -1: they are none. */
static int digits(const char *text, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)text[i])) {
			return -1;
		}
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* "-05", "+02:00": seconds east; false: there is none. */
static bool take_zone(const char *text, long *ret_seconds)
{
	int hours = text[0] == '+' || text[0] == '-' ? digits(text + 1, 2) : -1, minutes = 0;

	if (hours < 0) {
		return false;
	}
	if (text[3] == ':') {
		minutes = digits(text + 4, 2);
	}
	*ret_seconds =
		(text[0] == '-' ? -1L : 1L) * (hours * 3600L + (minutes > 0 ? minutes * 60L : 0));
	return true;
}

static bool is_between(int value, int min, int max)
{
	return value >= min && value <= max;
}

/* "2025-11-24 09:30:00": at least so long. */
static bool take_clock(const char *text, struct tm *tm)
{
	static const char shape[] = "dddd-dd-dd.dd:dd:dd";

	for (size_t i = 0; i < TIME_LEN; i++) {
		if (shape[i] == 'd' ? !isdigit((unsigned char)text[i])
				    : shape[i] != '.' && text[i] != shape[i]) {
			return false;
		}
	}
	tm->tm_year = digits(text, 4) - 1900;
	tm->tm_mon = digits(text + 5, 2) - 1;
	tm->tm_mday = digits(text + 8, 2);
	tm->tm_hour = digits(text + 11, 2);
	tm->tm_min = digits(text + 14, 2);
	tm->tm_sec = digits(text + 17, 2);
	return (text[10] == ' ' || text[10] == 'T') &&
	       is_between(tm->tm_year, YEAR_MIN - 1900, YEAR_MAX - 1900) &&
	       is_between(tm->tm_mon, 0, 11) && is_between(tm->tm_mday, 1, 31) &&
	       is_between(tm->tm_hour, 0, 23) && is_between(tm->tm_min, 0, 59) &&
	       is_between(tm->tm_sec, 0, 60);
}

bool value_time(const char *text, int64_t *ret_us)
{
	struct tm tm = {.tm_isdst = -1};
	long east;
	time_t at;

	if (!text || strlen(text) < TIME_LEN || !take_clock(text, &tm)) {
		return false;
	}
	text += TIME_LEN;
	text += *text == '.' ? 1 + strspn(text + 1, "0123456789") : 0;
	at = take_zone(text, &east) ? timegm(&tm) - east : mktime(&tm);
	*ret_us = (int64_t)at * 1000000;
	return true;
}

struct vp_uuid value_uuid(struct vp_uuid org, const char *kind, int64_t id, int64_t time_us)
{
	char name[64];
	uint8_t digest[VP_SHA256_SIZE];
	struct vp_uuid uuid = vp_uuid_floor(time_us), salted;

	/* the organisation is part of it: the same dump may go into two */
	snprintf(name, sizeof(name), "import/%.16s/%lld", kind, (long long)id);
	vp_hmac_sha256(org.b, sizeof(org.b), name, strlen(name), digest);
	memcpy(salted.b, digest, sizeof(salted.b));
	memcpy(salted.b, uuid.b, 6);
	salted.b[6] = (uint8_t)(0x70 | (digest[6] & 0x0f));
	salted.b[8] = (uint8_t)(0x80 | (digest[8] & 0x3f));
	return salted;
}
