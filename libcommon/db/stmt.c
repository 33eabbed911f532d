/* A statement and copies of its parameters in one block, in the arrays that libpq wants. Everything
 * travels as text with its type inferred from the statement, bytes excepted. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "libcommon/db/db_int.h"

#define OID_BYTEA 17
#define INT_SIZE 21  /* "-9223372036854775808" */
#define TIME_SIZE 64 /* "2026-11-23 06:08:00.123456+00" */

static size_t value_size(const struct vp_db_param *p)
{
	switch (p->type) {
	case VP_DB_NULL: return 0;
	case VP_DB_TEXT: return p->text ? strlen(p->text) + 1 : 0;
	case VP_DB_INT: return INT_SIZE;
	case VP_DB_UUID: return VP_UUID_TEXT_SIZE;
	case VP_DB_BYTES: return p->bytes.data ? p->bytes.len + 1 : 0;
	case VP_DB_BOOL: return 2;
	case VP_DB_TIME: return p->num ? TIME_SIZE : 0;
	case VP_DB_ARRAY: return p->array ? p->array->len : 0;
	}
	return 0;
}

/* Decimal with leading zeros; snprintf would cost more than all else here. */
static char *put_digits(char *dst, unsigned num, int digits)
{
	for (int i = digits - 1; i >= 0; i--) {
		dst[i] = (char)('0' + num % 10);
		num /= 10;
	}
	return dst + digits;
}

static size_t write_int(char *dst, int64_t num)
{
	char digits[INT_SIZE];
	size_t at = sizeof(digits) - 1;
	uint64_t rest = num < 0 ? 0 - (uint64_t)num : (uint64_t)num;
	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (num < 0) {
		digits[--at] = '-';
	}
	memcpy(dst, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at - 1;
}

static size_t write_time(char *dst, int64_t time_us)
{
	int64_t sec = time_us / 1000000;
	int64_t us = time_us % 1000000;
	if (us < 0) {
		us += 1000000;
		sec--;
	}
	time_t t = (time_t)sec;
	struct tm tm;
	gmtime_r(&t, &tm);
	if (tm.tm_year < -1900 || tm.tm_year > 8099) { /* not four digits */
		return (size_t)snprintf(dst, TIME_SIZE, "%04d-%02d-%02d %02d:%02d:%02d.%06d+00",
			tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			tm.tm_sec, (int)us);
	}
	const struct {
		int num, digits;
		char end;
	} parts[] = {{tm.tm_year + 1900, 4, '-'}, {tm.tm_mon + 1, 2, '-'}, {tm.tm_mday, 2, ' '},
		{tm.tm_hour, 2, ':'}, {tm.tm_min, 2, ':'}, {tm.tm_sec, 2, '.'}, {(int)us, 6, '+'}};
	char *at = dst;
	for (size_t i = 0; i < VP_ARRAY_LEN(parts); i++) {
		at = put_digits(at, (unsigned)parts[i].num, parts[i].digits);
		*at++ = parts[i].end;
	}
	memcpy(at, "00", 3);
	return (size_t)(at + 2 - dst);
}

/* Returns the bytes used. */
static size_t write_value(char *dst, const struct vp_db_param *p)
{
	switch (p->type) {
	case VP_DB_NULL: return 0;
	case VP_DB_TEXT: {
		size_t len = strlen(p->text) + 1;
		memcpy(dst, p->text, len);
		return len;
	}
	case VP_DB_INT: return write_int(dst, p->num) + 1;
	case VP_DB_UUID: vp_uuid_text(p->uuid, dst); return VP_UUID_TEXT_SIZE;
	case VP_DB_BYTES: memcpy(dst, p->bytes.data, p->bytes.len); return p->bytes.len + 1;
	case VP_DB_BOOL:
		dst[0] = p->num ? 't' : 'f';
		dst[1] = '\0';
		return 2;
	case VP_DB_TIME: return write_time(dst, p->num) + 1;
	case VP_DB_ARRAY: memcpy(dst, p->array->data, p->array->len); return p->array->len;
	}
	return 0;
}

static void set_format(struct db_stmt *stmt, size_t i, const struct vp_db_param *p)
{
	bool bytes = p->type == VP_DB_BYTES, array = p->type == VP_DB_ARRAY && p->array;
	stmt->lengths[i] = bytes ? (int)p->bytes.len : array ? (int)p->array->len : 0;
	stmt->formats[i] = bytes || array;
	stmt->types[i] = bytes ? OID_BYTEA : array ? p->array->type : 0;
}

int db_stmt_create(
	struct db_stmt **ret, const char *sql, const struct vp_db_param *params, size_t n)
{
	if (n > DB_PARAMS_MAX) {
		return EINVAL;
	}
	size_t sql_size = strlen(sql) + 1;
	size_t size = sizeof(struct db_stmt) +
		      n * (sizeof(char *) + 2 * sizeof(int) + sizeof(Oid)) + sql_size;
	for (size_t i = 0; i < n; i++) {
		if (params[i].type == VP_DB_ARRAY && params[i].array && params[i].array->failed) {
			return ENOMEM;
		}
		size += value_size(&params[i]);
	}
	struct db_stmt *stmt = malloc(size);
	if (!stmt) {
		return ENOMEM;
	}
	*stmt = (struct db_stmt){.size = size, .n = (int)n};
	stmt->values = (const char **)(stmt + 1);
	stmt->lengths = (int *)(stmt->values + n);
	stmt->formats = stmt->lengths + n;
	stmt->types = (Oid *)(stmt->formats + n);
	char *text = (char *)(stmt->types + n);
	memcpy(text, sql, sql_size);
	stmt->sql = text;
	text += sql_size;
	for (size_t i = 0; i < n; i++) {
		stmt->values[i] = value_size(&params[i]) > 0 ? text : NULL;
		set_format(stmt, i, &params[i]);
		if (stmt->values[i]) {
			text += write_value(text, &params[i]);
		}
	}
	*ret = stmt;
	return 0;
}

bool db_stmt_send(const struct db_stmt *stmt, PGconn *pg)
{
	return PQsendQueryParams(pg, stmt->sql, stmt->n, stmt->types, stmt->values, stmt->lengths,
		       stmt->formats, 0) == 1;
}
