/* Reading a result, and what a refusal of PostgreSQL means for us (its Appendix A, error codes). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/db/db_int.h"

static bool starts(const char *code, const char *class)
{
	return strncmp(code, class, strlen(class)) == 0;
}

static enum db_fault fault_of_code(const char *code, int *ret_err)
{
	static const struct {
		const char *class;
		enum db_fault fault;
		int err;
	} rules[] = {
		{"23505", DB_FAULT_STATEMENT, EEXIST},    /* unique_violation */
		{"23", DB_FAULT_STATEMENT, EINVAL},       /* other constraints */
		{"22", DB_FAULT_STATEMENT, EINVAL},       /* bad data: text that is no uuid ... */
		{"42501", DB_FAULT_STATEMENT, EACCES},    /* insufficient_privilege */
		{"57014", DB_FAULT_TRANSIENT, ETIMEDOUT}, /* query_canceled: statement_timeout */
		{"55P03", DB_FAULT_TRANSIENT, ETIMEDOUT}, /* lock_not_available */
		{"40", DB_FAULT_TRANSIENT, EIO},          /* serialisation, deadlock */
		{"25006", DB_FAULT_AWAY, ENOTCONN}, /* read only: a primary that was demoted */
		{"08", DB_FAULT_AWAY, ENOTCONN},    /* connection exceptions, PgBouncer's too */
		{"53", DB_FAULT_AWAY, ENOTCONN},    /* disk full, out of memory, connections */
		{"57", DB_FAULT_AWAY, ENOTCONN},    /* shutdown, crash, starting up */
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(rules); i++) {
		if (starts(code, rules[i].class)) {
			*ret_err = rules[i].err;
			return rules[i].fault;
		}
	}
	*ret_err = EIO;
	return DB_FAULT_STATEMENT;
}

enum db_fault db_result_fault(const PGresult *res, int *ret_err)
{
	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_PIPELINE_SYNC: *ret_err = 0; return DB_FAULT_NONE;
	default: break;
	}
	const char *code = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	if (!code) { /* made by libpq itself: the connection broke */
		*ret_err = ENOTCONN;
		return DB_FAULT_AWAY;
	}
	return fault_of_code(code, ret_err);
}

const char *db_error_word(int err)
{
	switch (err) {
	case ETIMEDOUT: return "no answer in time";
	case ENOTCONN: return "connection to the database lost";
	default: return "";
	}
}

size_t vp_db_rows(const struct vp_db_result *res)
{
	return res && res->pg ? (size_t)PQntuples(res->pg) : 0;
}

size_t vp_db_affected(const struct vp_db_result *res)
{
	return res && res->pg ? (size_t)strtoull(PQcmdTuples(res->pg), NULL, 10) : 0;
}

bool vp_db_is_null(const struct vp_db_result *res, size_t row, size_t col)
{
	return PQgetisnull(res->pg, (int)row, (int)col) == 1;
}

const char *vp_db_text(const struct vp_db_result *res, size_t row, size_t col)
{
	const char *text = PQgetvalue(res->pg, (int)row, (int)col);
	return text ? text : "";
}

int64_t vp_db_int(const struct vp_db_result *res, size_t row, size_t col)
{
	return strtoll(vp_db_text(res, row, col), NULL, 10);
}

bool vp_db_bool(const struct vp_db_result *res, size_t row, size_t col)
{
	return vp_db_text(res, row, col)[0] == 't';
}

struct vp_uuid vp_db_uuid(const struct vp_db_result *res, size_t row, size_t col)
{
	struct vp_uuid id = {0};
	vp_uuid_parse(vp_db_text(res, row, col), &id);
	return id;
}

uint8_t *vp_db_bytes(const struct vp_db_result *res, size_t row, size_t col, size_t *ret_len)
{
	if (vp_db_is_null(res, row, col)) {
		return NULL;
	}
	size_t len;
	unsigned char *data =
		PQunescapeBytea((const unsigned char *)vp_db_text(res, row, col), &len);
	if (!data) {
		return NULL;
	}
	/* PQfreemem is free on this platform, but only libpq may know that */
	uint8_t *copy = malloc(len + 1);
	if (copy) {
		memcpy(copy, data, len);
		copy[len] = '\0';
		*ret_len = len;
	}
	PQfreemem(data);
	return copy;
}

const char *vp_db_result_error(const struct vp_db_result *res)
{
	if (!res) {
		return "";
	}
	/* without its DETAIL line, which repeats the row's values */
	const char *text = res->pg ? PQresultErrorField(res->pg, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	return text ? text : res->error ? res->error : "";
}
