/* CREATE TABLE: which columns, in which order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/dump_int.h"

static bool is_name(const struct lex *lex)
{
	return lex->kind == LEX_WORD || lex->kind == LEX_NAME;
}

bool dump_name(struct dump *dump, char name[DUMP_NAME_MAX])
{
	struct lex *lex = &dump->lex;

	for (;;) {
		if (!is_name(lex) || lex->len >= DUMP_NAME_MAX ||
			memchr(lex->text, '\0', lex->len)) {
			return false;
		}
		memcpy(name, lex->text, lex->len + 1);
		lex_next(lex);
		if (!lex_is_sign(lex, '.')) {
			return true;
		}
		lex_next(lex);
	}
}

struct dump_table *dump_table_find(struct dump *dump, const char *name)
{
	for (size_t i = 0; i < dump->n_tables; i++) {
		if (strcmp(dump->tables[i].name, name) == 0) {
			return &dump->tables[i];
		}
	}
	return NULL;
}

struct dump_table *dump_table_add(struct dump *dump, const char *name, size_t line)
{
	struct dump_table *table = dump_table_find(dump, name);

	if (table) {
		dump_fail(
			dump, "a table that is needed comes a second time: dump one database only");
		return NULL;
	}
	if (dump->n_tables == DUMP_TABLES_MAX) {
		dump_fail(dump, "too many tables are wanted");
		return NULL;
	}
	table = &dump->tables[dump->n_tables++];
	vp_strcopy(table->name, sizeof(table->name), name);
	table->line = line;
	table->columns = NULL;
	table->n_columns = 0;
	return table;
}

void dump_table_add_column(struct dump *dump, struct dump_table *table, const char *name)
{
	char(*grown)[DUMP_NAME_MAX];

	if (table->n_columns == DUMP_COLUMNS_MAX) {
		dump_fail(dump, "a table has more than 512 columns");
		return;
	}
	grown = reallocarray(table->columns, table->n_columns + 1, DUMP_NAME_MAX);
	if (!grown) {
		lex_fail(&dump->lex, ENOMEM, dump->lex.line, "memory is out");
		return;
	}
	table->columns = grown;
	vp_strcopy(table->columns[table->n_columns++], DUMP_NAME_MAX, name);
}

/* Lines of CREATE TABLE that are no columns. Real columns of these names come quoted. */
static bool is_constraint(const struct lex *lex)
{
	static const char *const words[] = {"primary", "key", "unique", "constraint", "fulltext",
		"spatial", "index", "foreign", "check", "exclude", "like"};

	for (size_t i = 0; i < VP_ARRAY_LEN(words); i++) {
		if (lex_is_word(lex, words[i])) {
			return lex->dialect != LEX_POSTGRES ||
			       (strcmp(words[i], "key") != 0 && strcmp(words[i], "index") != 0);
		}
	}
	return false;
}

/* To the ',' or ')' that ends this line of CREATE TABLE. */
static void skip_definition(struct lex *lex)
{
	size_t depth = 0;

	while (lex->kind != LEX_END &&
		(depth > 0 || !(lex_is_sign(lex, ',') || lex_is_sign(lex, ')')))) {
		depth += lex_is_sign(lex, '(');
		depth -= depth > 0 && lex_is_sign(lex, ')');
		lex_next(lex);
	}
}

static void take_columns(struct dump *dump, struct dump_table *table)
{
	struct lex *lex = &dump->lex;

	do {
		char name[DUMP_NAME_MAX];

		lex_next(lex);
		if (!is_constraint(lex)) {
			if (!dump_name(dump, name)) {
				dump_fail(dump, "a column's name is missing here");
				return;
			}
			dump_table_add_column(dump, table, name);
		}
		skip_definition(lex);
	} while (lex_is_sign(lex, ','));
}

void dump_create(struct dump *dump)
{
	struct lex *lex = &dump->lex;
	const size_t line = lex->line;
	char name[DUMP_NAME_MAX];

	do { /* UNLOGGED, TEMPORARY ... */
		lex_next(lex);
	} while (lex->kind == LEX_WORD && !lex_is_word(lex, "table"));
	if (!lex_is_word(lex, "table")) {
		return;
	}
	lex_next(lex);
	while (lex_is_word(lex, "if") || lex_is_word(lex, "not") || lex_is_word(lex, "exists")) {
		lex_next(lex);
	}
	if (!dump_name(dump, name) || !lex_is_sign(lex, '(')) {
		return;
	}
	dump->saw_sql = true;
	if (dump->h->wants(name, dump->arg)) {
		struct dump_table *table = dump_table_add(dump, name, line);

		if (table) {
			take_columns(dump, table);
		}
	}
}
