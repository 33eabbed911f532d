#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc_fault.h"

static long left = -1;
static bool failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
FILE *__real_open_memstream(char **text, size_t *len);
int __real_vasprintf(char **text, const char *fmt, va_list ap);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);
FILE *__wrap_open_memstream(char **text, size_t *len);
int __wrap_vasprintf(char **text, const char *fmt, va_list ap);
int __wrap___vasprintf_chk(char **text, int flag, const char *fmt, va_list ap);

static bool fails(void)
{
	if (left < 0 || left-- > 0) {
		return false;
	}
	failed = true;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

FILE *__wrap_open_memstream(char **text, size_t *len)
{
	return fails() ? NULL : __real_open_memstream(text, len);
}

int __wrap_vasprintf(char **text, const char *fmt, va_list ap)
{
	return fails() ? -1 : __real_vasprintf(text, fmt, ap);
}

/* the name under _FORTIFY_SOURCE */
int __wrap___vasprintf_chk(char **text, int flag, const char *fmt, va_list ap)
{
	(void)flag;
	return __wrap_vasprintf(text, fmt, ap);
}

void alloc_fault_at(long n)
{
	left = n;
	failed = false;
}

bool alloc_fault_end(void)
{
	left = -1;
	return failed;
}
