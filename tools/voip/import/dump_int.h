/* Inside of dump: one reading, and the values of a row. */
#ifndef VOIP_IMPORT_DUMP_INT_H
#define VOIP_IMPORT_DUMP_INT_H
#include "tools/voip/import/dump.h"
#include "tools/voip/import/lex.h"

#define DUMP_TABLES_MAX 64 /* that are wanted */

/* A row under way: all its text in one piece; offsets, because the piece may move. */
struct dump_row {
	char *text;
	size_t len, size;
	size_t at[DUMP_COLUMNS_MAX], bytes[DUMP_COLUMNS_MAX];
	bool is_null[DUMP_COLUMNS_MAX];
	size_t n;
	struct dump_value values[DUMP_COLUMNS_MAX];
};

/* One reading. */
struct dump {
	struct lex lex;
	const struct dump_handlers *h;
	void *arg;
	struct dump_table tables[DUMP_TABLES_MAX];
	size_t n_tables;
	struct dump_row row;
	size_t order[DUMP_COLUMNS_MAX]; /* of this INSERT: which column its n-th value is */
	size_t n_order;
	bool saw_sql; /* a statement that only a dump has */
	bool is_cut;  /* the last statement has no end */
	int err;      /* of the row handler */
};

void dump_fail(struct dump *dump, const char *sentence);

/* A name, or the last part of one with dots (public.users); steps behind it. */
bool dump_name(struct dump *dump, char name[DUMP_NAME_MAX]);
struct dump_table *dump_table_find(struct dump *dump, const char *name);
/* NULL after a fault. */
struct dump_table *dump_table_add(struct dump *dump, const char *name, size_t line);
void dump_table_add_column(struct dump *dump, struct dump_table *table, const char *name);
/* A whole CREATE; what is no table is left where it stands. */
void dump_create(struct dump *dump);

/* One value from the current token on; afterwards the current token is what follows it. */
void dump_value(struct lex *lex, struct dump_row *row);
/* The pointers of all values of a whole row. */
const struct dump_value *dump_row_values(struct dump_row *row);
#endif
