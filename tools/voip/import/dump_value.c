#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tools/voip/import/dump_int.h"

enum { ROW_SIZE = 1024, NESTING_MAX = 4 };

static void fail(struct lex *lex, const char *sentence)
{
	lex_fail(lex, EINVAL, lex->line, sentence);
}

static bool make_room(struct lex *lex, struct dump_row *row, size_t more)
{
	size_t size = row->size ? row->size : ROW_SIZE;
	char *grown;

	if (row->len + more > LEX_BYTES_MAX) {
		fail(lex, "a row here is larger than 16 MiB");
		return false;
	}
	while (size < row->len + more) {
		size *= 2;
	}
	if (size == row->size) {
		return true;
	}
	grown = realloc(row->text, size);
	if (!grown) {
		lex_fail(lex, ENOMEM, lex->line, "memory is out");
		return false;
	}
	row->text = grown;
	row->size = size;
	return true;
}

static void add_text(struct lex *lex, struct dump_row *row, const char *text, size_t len)
{
	if (make_room(lex, row, len + 1)) {
		memcpy(row->text + row->len, text, len);
		row->len += len;
		row->text[row->len] = '\0';
	}
}

static bool expect(struct lex *lex, char sign)
{
	if (!lex_is_sign(lex, sign)) {
		fail(lex, "a value here is no plain value");
		return false;
	}
	lex_next(lex);
	return true;
}

/* Every "from" of the value becomes the one byte "to". */
static void replace(struct dump_row *row, size_t at, const char *from, size_t len, char to)
{
	char *end = row->text + row->len, *out = row->text + at;

	for (char *in = out; in < end;) {
		if (len > 0 && (size_t)(end - in) >= len && memcmp(in, from, len) == 0) {
			*out++ = to;
			in += len;
		} else {
			*out++ = *in++;
		}
	}
	row->len = (size_t)(out - row->text);
	*out = '\0';
}

/* SQLite writes a line's end as replace('a\nb','\n',char(10)). From the word on. */
static void replaced_text(struct lex *lex, struct dump_row *row, size_t at, unsigned depth)
{
	char from[8];
	size_t len;
	long code;

	lex_next(lex);
	if (depth == NESTING_MAX || !expect(lex, '(')) {
		fail(lex, "a value here is no plain value");
		return;
	}
	if (lex_is_word(lex, "replace")) {
		replaced_text(lex, row, at, depth + 1);
	} else if (lex->kind == LEX_TEXT) {
		add_text(lex, row, lex->text, lex->len);
		lex_next(lex);
	}
	if (!expect(lex, ',') || lex->kind != LEX_TEXT || lex->len > sizeof(from)) {
		fail(lex, "a value here is no plain value");
		return;
	}
	len = lex->len;
	memcpy(from, lex->text, len);
	lex_next(lex);
	if (!expect(lex, ',') || !lex_is_word(lex, "char")) {
		fail(lex, "a value here is no plain value");
		return;
	}
	lex_next(lex);
	if (!expect(lex, '(')) {
		return;
	}
	code = lex->kind == LEX_NUMBER ? strtol(lex->text, NULL, 10) : 0;
	lex_next(lex);
	if (code < 1 || code > 127 || !expect(lex, ')') || !expect(lex, ')')) {
		fail(lex, "a value here is no plain value");
		return;
	}
	replace(row, at, from, len, (char)code);
}

/* PostgreSQL's 'text'::type */
static void skip_casts(struct lex *lex)
{
	while (lex_is_sign(lex, ':')) {
		lex_next(lex);
		while (lex->kind == LEX_WORD || lex->kind == LEX_NAME || lex_is_sign(lex, '.')) {
			lex_next(lex);
		}
	}
}

static void take_word(struct lex *lex, struct dump_row *row, size_t n)
{
	if (lex_is_word(lex, "null") || lex_is_word(lex, "default")) {
		row->is_null[n] = true;
	} else if (lex_is_word(lex, "true")) {
		add_text(lex, row, "1", 1);
	} else if (lex_is_word(lex, "false")) {
		add_text(lex, row, "0", 1);
	} else if (lex_is_word(lex, "replace")) {
		replaced_text(lex, row, row->at[n], 0);
		return;
	} else {
		fail(lex, "a value here is no plain value");
		return;
	}
	lex_next(lex);
}

static void take_signed(struct lex *lex, struct dump_row *row)
{
	if (lex_is_sign(lex, '-')) {
		add_text(lex, row, "-", 1);
	}
	lex_next(lex);
	if (lex->kind != LEX_NUMBER) {
		fail(lex, "a value here is no plain value");
		return;
	}
	add_text(lex, row, lex->text, lex->len);
	lex_next(lex);
}

void dump_value(struct lex *lex, struct dump_row *row)
{
	size_t n = row->n;

	if (n == DUMP_COLUMNS_MAX) {
		fail(lex, "a row here has more than 512 values");
		return;
	}
	row->at[n] = row->len;
	row->is_null[n] = false;
	if (lex->kind == LEX_TEXT || lex->kind == LEX_NUMBER ||
		(lex->kind == LEX_NAME && lex->dialect == LEX_MYSQL)) {
		add_text(lex, row, lex->text, lex->len);
		lex_next(lex);
	} else if (lex->kind == LEX_WORD) {
		take_word(lex, row, n);
	} else if (lex_is_sign(lex, '-') || lex_is_sign(lex, '+')) {
		take_signed(lex, row);
	} else {
		fail(lex, "a value is missing here");
	}
	skip_casts(lex);
	if (!lex->err && make_room(lex, row, 1)) {
		row->bytes[n] = row->len - row->at[n];
		row->text[row->len++] = '\0';
		row->n++;
	}
}

const struct dump_value *dump_row_values(struct dump_row *row)
{
	for (size_t i = 0; i < row->n; i++) {
		row->values[i] = row->is_null[i] ? (struct dump_value){0}
						 : (struct dump_value){
							   row->text + row->at[i], row->bytes[i]};
	}
	return row->values;
}
