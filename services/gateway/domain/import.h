/* Many contacts at once: rows of JSON or CSV become rows to store and a list of refusals. Every row
 * ends up in exactly one of the two. Pure. */
#ifndef GATEWAY_IMPORT_H
#define GATEWAY_IMPORT_H
#include <jansson.h>
#include "services/gateway/domain/contact_kind.h"

#define IMPORT_ROWS_MAX 5000
#define IMPORT_BODY_MAX (1u << 20)

struct import {
	json_t *rows;   /* of columns, with "kind", "id" and "numbers" */
	json_t *errors; /* [{row, field, error, message}] */
	size_t n_rows;  /* that came */
	size_t n_refused;
};
void import_free(struct import *import);

/* Why nothing of it can be taken; message may be in text. */
struct import_fault {
	const char *error; /* bad_json, bad_csv, too_many_rows, empty */
	char message[200];
};

/* type: of rows that name none. EINVAL with *ret_fault, ENOMEM. csv is changed. */
int import_read_json(const char *text, size_t len, const struct contact_kind *type,
	const char *region, struct import *ret, struct import_fault *ret_fault);
int import_read_csv(char *csv, size_t len, const struct contact_kind *type, const char *region,
	struct import *ret, struct import_fault *ret_fault);

/* Stores all rows or none: $1 organisation, $2 rows (jsonb), $3 now; audit: $4 id, $5 actor type,
 * $6 actor, $7 ip. One row: created, updated. A row whose external_id is known changes that
 * contact: empty fields leave what is there, numbers are added. */
extern const char import_sql[];
#endif
