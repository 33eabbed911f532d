/* The rows of the system that people come from, as its dump has them: all that is needed, in
 * memory. Text is valid UTF-8 without control characters. */
#ifndef VOIP_IMPORT_SOURCE_H
#define VOIP_IMPORT_SOURCE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "libcommon/base/uuid.h"

struct dump_fault;

/* All rows together. A call takes about 400 bytes. */
#define SOURCE_BYTES_MAX (INT64_C(4) << 30)

enum source_id {
	SOURCE_USERS,
	SOURCE_ORGANIZATIONS,
	SOURCE_PERSONS,
	SOURCE_STAGES,
	SOURCE_LEADS,
	SOURCE_DEALS,
	SOURCE_PROVIDERS,
	SOURCE_TRUNKS,
	SOURCE_ACCOUNTS,
	SOURCE_ROUTES,
	SOURCE_CALLS,
	SOURCE_RECORDINGS,
	SOURCE_MAX
};

struct source_row {
	int64_t id;
	struct vp_uuid uuid; /* here; set by the group that brings it over */
	bool wanted;         /* somebody refers to it */
	bool comes;          /* it comes over, or is here already */
	bool is_here;        /* before this run */
	bool barred;         /* of a user: the account of the phone is switched off */
	bool doubled;        /* of a call: an earlier one has the same sid */
	char *cells[];       /* by the table's known columns; NULL: NULL, or no such column */
};

struct source_table {
	const char *name;
	struct source_row **rows; /* by id */
	size_t n_rows;
	size_t n_cleaned;  /* rows with bytes that were no text */
	size_t n_doubled;  /* rows whose id another one has; they are gone */
	size_t n_nameless; /* rows without an id; they are gone */
	bool present;      /* the dump has it */
};

struct source;

/* 0; EINVAL with the fault; ENOMEM, EIO. */
int source_read(struct source **ret, FILE *file, struct dump_fault *ret_fault);
struct source *source_free(struct source *source);

struct source_table *source_table(struct source *source, enum source_id id);
/* NULL: no such row, or text that is no id. */
struct source_row *source_find(struct source *source, enum source_id id, const char *row_id);
/* NULL: NULL, empty, or the table has no such column. */
const char *source_cell(enum source_id id, const struct source_row *row, const char *column);
#endif
