/* Shared by import.c (rows), import_csv.c and import_sql.c. */
#ifndef GATEWAY_IMPORT_INT_H
#define GATEWAY_IMPORT_INT_H
#include "services/gateway/domain/import.h"

/* Reading under way. */
struct reader {
	struct import *import;
	const struct contact_kind *type;
	const char *region;
	json_t *seen; /* "person/external id" of the rows so far */
};

int import_begin(struct reader *reader, struct import *import);
/* Keeps *import, or frees it when err is not 0; returns err. */
int import_end(struct reader *reader, int err);
/* EINVAL, with this fault. */
int import_fail(struct import_fault *ret, const char *error, const char *message);
/* One object of columns: kept, or refused. */
void import_row(struct reader *reader, const json_t *row);
/* The row that import_row counted last, or that the caller counted. */
void import_refuse(
	struct reader *reader, const char *field, const char *error, const char *message);
#endif
