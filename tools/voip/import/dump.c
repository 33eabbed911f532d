#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/dump_int.h"

void dump_fail(struct dump *dump, const char *sentence)
{
	lex_fail(&dump->lex, EINVAL, dump->lex.line, sentence);
}

static size_t column_of(const struct dump_table *table, const char *name)
{
	size_t i = 0;

	while (i < table->n_columns && strcasecmp(table->columns[i], name) != 0) {
		i++;
	}
	return i;
}

/* The list of columns of an INSERT, behind its '('. */
static void take_order(struct dump *dump, struct dump_table *table)
{
	struct lex *lex = &dump->lex;

	do {
		char name[DUMP_NAME_MAX];
		size_t column;

		lex_next(lex);
		if (!dump_name(dump, name)) {
			dump_fail(dump, "a column's name is missing here");
			return;
		}
		if (table->line == 0) {
			dump_table_add_column(dump, table, name);
		}
		column = column_of(table, name);
		if (column == table->n_columns || dump->n_order == DUMP_COLUMNS_MAX) {
			dump_fail(dump, "a column is named here that the table does not have");
			return;
		}
		dump->order[dump->n_order++] = column;
	} while (lex_is_sign(lex, ','));
	if (!lex_is_sign(lex, ')')) {
		dump_fail(dump, "a list of columns does not end");
	}
	lex_next(lex);
}

static void hand_over(struct dump *dump, const struct dump_table *table)
{
	const struct dump_value *given = dump_row_values(&dump->row);
	struct dump_value values[DUMP_COLUMNS_MAX] = {0};
	int err;

	if (dump->row.n != dump->n_order) {
		dump_fail(
			dump, "a row here has another number of values than its table has columns");
		return;
	}
	for (size_t i = 0; i < dump->row.n; i++) {
		values[dump->order[i]] = given[i];
	}
	err = dump->h->row(table, values, dump->arg);
	if (err) {
		dump->err = err;
		dump_fail(dump, "");
	}
}

/* "(1,'a',NULL)", from its '('. */
static void take_row(struct dump *dump, const struct dump_table *table)
{
	struct lex *lex = &dump->lex;

	dump->row.n = dump->row.len = 0;
	do {
		lex_next(lex);
		dump_value(lex, &dump->row);
	} while (lex_is_sign(lex, ','));
	if (!lex->err && !lex_is_sign(lex, ')')) {
		dump_fail(dump, "a row here is broken: wants , or ) behind a value");
	}
	if (!lex->err) {
		hand_over(dump, table);
		lex_next(lex);
	}
}

static void take_rows(struct dump *dump, struct dump_table *table)
{
	struct lex *lex = &dump->lex;
	bool values = false;

	while (lex->kind == LEX_WORD) { /* OVERRIDING SYSTEM VALUE VALUES */
		values = lex_is_word(lex, "values") || lex_is_word(lex, "value");
		lex_next(lex);
	}
	while (values && lex_is_sign(lex, '(')) {
		take_row(dump, table);
		if (!lex_is_sign(lex, ',')) {
			return;
		}
		lex_next(lex);
	}
	dump_fail(dump, "INSERT without VALUES (...): dump the data as plain rows");
}

static struct dump_table *table_of_insert(struct dump *dump, const char *name)
{
	struct dump_table *table = dump_table_find(dump, name);

	if (!table && !lex_is_sign(&dump->lex, '(')) {
		dump_fail(dump,
			"rows of a table whose CREATE TABLE is missing: dump with the structure");
		return NULL;
	}
	return table ? table : dump_table_add(dump, name, 0);
}

static void insert(struct dump *dump)
{
	struct lex *lex = &dump->lex;
	struct dump_table *table;
	char name[DUMP_NAME_MAX];

	do { /* IGNORE, LOW_PRIORITY ... */
		lex_next(lex);
	} while (lex->kind == LEX_WORD && !lex_is_word(lex, "into"));
	lex_next(lex);
	if (!dump_name(dump, name)) {
		return;
	}
	dump->saw_sql = true;
	if (!dump->h->wants(name, dump->arg)) {
		return;
	}
	table = table_of_insert(dump, name);
	if (!table) {
		return;
	}
	dump->n_order = 0;
	if (lex_is_sign(lex, '(')) {
		take_order(dump, table);
	} else {
		for (size_t i = 0; i < table->n_columns; i++) {
			dump->order[dump->n_order++] = i;
		}
	}
	take_rows(dump, table);
}

/* What a line sets as the delimiter is the plain one. */
static bool is_plain_delimiter(const char *text)
{
	text += strspn(text, " \t");
	return text[0] == ';' && text[1 + strspn(text + 1, " \t\r")] == '\0';
}

/* Triggers and routines come between "DELIMITER ;;" and "DELIMITER ;": their INSERTs are no data.
 */
