/* Small things everybody needs. Nothing here keeps state or logs. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libcommon/base/base.h"

static int64_t clock_us(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void vp_freep(void *p)
{
	void **var = p;

	free(*var);
	*var = NULL;
}

void vp_assert_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, cond);
	abort();
}

int64_t vp_time_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t vp_mono_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

void vp_time_text(int64_t time_us, char text[VP_TIME_TEXT_SIZE])
{
	/* beyond the years 0..9999 the text would not fit: such a time is nobody's */
	const int64_t last_s = 253402300799, first_s = -62167219200;
	int64_t ms = time_us / 1000 - (time_us % 1000 < 0);
	int64_t s = ms / 1000 - (ms % 1000 < 0);
	unsigned rest_ms = (unsigned)(ms - s * 1000);
	time_t t = s > last_s ? last_s : s < first_s ? first_s : s;
	struct tm tm;
	char buf[80];

	gmtime_r(&t, &tm);
	snprintf(buf, sizeof(buf), "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, rest_ms);
	vp_strcopy(text, VP_TIME_TEXT_SIZE, buf);
}

char *vp_strf(const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0) {
		text = NULL;
	}
	va_end(ap);
	return text;
}

bool vp_strcopy(char *dst, size_t size, const char *src)
{
	size_t len = strnlen(src, size);

	if (size == 0) {
		return false;
	}
	if (len == size) {
		dst[0] = '\0';
		return false;
	}
	memmove(dst, src, len + 1);
	return true;
}

int vp_hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	if (c >= 'A' && c <= 'F') {
		return c - 'A' + 10;
	}
	return -1;
}
