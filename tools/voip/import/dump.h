/* The tables of a dump, one row after another: CREATE TABLE gives the columns and their order,
 * INSERT the rows. mysqldump and mariadb-dump (also --compact, --skip-extended-insert, --hex-blob),
 * pg_dump --inserts, SQLite's .dump. What is neither is passed over. */
#ifndef VOIP_IMPORT_DUMP_H
#define VOIP_IMPORT_DUMP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define DUMP_NAME_MAX 128    /* bytes of a table's or a column's name */
#define DUMP_COLUMNS_MAX 512 /* of a table that is wanted */

struct dump_value {
	const char *text; /* NULL: SQL NULL. Ends in a NUL that is not counted */
	size_t len;
};

struct dump_table {
	char name[DUMP_NAME_MAX];
	char (*columns)[DUMP_NAME_MAX];
	size_t n_columns;
	size_t line; /* of its CREATE TABLE; 0: there was none */
};

struct dump_handlers {
	/* Whether rows of this table are wanted. */
	bool (*wants)(const char *name, void *arg);
	/* Values in the order of table->columns; valid in the call only. 0, or what ends the
	 * reading. */
	int (*row)(const struct dump_table *table, const struct dump_value *values, void *arg);
};

struct dump_fault {
	size_t line; /* 0: of the whole file */
	char sentence[256];
};

/* 0; EINVAL: this is no dump, with the fault; ENOMEM, EIO; or what a handler returned. */
int dump_read(FILE *file, const struct dump_handlers *h, void *arg, struct dump_fault *ret_fault);
#endif