static void delimiter(struct dump *dump)
{
	struct lex *lex = &dump->lex;

	if (!lex_line(lex) || is_plain_delimiter(lex->text)) {
		return;
	}
	while (lex_line(lex) && !(strncasecmp(lex->text, "DELIMITER", 9) == 0 &&
					is_plain_delimiter(lex->text + 9))) {
	}
}

/* pg_dump without --inserts: rows as lines up to "\.". */
static void copy(struct dump *dump)
{
	struct lex *lex = &dump->lex;
	char name[DUMP_NAME_MAX];

	lex_next(lex);
	if (!dump_name(dump, name)) {
		return;
	}
	if (dump->h->wants(name, dump->arg)) {
		dump_fail(dump, "the rows are written as COPY: dump with pg_dump --inserts");
		return;
	}
	lex_skip_statement(lex);
	while (lex_line(lex) && strcmp(lex->text, "\\.") != 0) {
	}
}

static void statement(struct dump *dump)
{
	struct lex *lex = &dump->lex;

	if (lex_is_word(lex, "create")) {
		dump_create(dump);
	} else if (lex_is_word(lex, "insert") || lex_is_word(lex, "replace")) {
		insert(dump);
	} else if (lex_is_word(lex, "delimiter")) {
		delimiter(dump);
		return;
	} else if (lex_is_word(lex, "copy")) {
		copy(dump);
		return;
	} else if (lex_is_word(lex, "pragma")) {
		lex->dialect = LEX_SQLITE;
	} else if (lex_is_sign(lex, '\\')) { /* psql's \restrict, \connect */
		lex_line(lex);
		return;
	}
	lex_skip_statement(lex);
	dump->is_cut = lex->kind == LEX_END;
}

/* What people take for a dump. */
static const char *other_kind(FILE *file)
{
	static const struct {
		const char *start, *sentence;
	} kinds[] = {{"\x1f\x8b", "this file is compressed: unpack it first (gunzip)"},
		{"PK\x03\x04", "this is a zip archive: unpack it first (unzip)"},
		{"\x28\xb5\x2f\xfd", "this file is compressed: unpack it first (unzstd)"},
		{"BZh", "this file is compressed: unpack it first (bunzip2)"},
		{"\xfd\x37zXZ", "this file is compressed: unpack it first (unxz)"},
		{"PGDMP", "this is PostgreSQL's own format: dump with pg_dump --inserts "
			  "--format=plain"},
		{"SQLite format 3",
			"this is an SQLite database: write its dump with sqlite3 FILE .dump"}};
	char head[16] = "";
	size_t len = fread(head, 1, sizeof(head) - 1, file);

	for (size_t i = 0; i < VP_ARRAY_LEN(kinds); i++) {
		size_t n = strlen(kinds[i].start);

		if (len >= n && memcmp(head, kinds[i].start, n) == 0) {
			return kinds[i].sentence;
		}
	}
	while (len > 0) { /* glibc takes back what it still has in its buffer */
		ungetc((unsigned char)head[--len], file);
	}
	return NULL;
}

/* What is wrong with a dump whose every statement was understood; NULL: nothing. */
static const char *judge_whole(const struct dump *dump)
{
	if (!dump->saw_sql) {
		return "there is no CREATE TABLE and no INSERT in it: this is no SQL dump";
	}
	if (dump->is_cut || (dump->lex.has_head && !dump->lex.is_whole)) {
		return "it ends too early (its last line is not \"-- Dump completed\"): was the "
		       "disk full, or "
		       "the copying interrupted?";
	}
	return NULL;
}

static int finish(struct dump *dump, struct dump_fault *ret_fault)
{
	const char *sentence = dump->lex.sentence;
	int err = dump->err ? dump->err : dump->lex.err;

	ret_fault->line = dump->lex.err_line;
	if (!err) {
		sentence = judge_whole(dump);
		err = sentence ? EINVAL : 0;
		ret_fault->line = 0;
	}
	vp_strcopy(ret_fault->sentence, sizeof(ret_fault->sentence), sentence ? sentence : "");
	for (size_t i = 0; i < dump->n_tables; i++) {
		free(dump->tables[i].columns);
	}
	if (dump->row.text) {
		explicit_bzero(dump->row.text, dump->row.size);
	}
	free(dump->row.text);
	lex_free(&dump->lex);
	free(dump);
	return err;
}

int dump_read(FILE *file, const struct dump_handlers *h, void *arg, struct dump_fault *ret_fault)
{
	const char *other = other_kind(file);
	struct dump *dump;

	*ret_fault = (struct dump_fault){0};
	if (other) {
		vp_strcopy(ret_fault->sentence, sizeof(ret_fault->sentence), other);
		return EINVAL;
	}
	dump = calloc(1, sizeof(*dump));
	if (!dump) {
		return ENOMEM;
	}
	dump->h = h;
	dump->arg = arg;
	lex_init(&dump->lex, file);
	while (lex_next(&dump->lex) != LEX_END) {
		statement(dump);
	}
	return finish(dump, ret_fault);
}
